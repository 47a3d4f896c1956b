"""Challenges and bearer tokens: stateless, so that any process behind a load balancer checks them.

Both are MessagePack [key id, seat, expires (microseconds)] followed by an HMAC-SHA256. Each purpose
has a key of its own, derived from the store's secret: a challenge never passes for a token. A lock
does not wait for a token to expire; the seat is looked up at every request.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable

import msgspec

from syncengine.model.errors import Unauthenticated

KEY_ID = 1  # counts up when the derivation changes; both would be accepted for a while
MAC_BYTES = 32
MAX_TOKEN_CHARACTERS = 200
SECOND = 1_000_000

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[int, bytes, int])


def _refused() -> Unauthenticated:
    return Unauthenticated("The token is missing, expired or not ours: ask for a new one.")


class Tokens:
    """Makes and checks both. `now`: microseconds since 1970; lifetimes in seconds."""

    def __init__(
        self, secret: bytes, now: Callable[[], int], token_seconds: int, challenge_seconds: int
    ) -> None:
        self._token_key = hmac.digest(secret, b"syncengine bearer 1", "sha256")
        self._challenge_key = hmac.digest(secret, b"syncengine challenge 1", "sha256")
        self._now = now
        self.token_seconds = token_seconds
        self._challenge_seconds = challenge_seconds

    def challenge(self, seat: bytes) -> bytes:
        """Bytes for the seat to sign. Made alike for seats that do not exist (invariant 9)."""
        return self._seal(self._challenge_key, seat, self._challenge_seconds)

    def check_challenge(self, seat: bytes, challenge: bytes) -> None:
        """Unauthenticated unless it was made here, for this seat, less than its lifetime ago."""
        if self._open(self._challenge_key, challenge)[0] != seat:
            raise _refused()

    def token(self, seat: bytes) -> str:
        """A bearer token."""
        sealed = self._seal(self._token_key, seat, self.token_seconds)
        return base64.urlsafe_b64encode(sealed).decode("ascii")

    def seat(self, token: bytes) -> bytes:
        """The seat that a bearer token was given to; Unauthenticated when it is not in force."""
        return self.opened(token)[0]

    def opened(self, token: bytes) -> tuple[bytes, int]:
        """The seat, and when the token expires (microseconds since 1970)."""
        if len(token) > MAX_TOKEN_CHARACTERS:
            raise _refused()
        try:
            sealed = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise _refused() from None
        return self._open(self._token_key, sealed)

    def _seal(self, key: bytes, seat: bytes, seconds: int) -> bytes:
        payload = _encoder.encode((KEY_ID, seat, self._now() + seconds * SECOND))
        return payload + hmac.digest(key, payload, "sha256")

    def _open(self, key: bytes, sealed: bytes) -> tuple[bytes, int]:
        payload, mac = sealed[:-MAC_BYTES], sealed[-MAC_BYTES:]
        if not hmac.compare_digest(hmac.digest(key, payload, "sha256"), mac):
            raise _refused()
        key_id, seat, expires = _decoder.decode(payload)
        if key_id != KEY_ID or expires <= self._now():
            raise _refused()
        return seat, expires

"""POST /v1/enrol, /v1/challenge, /v1/token: one small unframed message in, one out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.types import Receive, Scope, Send

from server.http.body import Headers, read_body
from server.http.errors import send_bytes
from server.http.seats import SeatCache
from server.http.workers import Workers
from server.logs import logger
from server.tokens import Tokens
from syncengine.model.errors import Malformed, Unauthenticated, UpgradeRequired
from syncengine.model.ids import is_id, to_text
from syncengine.protocol.enrolment import (
    TOKEN_DOMAIN,
    Challenge,
    Challenged,
    Enrol,
    Enrolled,
    Token,
    TokenRequest,
    decode,
)
from syncengine.protocol.limits import PROTOCOL_VERSION, SPOKEN
from syncengine.protocol.messages import Struct, encode
from syncengine.store.store import Store

SMALL_BODY_BYTES = 4_096

In = TypeVar("In", bound=Struct)


class MessageEndpoint(Generic[In]):
    """The ASGI application behind one of the three paths; `answer` runs in a worker thread."""

    def __init__(
        self, kind: type[In], answer: Callable[[In], Struct], workers: Workers, stall_seconds: float
    ) -> None:
        self._kind = kind
        self._answer = answer
        self._workers = workers
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        Headers(scope).check(SMALL_BODY_BYTES)
        with self._workers.admitted():
            body = await read_body(receive, SMALL_BODY_BYTES, self._stall_seconds)
            message = decode(self._kind, body)
            answer = await self._workers.run(self._answer, message)
        await send_bytes(send, 200, encode(answer))


class Enrolment:
    """What the three paths do."""

    def __init__(self, store: Store, tokens: Tokens, seats: SeatCache) -> None:
        self._store = store
        self._tokens = tokens
        self._seats = seats

    def enrol(self, message: Enrol) -> Enrolled:
        """A seat for a one-time code; EnrolmentRefused, Malformed, UpgradeRequired."""
        if message.protocol not in SPOKEN:
            raise UpgradeRequired(
                "This app and the server do not speak the same protocol.", speaks=PROTOCOL_VERSION
            )
        if "\x00" in message.device:
            raise Malformed("a device's name holds no NUL character")
        enrolled = self._store.seats.enrol(message)
        logger().info(
            "audit.enrolled", seat=to_text(enrolled.seat), person=to_text(enrolled.person)
        )
        return enrolled

    def challenge(self, message: Challenge) -> Challenged:
        """Bytes to sign, whether or not the seat exists."""
        if not is_id(message.seat):
            raise Malformed("a seat's id is a UUIDv7")
        return Challenged(self._tokens.challenge(message.seat))

    def token(self, message: TokenRequest) -> Token:
        """A token for a signed challenge; Unauthenticated for a wrong key or an unknown seat."""
        self._tokens.check_challenge(message.seat, message.challenge)
        key = self._seats.get(message.seat).public_key
        try:
            Ed25519PublicKey.from_public_bytes(key).verify(
                message.signature, TOKEN_DOMAIN + message.challenge
            )
        except InvalidSignature:
            logger().warning("audit.token_signature", seat=to_text(message.seat))
            raise Unauthenticated("The signature does not match the seat's key.") from None
        self._seats.check(message.seat)  # only who holds the key learns that the seat is locked
        return Token(self._tokens.token(message.seat), self._tokens.token_seconds)

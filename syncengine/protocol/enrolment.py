"""The messages around a sync: enrolment, and the short-lived token that a seat obtains by
signature.

All three are POSTs of one unframed message and answer with one unframed message; an error answers
with a Failure. Path, request, response: /v1/enrol Enrol Enrolled; /v1/challenge Challenge
Challenged; /v1/token TokenRequest Token.
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from syncengine.model.errors import Malformed
from syncengine.protocol.messages import Struct

TOKEN_DOMAIN = b"syncengine token 1\x00"
MEDIA_TYPE = "application/vnd.syncengine.v1+msgpack"


class Enrol(Struct, frozen=True):
    """code: the one-time code from the office. public_key: Ed25519, 32 bytes, made on the
    device.
    """

    protocol: int
    code: str
    public_key: bytes
    incarnation: bytes
    device: str


class Enrolled(Struct, frozen=True):
    """The new seat, whose it is, and the schema to build the store from."""

    seat: bytes
    person: bytes
    epoch: bytes
    schema: bytes


class Challenge(Struct, frozen=True):
    """Asks for bytes to sign."""

    seat: bytes


class Challenged(Struct, frozen=True):
    """Opaque bytes, valid for a minute by the server's clock (a device's clock may be years
    off).
    """

    challenge: bytes


class TokenRequest(Struct, frozen=True):
    """signature: Ed25519 over TOKEN_DOMAIN + challenge."""

    seat: bytes
    challenge: bytes
    signature: bytes


class Token(Struct, frozen=True):
    """To be sent as `Authorization: Bearer <token>`."""

    token: str
    expires_in: int


_T = TypeVar("_T", bound=Struct)


def decode(kind: type[_T], data: bytes) -> _T:
    """One unframed message of `kind`; Malformed when it is none."""
    try:
        return msgspec.msgpack.decode(data, type=kind)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, MemoryError) as error:
        raise Malformed(str(error)) from None

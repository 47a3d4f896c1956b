"""An outbox as a file, for an app that is too old to sync: bytes and signatures as they are."""

from __future__ import annotations

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from syncengine.model.errors import BadSignature, TooLarge
from syncengine.protocol.limits import MAX_HAND_IN_BYTES
from syncengine.protocol.messages import Id, Signed, Struct, decode_as, encode

DOMAIN = b"syncengine outbox 1\x00"


class HandIn(Struct, tag=1, frozen=True):
    """schema: in whose words the store is, for whoever reads the file without the server."""

    seat: Id
    incarnation: Id
    schema: bytes
    changesets: list[Signed]


_decoder = msgspec.msgpack.Decoder(HandIn)
_envelope = msgspec.msgpack.Decoder(Signed)


def write_hand_in(contents: HandIn, key: Ed25519PrivateKey) -> bytes:
    """The file's bytes."""
    body = encode(contents)
    return encode(Signed(body, key.sign(DOMAIN + body)))


def open_hand_in(data: bytes) -> tuple[HandIn, Signed]:
    """(what the file says, what its seat is to have signed). Malformed, TooLarge: no such file."""
    if len(data) > MAX_HAND_IN_BYTES:
        raise TooLarge("This file is larger than one of an outbox.", limit=MAX_HAND_IN_BYTES)
    signed = decode_as(_envelope, data)
    return decode_as(_decoder, signed.body), signed


def verify_hand_in(signed: Signed, key: Ed25519PublicKey) -> None:
    """BadSignature unless `key`'s seat wrote the file."""
    try:
        key.verify(signed.signature, DOMAIN + signed.body)
    except InvalidSignature:
        raise BadSignature("The file was not written by the device that it names.") from None

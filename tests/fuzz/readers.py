"""What each target does with bytes: the product's own way of reading them, and back."""

from __future__ import annotations

import hmac
import json
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import msgspec

from device_sdk.account import raised
from device_sdk.errors import ServerError
from device_sdk.unpack import unpack
from modules.masterdata.manifest import MASTERDATA
from server.fields import load_fields
from server.http.sync import bearer
from server.tokens import Tokens
from syncengine.model.condition_data import (
    read_condition,
    read_value,
    write_condition,
    write_value,
)
from syncengine.model.custom import extended
from syncengine.model.errors import CheckpointRefused, InvalidValue, Malformed
from syncengine.model.fields import FieldType, Json
from syncengine.model.manifest import schema_from_data
from syncengine.protocol import enrolment as enrolling
from syncengine.protocol.changesets import (
    decode_envelope,
    encode_changeset,
    read_changeset,
    verdict_from_wire,
    verdict_to_wire,
)
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.hand_in import HandIn
from syncengine.protocol.messages import (
    Chunk,
    Failure,
    Hello,
    Push,
    Struct,
    Verdicts,
    decode_request,
    decode_response,
    encode,
)
from syncengine.protocol.request import read_request
from syncengine.store.checkpoints import seal, unseal
from syncengine.store.clock import Clock
from syncengine.store.visit import check_cursors
from tests.protocol.vectors.sample import EPOCH, INCARNATION, NOW, SCHEMA
from tests.support.conditions import SCHEMA as THINGS
from tests.support.conditions import THING

FRAME_BYTES = 2**16  # enough for every sample, and a bomb is found at once
SECRET = bytes(range(32))
SEAL_BYTES = 32
CLOCK = Clock(EPOCH, 41, bytes(32), 0, 0, None, None, 0, 0)
TOKENS = Tokens(SECRET, lambda: NOW, 900, 60)
UNFRAMED: tuple[type[Struct], ...] = (
    enrolling.Enrol,
    enrolling.Enrolled,
    enrolling.Challenge,
    enrolling.Challenged,
    enrolling.TokenRequest,
    enrolling.Token,
    HandIn,
)
TYPES: tuple[FieldType, ...] = tuple(field.type for field in THING.fields)


def frames(data: bytes) -> bytes:
    """However the bytes arrive, the same messages come out."""
    whole, halves = FrameReader(FRAME_BYTES), FrameReader(FRAME_BYTES)
    found = whole.feed(data)
    whole.finish()
    half = len(data) // 2
    assert halves.feed(data[:half]) + halves.feed(data[half:]) == found
    return b"".join(frame(message) for message in found)


def message(data: bytes) -> bytes:
    """One message of a request; the cursors of a Hello are looked at as the server does."""
    read = decode_request(data)
    if isinstance(read, Hello):
        with suppress(CheckpointRefused):
            assert len(check_cursors(read.cursors, CLOCK)) <= len(read.cursors)
    return encode(read)


def request(data: bytes) -> bytes:
    """A request's whole body."""
    hello, changesets = read_request(data)
    return frame(encode(hello)) + frame(encode(Push(changesets)))


def answer(data: bytes) -> bytes:
    """One message of an answer, unpacked as far as a device does before it stores anything."""
    read = decode_response(data)
    if isinstance(read, Chunk):
        assert all(0 <= piece.sum < 2**63 for piece in unpack(read).pieces)
    if isinstance(read, Failure):
        assert raised(read).code in {read.code, ServerError.code}
    if isinstance(read, Verdicts):
        taken = [verdict_to_wire(verdict_from_wire(wire)) for wire in read.verdicts]
        assert encode(Verdicts(taken)) == encode(read)
    return encode(read)


def changeset(data: bytes) -> bytes:
    """A changeset's body, its values held against a schema."""
    return encode_changeset(read_changeset(decode_envelope(data), SCHEMA))


def enrolment(data: bytes) -> bytes:
    """One unframed message; the first byte says which."""
    head, body = data[:1] or b"\0", data[1:]
    kind = UNFRAMED[head[0] % len(UNFRAMED)]
    return head + encode(enrolling.decode(kind, body))


def schema(data: bytes) -> bytes:
    """A schema as it travels."""
    return schema_from_data(data).data


def checkpoint(data: bytes) -> bytes:
    """The contents of a token: sealed by us whatever they are, and never taken unsealed."""
    with suppress(CheckpointRefused):
        unseal(data, SECRET, INCARNATION)
        raise AssertionError("a token that nobody sealed was taken")
    mac = hmac.digest(SECRET, b"syncengine checkpoint 1\0" + data, "sha256")
    return seal(unseal(mac + data, SECRET, INCARNATION), SECRET)[SEAL_BYTES:]


def token(data: bytes) -> bytes:
    """An Authorization header; who it is for gets another one."""
    return b"Bearer " + TOKENS.token(TOKENS.seat(bearer(data))).encode()


def json_text(data: bytes) -> bytes:
    """The text of a JSON field."""
    kind = Json()
    text = _text(data)
    kind.check(text)
    assert kind.store(kind.load(text)) == text
    return text.encode()


def condition(data: bytes) -> bytes:
    """A rule's condition, from any JSON that its field could hold."""
    try:
        stored = Json().store(json.loads(_text(data)))
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None
    read = read_condition(THING, THINGS, json.loads(stored))
    return Json(2**20).store(write_condition(THING, read)).encode()


def fields(data: bytes) -> bytes:
    """A file of custom fields, and the schema that they make; read anew from that."""
    with NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        made = extended((MASTERDATA,), load_fields(Path(file.name)))
    assert schema_from_data(made.data).data == made.data
    return data


def value(data: bytes) -> bytes:
    """A stored value, which also has a program's form and one in JSON; the first byte: its type."""
    head, packed = data[:1] or b"\0", data[1:]
    kind = TYPES[head[0] % len(TYPES)]
    try:
        stored = msgspec.msgpack.decode(packed)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Malformed("not MessagePack") from None
    kind.check(stored)
    assert kind.store(kind.load(stored)) == stored
    assert read_value(kind, write_value(kind, stored)) == stored
    return head + msgspec.msgpack.encode(stored)


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidValue("not UTF-8") from None

"""Who has to pass the vectors: this project's code, and the naive client. All results are plain
JSON; what is refused raises something with a `code`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from device_sdk import Device
from syncengine.model.checksum import range_of, row_hash, rows_sum
from syncengine.model.errors import BadSignature, Malformed
from syncengine.model.fields import BlobReference, Bool, Timestamp
from syncengine.model.ids import bound_uuid7, is_id, uuid7
from syncengine.model.manifest import schema_from_data
from syncengine.model.schema_data import type_from_data
from syncengine.protocol import enrolment
from syncengine.protocol.changesets import decode_envelope, read_changeset, verify
from syncengine.protocol.enrolment import TOKEN_DOMAIN
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.hand_in import verify_hand_in
from syncengine.protocol.messages import (
    Chunk,
    Signed,
    Struct,
    decode_request,
    decode_response,
    decode_rows,
    encode,
)
from syncengine.protocol.session import REQUEST, RESPONSE, Order
from syncengine.store.working import read_payload
from tests.naive import codec, schema, values
from tests.naive.client import Client
from tests.protocol.script import Script
from tests.protocol.vectors.messages import answers, requests, unframed
from tests.protocol.vectors.sample import SCHEMA, plain
from tests.protocol.vectors.schemas import tables
from tests.protocol.walkers import NaiveWalker, OurWalker, Walker

SAMPLES: dict[str, Struct] = {type(m).__name__: m for m in unframed() + requests() + answers()}


class Ours:
    """syncengine and device_sdk."""

    def frames(self, data: bytes) -> tuple[list[bytes], bool]:
        """(messages, whether the stream ends inside a frame)."""
        reader = FrameReader(2**40)
        found = reader.feed(data)
        try:
            reader.finish()
        except Malformed:
            return found, True
        return found, False

    def _read(self, of: str, data: bytes) -> Struct:
        if of == "request":
            return decode_request(data)
        if of != "answer":
            return enrolment.decode(type(SAMPLES[of]), data)
        message = decode_response(data)
        for section in message.sections if isinstance(message, Chunk) else ():
            decode_rows(section)
        return message

    def read(self, of: str, data: bytes) -> tuple[str, Any]:
        """(name, fields) of a message."""
        message = self._read(of, data)
        return type(message).__name__, plain(message)

    def rewrite(self, of: str, data: bytes) -> bytes:
        """Read and write again."""
        return encode(self._read(of, data))

    def order(self, of: str, names: list[str]) -> str:
        """The state after these messages."""
        order = Order(REQUEST if of == "request" else RESPONSE)
        for name in names:
            order.see(SAMPLES[name])
        return str(order.state)

    def signed(self, of: str, case: dict[str, bytes]) -> bool:
        """Whether the signature is good."""
        key = Ed25519PublicKey.from_public_bytes(case["public_key"])
        try:
            if of == "changeset":
                verify(Signed(case["hex"], case["signature"]), key)
            elif of == "outbox":
                verify_hand_in(Signed(case["hex"], case["signature"]), key)
            else:
                key.verify(case["signature"], TOKEN_DOMAIN + case["hex"])
        except (BadSignature, InvalidSignature):
            return False
        return True

    def changeset(self, body: bytes) -> Any:
        """A changeset's fields."""
        wire = decode_envelope(body)
        read_changeset(wire, SCHEMA)
        return plain(wire)

    def new_id(self, now: int, random: bytes, incarnation: bytes | None) -> bytes:
        """An id, or that of a row."""
        return bound_uuid7(now, random, incarnation) if incarnation else uuid7(now, random)

    def is_id(self, value: bytes) -> bool:
        """Whether it is an id."""
        return is_id(value)

    def shows(self, kind: str, arguments: list[Any], value: Any) -> str:
        """A value that fits, as text."""
        declared = type_from_data([kind, arguments])
        declared.check(value)
        if isinstance(declared, Timestamp):
            return declared.load(value).isoformat()
        if isinstance(declared, BlobReference):
            return str(value.hex())
        if isinstance(declared, Bool):
            return str(value).lower()
        return str(declared.load(value)) if kind not in ("json", "questionnaire") else str(value)

    def row_hash(self, tag: int, row: bytes, version: int) -> int:
        """One row's hash."""
        assert rows_sum(tag, [(row, version)]) == row_hash(tag, row, version)
        return row_hash(tag, row, version)

    def range_of(self, row: bytes, bits: int) -> int:
        """The range that an id is in."""
        return range_of(row, bits)

    def schema(self, data: bytes) -> tuple[dict[str, int], Any]:
        """(module versions, tables)."""
        found = schema_from_data(data)
        return {m.name: m.version for m in found.modules}, plain(tables(found))

    def record(self, tag: int, data: bytes) -> dict[str, Any]:
        """Values by name."""
        entity = SCHEMA.by_tag[tag]
        names = [f.name for f in entity.fields]
        return dict(zip(names, plain(read_payload(entity, data)), strict=False))

    @contextmanager
    def walker(self, script: Script, folder: Path) -> Iterator[Walker]:
        """An enrolled device."""
        with Device.enrol(folder, script, "code", "tablet") as device:
            yield OurWalker(device)


class Naive:
    """tests/naive."""

    def frames(self, data: bytes) -> tuple[list[bytes], bool]:
        """(messages, whether the stream ends inside a frame)."""
        found: list[bytes] = []
        try:
            for message in codec.read_frames([data]):
                found.append(message)
        except EOFError:
            return found, True
        return found, False

    def _read(self, of: str, data: bytes) -> tuple[str, Any]:
        names = {"request": codec.REQUEST, "answer": codec.ANSWER}.get(of, (of,))
        return codec.read_message(data, *names)

    def read(self, of: str, data: bytes) -> tuple[str, Any]:
        """(name, fields) of a message."""
        name, fields = self._read(of, data)
        return name, plain(fields)

    def rewrite(self, of: str, data: bytes) -> bytes:
        """Read and write again."""
        return codec.write_message(*self._read(of, data))

    def order(self, of: str, names: list[str]) -> str:
        """The state after these messages."""
        table = codec.REQUEST_ORDER if of == "request" else codec.ANSWER_ORDER
        state = "start"
        for name in names:
            state = codec.follow(table, state, name)
        return state

    def signed(self, of: str, case: dict[str, bytes]) -> bool:
        """Whether it would sign the same."""
        key = Ed25519PrivateKey.from_private_bytes(case["key"])
        return values.sign(key, of, case["hex"]) == case["signature"]

    def changeset(self, body: bytes) -> Any:
        """A changeset's fields."""
        entities, modules = schema.read_schema(SCHEMA.data)
        return plain(values.read_changeset(body, entities, modules))

    def new_id(self, now: int, random: bytes, incarnation: bytes | None) -> bytes:
        """An id, or that of a row."""
        if incarnation:
            return values.row_id(now, random, incarnation)
        return values.uuid7(now, random)

    def is_id(self, value: bytes) -> bool:
        """Whether it is an id."""
        return values.is_id(value)

    def shows(self, kind: str, arguments: list[Any], value: Any) -> str:
        """A value that fits, as text."""
        if not values.fits(kind, arguments, value):
            raise codec.Wrong("value.invalid")
        return values.show(kind, arguments, value)

    def row_hash(self, tag: int, row: bytes, version: int) -> int:
        """One row's hash."""
        return values.row_hash(tag, row, version)

    def range_of(self, row: bytes, bits: int) -> int:
        """The range that an id is in."""
        return values.range_of(row, bits)

    def schema(self, data: bytes) -> tuple[dict[str, int], Any]:
        """(module versions, tables)."""
        entities, modules = schema.read_schema(data)
        shape = ("number", "name", "type", "arguments", "required")
        found = [
            {
                "tag": tag,
                "name": entity["name"],
                "columns": schema.columns(entities, tag),
                "fields": [[f[name] for name in shape] for f in entity["fields"]],
                "removed": [[f["number"], f["name"]] for f in entity["removed"]],
                "window": entity["window"],
            }
            for tag, entity in entities.items()
        ]
        return modules, found

    def record(self, tag: int, data: bytes) -> dict[str, Any]:
        """Values by name."""
        entity = schema.read_schema(SCHEMA.data)[0][tag]
        fields = plain(schema.fit(entity, codec.unpack(data))[2:])
        return {f["name"]: v for f, v in zip(entity["fields"], fields, strict=True)}

    @contextmanager
    def walker(self, script: Script, folder: Path) -> Iterator[Walker]:
        """An enrolled device."""
        client = Client(script.answer)
        client.enrol("code")
        yield NaiveWalker(client)


Subject = Ours | Naive

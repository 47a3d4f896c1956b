"""A deliberately naive device for tests of the store: dictionaries, and changesets signed by
hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.checksum import MODULUS, range_of, row_hash
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID, bound_uuid7
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.protocol.enrolment import Enrol
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Cursor,
    Grants,
    Hello,
    Ranges,
    Repair,
    Signed,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
    WireVerdict,
    decode_rows,
)
from tests.support.world import DAY, SCHEMA, World

Row = tuple[int, ...]


@dataclass
class NaiveDevice:
    """Holds (bucket -> row key -> version) and (row key -> record); believes whatever arrives."""

    world: World
    person: str
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    sequence: int = 0
    token: bytes | None = None
    base: Base = field(default_factory=lambda: Base(ZERO_ID, 0))
    buckets: dict[int, dict[tuple[int, bytes], int]] = field(default_factory=dict)
    records: dict[tuple[int, bytes], list[Any]] = field(default_factory=dict)
    cursors: dict[int, Cursor] = field(default_factory=dict)
    messages: list[Struct] = field(default_factory=list)
    modules: dict[str, int] = field(default_factory=lambda: {"masterdata": 1})

    def __post_init__(self) -> None:
        environment = self.world.environment
        self.incarnation = environment.new_id()
        code = self.world.store.seats.create_code(self.world.people[self.person], DAY)
        public = self.key.public_key().public_bytes_raw()
        request = Enrol(PROTOCOL_VERSION, code, public, self.incarnation, self.person)
        self.seat = self.world.store.seats.find(self.world.store.seats.enrol(request).seat)

    # -- making changesets

    def new_id(self) -> bytes:
        """A row id bound to this store."""
        environment = self.world.environment
        return bound_uuid7(environment.now(), environment.random_bytes(10), self.incarnation)

    def changeset(
        self,
        *operations: Operation,
        sequence: int | None = None,
        needs: tuple[int, ...] = (),
        **more: Any,
    ) -> Signed:
        """Signed, with the next sequence unless one is given."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        changeset = Changeset(
            id=more.get("id") or self.world.environment.new_id(),
            incarnation=more.get("incarnation", self.incarnation),
            sequence=sequence,
            actor=more.get("actor", self.world.people[self.person]),
            modules=more.get("modules", self.modules),
            base=more.get("base", self.base),
            needs=needs,
            device_time=more.get("device_time", 0),
            operations=operations,
        )
        return sign(encode_changeset(changeset), more.get("key", self.key))

    def update(self, entity: str, row_id: bytes, **fields: Stored) -> Operation:
        """An edit, fields in stored form."""
        return self.world.operation(Action.UPDATE, entity, row_id, **fields)

    def insert(self, entity: str, row_id: bytes | None = None, **fields: Stored) -> Operation:
        """A new row."""
        return self.world.operation(Action.INSERT, entity, row_id or self.new_id(), **fields)

    def note(self, text: str = "note") -> Operation:
        """A new note of the own person."""
        return self.insert("note", author=self.world.people[self.person], text=text)

    # -- syncing

    def hello(self, repair: Sequence[int | Repair] = ()) -> Hello:
        """The greeting as things stand."""
        cursors = list(self.cursors.values())
        epoch = self.world.store.status().epoch if cursors else ZERO_ID
        return Hello(
            PROTOCOL_VERSION, self.incarnation, SCHEMA.hash, self.token, epoch, cursors,
            [r if isinstance(r, Repair) else Repair(r, 0, []) for r in repair], [], [], "naive",
        )  # fmt: skip

    def push(self, *changesets: Signed) -> list[WireVerdict]:
        """Only the verdicts; what the pull brings is not looked at."""
        for message in self.world.store.sync(self.seat, self.hello(), changesets):
            if isinstance(message, Verdicts):
                return message.verdicts
        raise AssertionError("no verdicts came")

    def sync(
        self, *changesets: Signed, stop_after: int | None = None,
        repair: Sequence[int | Repair] = (), between: Callable[[Struct], None] = lambda _: None,
    ) -> None:  # fmt: skip
        """A whole sync, or one that breaks off after some chunks. between: called after each
        message, before the next one is made.
        """
        self.messages = []
        chunks = 0
        for message in self.world.store.sync(self.seat, self.hello(repair), changesets):
            self.messages.append(message)
            self._take(message)
            between(message)
            chunks += isinstance(message, Chunk)
            if chunks == stop_after:
                return

    def _take(self, message: Struct) -> None:
        match message:
            case Welcome():
                if message.restart:
                    self.buckets, self.records, self.cursors = {}, {}, {}
            case Grants():
                granted = {g.bucket for g in message.grants}
                for bucket in set(self.buckets) - granted:
                    del self.buckets[bucket]
                    self.cursors.pop(bucket, None)
                for bucket in message.fresh:
                    self.buckets[bucket] = {}
                for bucket in granted:
                    self.buckets.setdefault(bucket, {})
            case Ranges():
                for r in message.ranges:
                    rows = self.buckets[r.bucket]
                    for key in [k for k in rows if range_of(k[1], r.bits) == r.number]:
                        del rows[key]
            case Chunk():
                self._chunk(message)
            case Checkpoint():
                self._checkpoint(message)
            case Unchanged() | Verdicts():
                pass

    def _chunk(self, chunk: Chunk) -> None:
        for section in chunk.sections:
            held = self.buckets[section.bucket]
            for record in decode_rows(section):
                key = (section.tag, record[1])
                held[key] = record[0]
                self.records[key] = record
            for row_id, version in section.also:
                assert self.records[section.tag, row_id][0] == version, "omitted, and not here"
                held[section.tag, row_id] = version
            for row_id in section.left:
                held.pop((section.tag, row_id), None)
        for cursor in chunk.cursors:
            self.cursors[cursor.bucket] = cursor

    def _checkpoint(self, checkpoint: Checkpoint) -> None:
        """Invariant 10: what is held adds up, computed anew from all of it."""
        held = {key for rows in self.buckets.values() for key in rows}
        self.records = {key: record for key, record in self.records.items() if key in held}
        sums = {b: self._sum(rows) for b, rows in self.buckets.items()}
        for told in checkpoint.buckets:
            assert sums[told.bucket] == (told.count, told.sum)
        assert sum(count for count, _ in sums.values()) == checkpoint.count
        assert sum(total for _, total in sums.values()) % MODULUS == checkpoint.sum
        self.token = checkpoint.token
        self.base = Base(checkpoint.epoch, checkpoint.version)
        self.cursors = {}

    def asks(self, bucket: int, bits: int) -> Repair:
        """What it has of a bucket, range by range."""
        parts: list[dict[tuple[int, bytes], int]] = [{} for _ in range(2**bits)]
        for key, version in self.buckets[bucket].items():
            parts[range_of(key[1], bits)][key] = version
        return Repair(bucket, bits, [self._sum(part) for part in parts])

    def _sum(self, rows: dict[tuple[int, bytes], int]) -> tuple[int, int]:
        total = sum(row_hash(tag, i, self.records[tag, i][0]) for tag, i in rows)
        return len(rows), total % MODULUS

    # -- looking

    def ids(self, entity: str) -> set[bytes]:
        """The rows held of an entity."""
        tag = SCHEMA.tags[entity]
        return {i for rows in self.buckets.values() for t, i in rows if t == tag}

    def value(self, entity: str, row_id: bytes, name: str) -> Stored:
        """A field in stored form."""
        record = self.records[SCHEMA.tags[entity], row_id]
        value: Stored = record[2 + SCHEMA.entities[entity].position(name)]
        return value

    def received(self) -> int:
        """Records with a payload in the last sync."""
        return sum(
            len(decode_rows(section))
            for message in self.messages
            if isinstance(message, Chunk)
            for section in message.sections
        )


def codes(verdict: WireVerdict) -> set[str]:
    """Why, in codes."""
    return {o.code for o in verdict.objections}

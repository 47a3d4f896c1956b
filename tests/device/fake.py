"""A server small enough to lie: it speaks the real messages and can be told to send wrong ones.

What the real store sends is tested with the real store; this one is for what it sends rarely or
should never send, and for histories in their thousands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import msgspec

from device_sdk import Device, Response
from device_sdk.errors import Offline
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Changeset, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.errors import SequenceGap, SyncError, Unauthenticated
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.protocol.changesets import decode_envelope, read_changeset, verdict_to_wire
from syncengine.protocol.enrolment import Challenged, Enrolled, Token
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.messages import (
    Failure,
    Hello,
    Push,
    Signed,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
    decode_request,
    encode,
)
from tests.device.feed import Bucket, Key, pull

SCHEMA = Schema((MASTERDATA,))
LIMIT = 2**30


class Crash(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Request:
    """What the device sent."""

    hello: Hello
    pushed: list[Changeset]


@dataclass
class Backup:
    """All that a restore brings back."""

    version: int
    rows: dict[Key, tuple[int, list[Stored]]]
    verdicts: dict[int, Verdict]
    present: dict[int, dict[Key, int]]
    left: dict[int, dict[Key, int]]


class Fake:
    """One person's server and the transport to it.

    judge: gives a verdict's outcome for a changeset. mangle: changes the messages of the next
    answers, one function an answer. lazy: the same, while the next answer goes out. cut: the next
    answer ends after that many frames.
    """

    def __init__(self, environment: Environment | None = None) -> None:
        self.environment = environment or Environment()
        self.schema = SCHEMA
        self.person = self.environment.new_id()
        self.seat = self.environment.new_id()
        self.epoch = self.environment.new_id()
        self.version = 0
        self.covered = 0
        self.chunk_rows = 100
        self.rows: dict[Key, tuple[int, list[Stored]]] = {}
        self.buckets: dict[int, Bucket] = {
            1: Bucket("personal", self.person),
            2: Bucket("business", self.person),
        }
        self.granted = [1, 2]
        self.verdicts: dict[int, Verdict] = {}
        self.judge: Callable[[Changeset], Outcome] = lambda _: Outcome.ACCEPTED
        self.mangle: list[Callable[[list[Struct]], Iterable[Struct]]] = []
        self.cut: int | None = None
        self.lazy: Callable[[list[Struct]], Iterator[Struct]] = iter
        self.token_good = True
        self.requests: list[Request] = []

    # -- the office

    def tag(self, entity: str) -> int:
        """An entity's tag."""
        return self.schema.tags[entity]

    def put(self, entity: str, buckets: Sequence[int], row_id: bytes | None = None,
            **values: Stored) -> bytes:  # fmt: skip
        """Insert or update a row, by the office; it is then in exactly these buckets."""
        row_id = row_id or self.environment.new_id()
        self.version += 1
        self._set((self.tag(entity), row_id), values)
        self._place((self.tag(entity), row_id), buckets)
        return row_id

    def customer(self, name: str, buckets: Sequence[int] = (2,)) -> bytes:
        """A customer of that name; its id."""
        return self.put("customer", buckets, number=name, name=name, active=True)

    def move(self, entity: str, row_id: bytes, buckets: Sequence[int]) -> None:
        """Change where a row is, and the row's version with it."""
        self.put(entity, buckets, row_id)

    def remove(self, entity: str, row_id: bytes) -> None:
        """Delete a row."""
        self.version += 1
        self._place((self.tag(entity), row_id), [])
        self.rows.pop((self.tag(entity), row_id))

    def _set(self, key: Key, values: Mapping[str, Stored]) -> None:
        entity = self.schema.by_tag[key[0]]
        record = list(self.rows[key][1]) if key in self.rows else []
        record += [None] * (len(entity.fields) - len(record))
        for name, value in values.items():
            record[entity.position(name)] = value
        self.rows[key] = (self.version, record)

    def _place(self, key: Key, buckets: Sequence[int]) -> None:
        for number, bucket in self.buckets.items():
            if number in buckets:
                bucket.present[key] = self.version
                bucket.left.pop(key, None)
            elif bucket.present.pop(key, None) is not None:
                bucket.left[key] = self.version

    def slice(self) -> dict[Key, tuple[int, list[Stored]]]:
        """What the seat may hold."""
        held = {key for b in self.granted for key in self.buckets[b].present}
        return {key: self.rows[key] for key in held}

    # -- the transport

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """One request."""
        try:
            pieces = self._answer(path, headers, body)
        except SyncError as error:
            data = [(name, str(value)) for name, value in error.data.items()]
            yield Response(400, iter([encode(Failure(error.code, error.detail, data))]))
            return
        yield Response(200, pieces)

    def listen(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[Response]:
        """No hints here."""
        raise Offline("no hints")

    def close(self) -> None:
        """Nothing to release."""

    def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
        if path == "/v1/enrol":
            enrolled = Enrolled(self.seat, self.person, self.epoch, self.schema.data)
            return iter([encode(enrolled)])
        if path == "/v1/challenge":
            return iter([encode(Challenged(b"sign me"))])
        if path == "/v1/token":
            self.token_good = True
            return iter([encode(Token("token", 900))])
        if not self.token_good or headers["authorization"] != "Bearer token":
            raise Unauthenticated("no token")
        hello, *pushes = [decode_request(m) for m in FrameReader(LIMIT).feed(body)]
        assert isinstance(hello, Hello)
        signed = [s for p in pushes if isinstance(p, Push) for s in p.changesets]
        return self._stream(self._respond(hello, self._judged(hello, signed)))

    def _stream(self, messages: list[Struct]) -> Iterator[bytes]:
        if self.mangle:
            messages = list(self.mangle.pop(0)(messages))
        lazy, self.lazy = self.lazy, iter
        for number, message in enumerate(lazy(messages)):
            if self.cut == number:
                self.cut = None
                raise Offline("cut")
            yield frame(encode(message))

    # -- writing

    def _judged(self, hello: Hello, signed: list[Signed]) -> list[Verdict]:
        made = [read_changeset(decode_envelope(s.body), self.schema) for s in signed]
        self.requests.append(Request(hello, made))
        expected = max(self.verdicts, default=0) + 1
        if made and made[0].sequence > expected:
            raise SequenceGap("A changeset is missing.", expected=expected)
        return [self.verdicts.get(c.sequence) or self._apply(c) for c in made]

    def _apply(self, changeset: Changeset) -> Verdict:
        outcome = self.judge(changeset)
        effective = outcome in (Outcome.ACCEPTED, Outcome.MERGED)
        if effective:
            self.version += 1
            for operation in changeset.operations:
                key = (operation.tag, operation.row_id)
                if operation.action is Action.DELETE:
                    self._place(key, [])
                    self.rows.pop(key, None)
                elif operation.action is Action.INSERT or key in self.rows:
                    entity = self.schema.by_tag[operation.tag]
                    names = {f.number: f.name for f in entity.fields}
                    self._set(key, {names[n]: v for n, v in operation.fields.items()})
                    own = [1] if entity.name == "note" else [2]
                    there = [b for b, bucket in self.buckets.items() if key in bucket.present]
                    self._place(key, there or own)
        verdict = Verdict(
            changeset.sequence, changeset.id, outcome, self.version if effective else None,
            self.version,
        )  # fmt: skip
        self.verdicts[changeset.sequence] = verdict
        return verdict

    def backup(self) -> Backup:
        """The state of now."""
        present = {number: dict(bucket.present) for number, bucket in self.buckets.items()}
        left = {number: dict(bucket.left) for number, bucket in self.buckets.items()}
        return Backup(self.version, dict(self.rows), dict(self.verdicts), present, left)

    def restore(self, backup: Backup) -> None:
        """Come back from a backup, in another epoch."""
        self.epoch = self.environment.new_id()
        self.version = backup.version
        self.rows = dict(backup.rows)
        self.verdicts = dict(backup.verdicts)
        for number, bucket in self.buckets.items():
            bucket.present = dict(backup.present[number])
            bucket.left = dict(backup.left[number])

    # -- reading

    def _respond(self, hello: Hello, verdicts: list[Verdict]) -> list[Struct]:
        held = msgspec.msgpack.decode(hello.checkpoint) if hello.checkpoint else None
        restart = held is not None and held[0] != self.epoch
        if restart:
            held = None
        schema = None if hello.schema_hash == self.schema.hash else self.schema.data
        expected = max(self.verdicts, default=0) + 1
        messages: list[Struct] = [
            Welcome(self.epoch, self.version, restart, schema, 0, expected, self.covered)
        ]
        if verdicts:
            messages.append(Verdicts([verdict_to_wire(v) for v in verdicts]))
        unfinished = hello.epoch == self.epoch and hello.cursors
        if held == [self.epoch, self.version, self.granted] and not (hello.repair or unfinished):
            return [*messages, Unchanged()]
        return messages + pull(self, hello, held)


def shown(device: Device, entity: str = "customer") -> dict[bytes, str]:
    """What an app sees: row id -> name or text."""
    field = "text" if entity == "note" else "name"
    return {row.id.bytes: str(row[field]) for row in device.rows(entity)}

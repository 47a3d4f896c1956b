"""One pull: chunks, each from a snapshot of its own, until everything granted is read; then a
checkpoint.

Grants are computed again in the snapshot of every chunk, so no chunk read after a revocation serves
the old slice (invariant 17), and a checkpoint is one version of all buckets (invariant 10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import Schema
from syncengine.model.terms import Grant
from syncengine.model.windows import current
from syncengine.protocol.limits import (
    CATCH_UP_CHUNK_ROWS,
    CHUNK_BYTES,
    CHUNK_ROWS,
    FIRST_CHUNK_ROWS,
)
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Cursor,
    EarlyCheckpoint,
    Granted,
    Grants,
    Repair,
    Struct,
)
from syncengine.store import clock as clocks
from syncengine.store.checkpoints import Held, digest
from syncengine.store.clock import Clock
from syncengine.store.early import Early
from syncengine.store.ending import checkpoint, early_checkpoint
from syncengine.store.feed import END_TAG, read_bucket, section, settled_elsewhere, unchanged
from syncengine.store.grants import bucket_ids, by_bucket, grants_of
from syncengine.store.horizon import behind
from syncengine.store.ranges import RangeRepairs
from syncengine.store.snapshots import Snapshots


@dataclass
class Pull:
    """The server's side of one response. Cursors are the device's word: they can only harm itself.

    held: the valid checkpoint, or None to begin from nothing. cursors: of a pull to be resumed.
    repairs: buckets that are sent again, whole or the ranges that differ; nothing of them is
    omitted. pass_time: called, outside of a snapshot, when one shows a boundary in time that should
    have taken effect by now. parts: as in Held. version: of the newest snapshot that messages were
    taken from. horizon: the clock's there. begun: the versions at which it began to read buckets
    from the start. may_split: whether it may end in an early
    checkpoint. part_of: the part of each bucket.
    """

    snapshots: Snapshots
    schema: Schema
    tables: dict[str, sa.Table]
    secret: bytes
    person: bytes
    incarnation: bytes
    held: Held | None
    cursors: dict[int, Cursor]
    repairs: Sequence[Repair]
    now: Callable[[], int]
    pass_time: Callable[[], None]
    parts: tuple[int, ...] = ()
    may_split: bool = False
    horizon: int = field(init=False, default=0)
    resumed: bool = field(init=False, default=False)
    repair: set[int] = field(init=False)
    ranges: RangeRepairs = field(init=False)
    version: int = field(init=False, default=0)
    sent: list[Granted] | None = None
    begun: dict[int, int] = field(default_factory=dict)
    sums_due: set[int] = field(default_factory=set)
    part_of: dict[int, int] = field(default_factory=dict)
    early: Early = field(init=False)
    caught_up: bool = False
    rows_in_chunk: int = FIRST_CHUNK_ROWS

    def __post_init__(self) -> None:
        self.resumed = bool(self.cursors)
        begin = self.held if self.may_split and not self.repairs else None
        self.early = Early(self.schema, begin, frozenset(self.cursors))
        self.repair = {r.bucket for r in self.repairs}
        self.ranges = RangeRepairs.of(self.repairs)
        self.sums_due |= self.cursors.keys() | self.repair
        if self.held is not None:
            for bucket, version in self.held.versions().items():
                self.cursors.setdefault(bucket, _end(bucket, version))
        for bucket in self.repair - self.ranges.asked.keys():
            self.cursors.pop(bucket, None)

    def __iter__(self) -> Iterator[Struct]:
        done = False
        while not done:
            with self.snapshots.newest() as connection:
                clock = clocks.read(connection)
                overdue = clock.overdue(self.now())
                messages = [] if overdue else self._step(connection, clock)
            if overdue:
                self.pass_time()
                continue
            done = bool(messages) and isinstance(messages[-1], Checkpoint | EarlyCheckpoint)
            yield from messages

    def _step(self, connection: sa.Connection, clock: Clock) -> list[Struct]:
        """What one snapshot gives: changed grants, a chunk, and the checkpoint when nothing is
        left.
        """
        clock.require(self.schema)
        self.version = clock.version
        if clock.horizon > self.horizon:
            self.horizon = clock.horizon
            self._begin_anew(connection)
        granted = self._granted(connection, clock.at)
        messages: list[Struct] = []
        if granted != self.sent:
            messages += self._tell(granted)
        order = sorted((g.bucket for g in granted), key=lambda b: (self.part_of[b], b))
        chunk, complete = self._chunk(connection, clock, order)
        if chunk is not None:
            messages.append(chunk)
        if not complete and (early := self._early(connection, clock, order)) is not None:
            messages.append(early)
        if complete and not self.ranges.done:
            messages += self.ranges.step(connection)
        if complete and self.ranges.done:
            messages.append(
                checkpoint(
                    connection, clock, self.incarnation, granted, self.parts, self.sums_due,
                    self.secret,
                )
            )  # fmt: skip
        return messages

    def _begin_anew(self, connection: sa.Connection) -> None:
        """Forget the checkpoint's cursors below their buckets' horizons: these come from the start.

        Those of an unfinished pull stay, however low. A reading from the start passes all versions,
        and whether it began before the compaction cannot be seen: if so, what it lacks shows in the
        sums, and is repaired before it is published.
        """
        if self.held is None or self.held.lowest >= self.horizon:
            return
        by_version: dict[int, list[int]] = {}
        for bucket, version in self.held.versions().items():
            if self.cursors.get(bucket) == _end(bucket, version):
                by_version.setdefault(version, []).append(bucket)
        for version, waiting in by_version.items():
            for bucket in behind(connection, waiting, version):
                del self.cursors[bucket]
                self.sent = None  # to be told, though what is granted is the same

    def _granted(self, connection: sa.Connection, at: int) -> list[Granted]:
        """The granted buckets that exist in the wanted parts, each once, with its first reason and
        its windows.
        """
        grants = by_bucket(grants_of(connection, self.schema, self.tables, self.person, at))
        ids = bucket_ids(connection, grants)
        self.part_of = {number: name.part for name, number in ids.items()}
        lines = [
            _line(number, grants[name.whole], at)
            for name, number in ids.items()
            if not self.parts or name.part in self.parts
        ]
        return sorted(lines, key=lambda line: line.bucket)

    def _tell(self, granted: list[Granted]) -> list[Struct]:
        """A Grants message where the device has to learn something; buckets not granted are
        forgotten.

        A resumed pull always has one: the device knows those of the answer that broke off, and they
        need not be those of its checkpoint.
        """
        numbers = [g.bucket for g in granted]
        fresh = [n for n in numbers if n not in self.cursors]
        unchanged = self.sent is None and not self.resumed and not fresh
        self.sent = granted
        self.cursors = {n: self.cursors.get(n, Cursor(n, 0, 0, ZERO_ID)) for n in numbers}
        self.begun |= dict.fromkeys(fresh, self.version)
        self.sums_due |= set(fresh)
        self.sums_due &= set(numbers)
        self.ranges.keep(numbers, fresh)
        if unchanged and self.held is not None and digest(granted) == self.held.grants:
            return []
        return [Grants(granted, fresh)]

    def _chunk(
        self, connection: sa.Connection, clock: Clock, buckets: list[int]
    ) -> tuple[Chunk | None, bool]:
        """(what fits into one chunk, whether that was all)."""
        room = CATCH_UP_CHUNK_ROWS if self.caught_up else self.rows_in_chunk
        size = CHUNK_BYTES
        self.rows_in_chunk = min(2 * self.rows_in_chunk, CHUNK_ROWS)
        sections = []
        moved = []
        complete = True
        still = unchanged(connection, [self.cursors[bucket] for bucket in buckets])
        for bucket in buckets:
            if bucket in still:
                self.cursors[bucket] = _end(bucket, clock.version)
                continue
            read = read_bucket(
                connection, self.cursors[bucket], room, size, self.begun.get(bucket, 0)
            )
            for tag, piece in read.pieces.items():
                elsewhere: set[bytes] = set()
                if piece.shared and bucket not in self.repair:
                    elsewhere = settled_elsewhere(
                        connection, tag, piece.shared, self._complete(bucket)
                    )
                sections.append(section(bucket, tag, piece, elsewhere))
                if piece.left:
                    self.early.left_in.add(self.part_of[bucket])
            room -= read.records
            size -= read.size
            self.cursors[bucket] = read.cursor or _end(bucket, clock.version)
            if read.records:
                self.sums_due.add(bucket)
                moved.append(self.cursors[bucket])
            if read.cursor is not None or room <= 0:
                complete = bucket == buckets[-1] and read.cursor is None
                break
        self.caught_up |= complete
        return (Chunk(sections, moved) if sections else None), complete

    def _complete(self, bucket: int) -> dict[int, int]:
        """The other buckets with the version up to which the device surely has them."""
        versions = {
            number: cursor.version if cursor.tag == END_TAG else cursor.version - 1
            for number, cursor in self.cursors.items()
            if number != bucket and number not in self.repair
        }
        return {number: version for number, version in versions.items() if version > 0}

    def _early(
        self, connection: sa.Connection, clock: Clock, order: list[int]
    ) -> EarlyCheckpoint | None:
        """The end of this answer, when the parts in front of the one being read have news and can
        be published before it.
        """
        end = clock.version, END_TAG
        at = ((b, self.cursors[b]) for b in order)
        reading = next((b for b, cursor in at if (cursor.version, cursor.tag) != end), None)
        if reading is None:
            return None
        part_of = {bucket: self.part_of[bucket] for bucket in order}
        split = self.early.split(part_of, reading, self.sums_due, self.begun)
        if split is None:
            return None
        return early_checkpoint(
            connection, clock, self.incarnation, *split, self.parts, self.secret
        )


def _line(bucket: int, grants: list[Grant], at: int) -> Granted:
    """One granted bucket, for the device: the first reason, and what all of them allow together."""
    first = grants[0]
    hold = current([g.hold for g in grants], at)
    write = current([g.write for g in grants], at)
    return Granted(
        bucket,
        str(first.bucket.kind),
        first.bucket.key,
        str(first.reason),
        first.via,
        hold.ends,
        write.starts,
        write.ends,
    )


def _end(bucket: int, version: int) -> Cursor:
    return Cursor(bucket, version, END_TAG, ZERO_ID)

"""Publishing a checkpoint: everything staged becomes visible at once, or nothing does.

Invariants 8, 10, 11: the sums of what would be visible are compared first; a difference leaves the
published rows as they are and names the buckets to repair.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import apsw

from device_sdk.database import fetch
from device_sdk.incoming import ALSO, LEFT, ROW, Incoming
from device_sdk.layout import Layout
from device_sdk.outbox import Outbox
from device_sdk.overlay import PUBLISHED, Key, Overlay, unpack_record
from syncengine.model.checksum import MODULUS, row_hash, rows_sum
from syncengine.model.fields import Stored
from syncengine.protocol.messages import Checkpoint


class Differs(Exception):
    """The sums of these buckets differ from the checkpoint's; the transaction is to be undone."""

    def __init__(self, buckets: list[int]) -> None:
        super().__init__(buckets)
        self.buckets = buckets


@dataclass(frozen=True)
class Event:
    """One thing that is to happen to a row that is there already."""

    bucket: int
    kind: str
    version: int | None
    record: bytes | None


@dataclass
class Sum:
    """A bucket's count and checksum as they will be."""

    count: int = 0
    sum: int = 0

    def add(self, count: int, total: int) -> None:
        """Count rows in (or, negative, out)."""
        self.count += count
        self.sum = (self.sum + total) % MODULUS


class Publisher:
    """One publication, inside the caller's transaction."""

    def __init__(
        self,
        db: apsw.Connection,
        layouts: dict[int, Layout],
        incoming: Incoming,
        overlay: Overlay,
        outbox: Outbox,
    ) -> None:
        self._db = db
        self._layouts = layouts
        self._incoming = incoming
        self._overlay = overlay
        self._outbox = outbox
        self._generation = incoming.next_generation()
        self._sums: dict[int, Sum] = {}
        self._kept: set[int] = set()  # buckets whose published sums go on
        self._lacking: set[int] = set()  # buckets that named a row which is not here

    def publish(self, checkpoint: Checkpoint) -> None:
        """Make the checkpoint visible; Differs when it does not add up."""
        released = self._begin_sums()
        self._count_placed()
        events = self._events(released)
        for key, happened in events.items():
            self._apply(key, happened)
        self._compare(checkpoint)
        self._finish(checkpoint, events.keys())

    def _begin_sums(self) -> list[int]:
        """Start from the published sums; returns the held buckets whose old contents are void."""
        granted = {b: bool(f) for b, f in fetch(self._db, "SELECT bucket, fresh FROM incoming")}
        published = fetch(self._db, "SELECT id, count, sum FROM bucket")
        self._sums = {bucket: Sum() for bucket in granted}
        released = []
        for bucket, count, total in published:
            if bucket in granted and not granted[bucket]:
                self._sums[bucket] = Sum(count, total)
                self._kept.add(bucket)
            else:
                released.append(bucket)
        return released

    def _count_placed(self) -> None:
        placed: dict[tuple[int, int], list[tuple[bytes, int]]] = {}
        for tag, bucket, row_id, version in self._incoming.placed_rows():
            placed.setdefault((tag, bucket), []).append((row_id, version))
        for (tag, bucket), rows in placed.items():
            self._sums[bucket].add(len(rows), rows_sum(tag, rows))

    def _events(self, released: Iterable[int]) -> dict[Key, list[Event]]:
        """What happens to each row, in order; a released bucket's rows leave first."""
        found: dict[Key, list[Event]] = {}
        for bucket in released:
            for tag, layout in self._layouts.items():
                rows = self._db.execute(
                    f"SELECT id FROM {layout.table} WHERE bucket=? AND generation<>?"
                    " UNION SELECT id FROM held WHERE tag=? AND bucket=?",
                    (bucket, self._generation, tag, bucket),
                )
                for (row_id,) in rows:
                    found.setdefault((tag, row_id), []).append(Event(bucket, LEFT, None, None))
        for tag, row_id, bucket, kind, version, record in self._db.execute(
            "SELECT tag,id,bucket,event,version,record FROM staged ORDER BY n"
        ):
            event = Event(bucket, kind, version, record)
            found.setdefault((tag, row_id), []).append(event)
        return found

    def _apply(self, key: Key, events: list[Event]) -> None:
        """One row from its state now to its state at the checkpoint."""
        tag, row_id = key
        layout = self._layouts[tag]
        there = self._db.execute(
            f"SELECT version, generation, bucket FROM {layout.table} WHERE id=?", (row_id,)
        ).fetchone()
        version, generation, bucket = there or (0, PUBLISHED, 0)
        held = self._db.execute("SELECT bucket FROM held WHERE tag=? AND id=?", key)
        before = {b for (b,) in held} | ({bucket} if bucket else set())
        counted = before if generation == self._generation else before & self._kept
        after, newest, record = set(before), version, None
        for event in events:
            if event.kind == LEFT:
                after.discard(event.bucket)
                continue
            after.add(event.bucket)
            if event.kind == ROW and event.version is not None and event.version >= newest:
                newest, record = event.version, event.record
        self._note_lacking(events, newest, known=record is not None or version > 0)
        self._recount(key, counted, version, after, newest)
        self._write(layout, row_id, after, bucket, unpack_record(record) if record else None)

    def _note_lacking(self, events: list[Event], version: int, known: bool) -> None:
        for event in events:
            if event.kind == ALSO and (not known or event.version != version):
                self._lacking.add(event.bucket)

    def _recount(self, key: Key, before: set[int], old: int, after: set[int], new: int) -> None:
        for bucket in before:
            self._sums[bucket].add(-1, -row_hash(*key, old))
        for bucket in after:
            self._sums[bucket].add(1, row_hash(*key, new))

    def _write(
        self,
        layout: Layout,
        row_id: bytes,
        after: set[int],
        bucket: int,
        record: list[Stored] | None,
    ) -> None:
        tag = layout.tag
        covered = self._overlay.image_kept(tag, row_id)
        self._db.execute("DELETE FROM held WHERE tag=? AND id=?", (tag, row_id))
        if not after:
            if covered:
                self._overlay.set_image(tag, row_id, None)
            self._db.execute(f"DELETE FROM {layout.table} WHERE id=?", (row_id,))
            return
        primary = bucket if bucket in after else min(after)
        self._db.executemany(
            "INSERT INTO held VALUES(?,?,?)", [(tag, row_id, b) for b in after - {primary}]
        )
        if record is None:
            self._db.execute(f"UPDATE {layout.table} SET bucket=? WHERE id=?", (primary, row_id))
            return
        if covered:
            self._overlay.set_image(tag, row_id, record)
        self._db.execute(layout.put, (*layout.fit([record])[0], PUBLISHED, primary))

    def _compare(self, checkpoint: Checkpoint) -> None:
        wrong = {
            b.bucket
            for b in checkpoint.buckets
            if (found := self._sums.get(b.bucket)) is None
            or (found.count, found.sum) != (b.count, b.sum)
        }
        wrong |= self._lacking
        total = Sum()
        for bucket in self._sums.values():
            total.add(bucket.count, bucket.sum)
        if not wrong and (total.count, total.sum) != (checkpoint.count, checkpoint.sum):
            wrong = set(self._sums)
        if wrong:
            raise Differs(sorted(wrong))

    def _finish(self, checkpoint: Checkpoint, touched: Iterable[Key]) -> None:
        settled = self._outbox.rows_of(self._outbox.settle(checkpoint.version))
        placed_under = self._placed_under_edits()
        self._db.execute("DELETE FROM bucket")
        self._db.executemany(
            "INSERT INTO bucket SELECT bucket,kind,key,reason,via,?,? FROM incoming WHERE bucket=?",
            [(s.count, s.sum, bucket) for bucket, s in self._sums.items()],
        )
        for key in {*touched, *settled, *placed_under}:
            self._overlay.show(*key)
        self._incoming.close()

    def _placed_under_edits(self) -> set[Key]:
        """Rows with unsettled edits whose server image came in place, or was never kept."""
        found: set[Key] = set()
        for tag, row_id in fetch(self._db, "SELECT tag, id FROM shadow WHERE record IS NULL"):
            record = self._layouts[tag].read(self._db, row_id)
            if record is not None and record[0]:
                self._overlay.set_image(tag, row_id, record)
                found.add((tag, row_id))
        uncovered = self._outbox.uncovered_rows()
        self._overlay.cover(uncovered)
        return found | uncovered

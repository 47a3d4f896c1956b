"""Publishing a checkpoint: everything staged becomes visible at once, or nothing does.

Invariants 8, 10, 11: the sums of what would be visible are compared first; a difference leaves the
published rows as they are and names what to ask the server about.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import apsw

from device_sdk import recount
from device_sdk.database import fetch
from device_sdk.holdings import Holding, Holdings
from device_sdk.incoming import ALSO, LEFT, ROW, Incoming
from device_sdk.layout import Layout
from device_sdk.outbox import Outbox
from device_sdk.overlay import Key, Overlay, unpack_record
from device_sdk.recount import Sum
from syncengine.model.changeset import Base
from syncengine.model.checksum import row_hash
from syncengine.protocol.messages import Checkpoint, EarlyCheckpoint, Repair


class Differs(Exception):
    """Something is not what the server says; the transaction is to be undone. repairs: what there
    would be, bucket by bucket, for the server to compare.
    """

    def __init__(self, repairs: list[Repair]) -> None:
        super().__init__(repairs)
        self.repairs = repairs


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that is to happen to a row that is there already."""

    bucket: int
    kind: str
    version: int
    record: bytes | None


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
        self._holdings = Holdings(db, layouts)
        self._covered = overlay.covered()
        self._sums: dict[int, Sum] = {}
        self._kept: set[int] = set()  # buckets whose published contents go on
        self._lacking: set[int] = set()  # buckets that named a row which is not here
        self._only: set[int] | None = None  # buckets of an early checkpoint
        self._others: set[int] = set()  # those that it leaves as they are

    def publish(
        self, checkpoint: Checkpoint | EarlyCheckpoint, base: Base, older: Collection[int]
    ) -> None:
        """Make the checkpoint visible; Differs when it does not add up. base: what own work has
        then been made on. older: the tags that an early one does not concern.
        """
        if isinstance(checkpoint, EarlyCheckpoint):
            self._only = {told.bucket for told in checkpoint.buckets}
        released = self._begin_sums()
        self._drop(released)
        events = self._events(released)
        for key, holding in self._holdings.load(events).items():
            self._apply(key, holding, events[key])
        self._holdings.write()
        self._compare(checkpoint)
        self._finish(base, older, events.keys())

    def _begin_sums(self) -> str:
        """Start from the published sums and what is staged in place.

        Returns the held buckets whose old contents are void, as SQL's list: they are no longer
        granted, or came anew.
        """
        kept = {}
        for bucket, fresh, count, total in self._incoming.placed_sums():
            if self._leaves(bucket):
                continue
            self._sums[bucket] = Sum(count, total)
            kept[bucket] = not fresh
        released = []
        for bucket, count, total in fetch(self._db, "SELECT id, count, sum FROM bucket"):
            if self._leaves(bucket):
                continue
            if kept.get(bucket):
                self._sums[bucket].add(count, total)
                self._kept.add(bucket)
            else:
                released.append(str(bucket))
        return ",".join(released)

    def _leaves(self, bucket: int) -> bool:
        """Whether an early checkpoint leaves it as it is; noted."""
        if self._only is None or bucket in self._only:
            return False
        self._others.add(bucket)
        return True

    def _drop(self, released: str) -> None:
        """Rows that only one released bucket holds and that nothing else concerns: they leave in
        one statement, however many.
        """
        if not released:
            return
        for tag, layout in self._layouts.items():
            self._db.execute(
                f"DELETE FROM {layout.table} WHERE bucket IN ({released}) AND generation<>:next"
                " AND id NOT IN (SELECT id FROM held WHERE tag=:tag)"
                " AND id NOT IN (SELECT id FROM staged WHERE tag=:tag)"
                " AND id NOT IN (SELECT id FROM shadow WHERE tag=:tag)",
                {"next": self._generation, "tag": tag},
            )

    def _events(self, released: str) -> dict[Key, list[Event]]:
        """What happens to each row, in order; rows that released buckets hold among others, too."""
        found: dict[Key, list[Event]] = {}
        for tag, layout in self._layouts.items() if released else ():
            rows = fetch(
                self._db,
                f"SELECT id FROM {layout.table} WHERE bucket IN ({released}) AND generation<>?"
                f" UNION SELECT id FROM held WHERE tag=? AND bucket IN ({released})",
                (self._generation, tag),
            )
            found.update(((tag, row_id), []) for (row_id,) in rows)
        for tag, row_id, *event in fetch(
            self._db,
            "SELECT tag,id,bucket,event,version,record FROM staged"
            f" WHERE bucket NOT IN ({recount.sql_list(self._others)}) ORDER BY n",
        ):
            found.setdefault((tag, row_id), []).append(Event(*event))
        return found

    def _apply(self, key: Key, was: Holding, events: list[Event]) -> None:
        """One row from its state now to its state at the checkpoint.

        The last record counts, whatever its version: after a restore it may be an older one.
        """
        before = was.buckets if was.generation == self._generation else was.buckets & self._kept
        after, version, record = set(before), was.version, None
        last: dict[int, Event] = {}
        for event in events:
            last[event.bucket] = event
            if event.kind == LEFT:
                after.discard(event.bucket)
                continue
            after.add(event.bucket)
            if event.kind == ROW:
                version, record = event.version, event.record
        for event in last.values():
            if event.kind == ALSO and event.version != version:
                self._lacking.add(event.bucket)
        for bucket in before:
            self._sums[bucket].add(-1, -row_hash(*key, was.version))
        for bucket in after:
            self._sums[bucket].add(1, row_hash(*key, version))
        self._collect(key, was, after, record)

    def _collect(self, key: Key, was: Holding, after: set[int], packed: bytes | None) -> None:
        covered = key in self._covered
        if not after:
            if covered:
                self._overlay.set_image(*key, None)
            self._holdings.leave(key, was)
            return
        record = unpack_record(packed) if packed is not None else None
        if covered and record is not None:
            self._overlay.set_image(*key, record)
        self._holdings.keep(key, was, after, record)

    def _compare(self, checkpoint: Checkpoint | EarlyCheckpoint) -> None:
        """By the sums as they were kept up. Where these differ, or are not believed, by what the
        tables would have: perhaps only a kept sum was wrong.
        """
        if not (self._lacking or recount.suspects(self._db) or self._wrong(checkpoint)):
            return
        kept = self._sums
        recount.drop_strays(self._db, self._layouts, kept.keys() | self._others)
        self._sums = recount.count(self._db, self._layouts, kept)
        wrong = self._wrong(checkpoint)
        if not wrong:
            return
        wrong |= {bucket for bucket, counted in self._sums.items() if counted != kept[bucket]}
        counts = {bucket: s.count for bucket, s in self._sums.items() if bucket in wrong}
        for told in checkpoint.buckets:
            if told.bucket in wrong:
                counts[told.bucket] = max(told.count, counts.get(told.bucket, 0))
        raise Differs(recount.asked(self._db, self._layouts, counts))

    def _wrong(self, checkpoint: Checkpoint | EarlyCheckpoint) -> set[int]:
        """The buckets that differ; all when only the total does."""
        wrong = {
            b.bucket
            for b in checkpoint.buckets
            if (found := self._sums.get(b.bucket)) is None
            or (found.count, found.sum) != (b.count, b.sum)
        }
        if isinstance(checkpoint, EarlyCheckpoint):  # it tells the sums of all that it covers
            return wrong
        total = Sum()
        for bucket in self._sums.values():
            total.add(bucket.count, bucket.sum)
        if not wrong and (total.count, total.sum) != (checkpoint.count, checkpoint.sum):
            return set(self._sums)
        return wrong

    def _finish(self, base: Base, older: Collection[int], touched: Iterable[Key]) -> None:
        sums = [(s.count, s.sum, bucket) for bucket, s in self._sums.items()]
        if self._only is None:
            self._incoming.become_held(sums)
        else:
            self._incoming.become_held_early(sums)
        settled = self._outbox.settle(base, older)
        placed_under = self._placed_under_edits()
        shown = {key for key in touched if key in self._covered}
        self._overlay.show_all({*shown, *settled, *placed_under})

    def _placed_under_edits(self) -> set[Key]:
        """Rows with unsettled edits whose server image came in place, or was never kept."""
        found: set[Key] = set()
        for tag, row_id in fetch(self._db, "SELECT tag, id FROM shadow WHERE record IS NULL"):
            if self._is_staged(tag, row_id):
                continue
            record = self._layouts[tag].read(self._db, row_id)
            if record is not None and record[0]:
                self._overlay.set_image(tag, row_id, record)
                found.add((tag, row_id))
        uncovered = self._outbox.uncovered_rows()
        self._overlay.cover(uncovered)
        return found | uncovered

    def _is_staged(self, tag: int, row_id: bytes) -> bool:
        """Whether the row belongs to what an early checkpoint left."""
        wanted = f"SELECT 1 FROM {self._layouts[tag].table} WHERE id=? AND generation=?"
        return bool(fetch(self._db, wanted, (row_id, self._generation + 1)))

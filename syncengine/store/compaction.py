"""Compaction: what nobody can need any more goes, in bounded batches under the clock's lock.

*Left records* say that a row is in a bucket no longer. They are for devices that had it: one that
has not synced since takes the bucket anew instead (its *horizon*), so a record is needed for as
long as a device may stay away and still get no more than what changed.

Each batch raises the horizons in the transaction that drops the records, the oldest first: a crash
between two leaves nothing to repair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import sqlalchemy as sa

from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.horizon import raise_horizons
from syncengine.store.store import Store

BATCH = 1_000  # records dropped in one commit

Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class Retention:
    """How long things are kept, in microseconds. left: left records."""

    left: int


@dataclass(frozen=True)
class Compacted:
    """How many records went."""

    left: int

    def as_data(self) -> dict[str, int]:
        """For --json, and by name for people."""
        return {"left_records": self.left}


def compact(
    store: Store,
    retention: Retention,
    progress: Progress | None = None,
    batches: int | None = None,
) -> Compacted:
    """Drop what is older than the retention, in at most so many batches.

    Safe to be cut short, repeated, and run by several at once, while the server works. Without
    anything to drop it is a few reads by key. progress: called with (what, number) after each
    batch.
    """
    tell = progress or (lambda _what, _number: None)
    with reading(store.engine) as connection:
        cut = _version_at(connection, store.environment.now() - retention.left)
    total = 0
    for _ in count() if batches is None else range(batches):
        number = _drop_left(store, cut)
        if not number:
            break
        tell("left records", number)
        total += number
    return Compacted(total)


def due(store: Store, retention: Retention) -> Compacted:
    """What `compact` would drop."""
    with reading(store.engine) as connection:
        cut = _version_at(connection, store.environment.now() - retention.left)
        return Compacted(connection.scalar(sa.select(sa.func.count()).where(_old(cut))) or 0)


def _version_at(connection: sa.Connection, instant: int) -> int:
    """A version such that it was received at or before an instant and the next one after; 0:
    the first was after. Found by halving: not more reads for a longer history.
    """
    c = t.changeset.c
    below, above = 0, clocks.read(connection).version + 1
    while above - below > 1:
        middle = (below + above) // 2
        received = connection.scalar(sa.select(c.received).where(c.version == middle))
        if received is None or received <= instant:
            below = middle
        else:
            above = middle
    return below


def _old(cut: int) -> sa.ColumnElement[bool]:
    m = t.membership.c
    return sa.and_(m.gone, m.changed <= cut)


def _drop_left(store: Store, cut: int) -> int:
    """One batch; how many went."""
    with reading(store.engine) as connection:
        if connection.execute(sa.select(1).where(_old(cut)).limit(1)).first() is None:
            return 0  # without the lock
    m = t.membership.c
    key = sa.tuple_(m.bucket, m.tag, m.row_id)
    oldest = sa.select(m.bucket, m.tag, m.row_id).where(_old(cut)).order_by(m.changed).limit(BATCH)
    with writing(store.engine) as connection:
        clocks.lock(connection)
        gone = connection.execute(
            sa.delete(t.membership).where(key.in_(oldest)).returning(m.bucket, m.changed)
        ).all()
        horizons: dict[int, int] = {}
        for bucket, changed in gone:
            horizons[bucket] = max(changed, horizons.get(bucket, 0))
        if horizons:
            raise_horizons(connection, horizons)
            store.environment.reached("compaction.batch")
    return len(gone)

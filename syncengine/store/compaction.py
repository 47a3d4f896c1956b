"""Compaction: what nobody can need any more goes, in bounded batches under the clock's lock.

*Left records* say that a row is in a bucket no longer. They are for devices that had it: one that
has not synced since takes the bucket anew instead (its *horizon*), so a record is needed for as
long as a device may stay away and still get no more than what changed. *Answers* are for stores
that may not have them yet (answers.py), or for other systems that may ask again (office.py).
Records of *begun* answers, which broke off, are for purge receipts (told.py). The *history* is for
people, and for work made on what was (beginning.py).

Each batch notes in the transaction that drops something up to where it is gone, the oldest first:
a crash between two leaves nothing to repair.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from typing import Any

import sqlalchemy as sa

from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.answers import answers_due, drop_answers, stores_due
from syncengine.store.beginning import drop_history, history_due
from syncengine.store.database import reading, writing
from syncengine.store.horizon import raise_horizons
from syncengine.store.office import drop_said, said_due
from syncengine.store.reviews import decided_due, drop_decided
from syncengine.store.store import Store
from syncengine.store.told import begun_before, drop_begun

BATCH = 1_000  # records dropped in one commit

Progress = Callable[[str, int], None]
Compacted = dict[str, int]  # what -> how many records


@dataclass(frozen=True)
class Retention:
    """How long things are kept, in microseconds. left: left records. answers: those that a store
    has, and records of begun ones. history: None: for good.
    """

    left: int
    answers: int
    history: int | None = None


@dataclass(frozen=True)
class _Kind:
    """due: everything at or before a version that may go. some: not empty where there is anything,
    and quickly found to be. drop: (connection, version, most) -> how many went.
    """

    name: str
    kept: Callable[[Retention], int | None]
    due: Callable[[int], sa.Select[Any]]
    some: Callable[[int], sa.Select[Any]]
    drop: Callable[[sa.Connection, int, int], int]


def compact(
    store: Store,
    retention: Retention,
    progress: Progress | None = None,
    batches: int | None = None,
) -> Compacted:
    """Drop what is older than the retention, in at most so many batches.

    Safe to be cut short, repeated, and run by several at once, while the server works. Without
    anything to drop it is a few reads. progress: called with (what, number) after each batch.
    SchemaDiffers: another version of the server has taken over.
    """
    tell = progress or (lambda _what, _number: None)
    left = count() if batches is None else iter(range(batches))
    found: Compacted = {}
    for kind in KINDS:
        cut = _cut(store, kind, retention)
        found[kind.name] = 0
        while _some(store, kind, cut) and next(left, None) is not None:
            with writing(store.engine) as connection:
                clocks.lock(connection).require(store.schema)
                number = kind.drop(connection, cut, BATCH)
                store.environment.reached("compaction.batch")
            if not number:
                break  # somebody else was faster
            found[kind.name] += number
            tell(kind.name, number)
    return found


def due(store: Store, retention: Retention) -> Compacted:
    """What `compact` would drop."""
    found: Compacted = {}
    for kind in KINDS:
        cut = _cut(store, kind, retention)
        with reading(store.engine) as connection:
            counted = sa.select(sa.func.count()).select_from(kind.due(cut).subquery())
            found[kind.name] = connection.scalar(counted) or 0
    return found


def _cut(store: Store, kind: _Kind, retention: Retention) -> int:
    age = kind.kept(retention)
    if age is None:
        return 0
    with reading(store.engine) as connection:
        clocks.read(connection).require(store.schema)
        return _version_at(connection, store.environment.now() - age)


def _version_at(connection: sa.Connection, instant: int) -> int:
    """A version such that it was received at or before an instant and the next one after; where
    the history begins, when that was after. Found by halving: not more reads for a longer one.
    """
    c = t.changeset.c
    clock = clocks.read(connection)
    below, above = clock.begins, clock.version + 1
    while above - below > 1:
        middle = (below + above) // 2
        received = connection.scalar(sa.select(c.received).where(c.version == middle))
        if received is None or received <= instant:
            below = middle
        else:
            above = middle
    return below


def _some(store: Store, kind: _Kind, cut: int) -> bool:
    """Whether anything may go: seen without the lock."""
    with reading(store.engine) as connection:
        return connection.execute(kind.some(cut).limit(1)).first() is not None


_m = t.membership.c


def _left(cut: int) -> sa.Select[Any]:
    return sa.select(_m.bucket, _m.tag, _m.row_id).where(_m.gone, _m.changed <= cut)


def _drop_left(connection: sa.Connection, cut: int, most: int) -> int:
    key = sa.tuple_(_m.bucket, _m.tag, _m.row_id)
    oldest = _left(cut).order_by(_m.changed).limit(most)
    dropped = sa.delete(t.membership).where(key.in_(oldest)).returning(_m.bucket, _m.changed)
    gone = connection.execute(dropped).all()
    horizons: dict[int, int] = {}
    for bucket, changed in gone:
        horizons[bucket] = max(changed, horizons.get(bucket, 0))
    if horizons:
        raise_horizons(connection, horizons)
    return len(gone)


def _begun(cut: int) -> sa.Select[Any]:
    return sa.select(t.told.c.incarnation).where(begun_before(cut))


KINDS = (
    _Kind("left records", lambda r: r.left, _left, _left, _drop_left),
    _Kind("answers", lambda r: r.answers, answers_due, stores_due, drop_answers),
    _Kind("office answers", lambda r: r.answers, said_due, said_due, drop_said),
    _Kind("begun answers", lambda r: r.answers, _begun, _begun, drop_begun),
    _Kind("changesets", lambda r: r.history, history_due, history_due, drop_history),
    _Kind("decided reviews", lambda r: r.history, decided_due, decided_due, drop_decided),
)

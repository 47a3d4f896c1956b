"""What stores were told and what they proved: the record that purge receipts are read from.

A record is made only of an answer that changed what its store may hold: one with a Grants message,
with rows that left, or with a repair. All other answers bring rows of buckets that the store had,
and leave the record as it is: a sync without such news writes nothing more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.protocol.messages import Checkpoint, Chunk, EarlyCheckpoint, Grants, Struct
from syncengine.store import tables as t
from syncengine.store.database import upsert, writing
from syncengine.store.late import LATE_WINDOW, pack_buckets, unpack_buckets
from syncengine.store.pull import Pull

RETENTION = 2 * LATE_WINDOW  # of a record, since its answer was proved

_COLUMNS = tuple(c.name for c in t.told.c)


@dataclass(frozen=True)
class Proved:
    """The last checkpoint that a store has proved to hold; `buckets` packed.

    early: packed, what it has of a later version. Receipts do not count it: as long as one part is
    older, what the whole checkpoint took away is not confirmed.
    """

    incarnation: bytes
    version: int
    buckets: bytes
    early: bytes | None = None


def note_visit(
    connection: sa.Connection, incarnation: bytes, now: int, waiting: int | None
) -> None:
    """Record that a store asks, and how much work it says is waiting on it."""
    wanted = sa.update(t.incarnation).where(t.incarnation.c.id == incarnation)
    connection.execute(wanted.values(seen=now, waiting=waiting))


def acknowledge(
    connection: sa.Connection, proved: Proved, before: int, now: int, waiting: int | None
) -> None:
    """Record that a store holds a checkpoint, which answers that proves, and its visit, too.

    before: the version acknowledged until now. A lower one is an older copy of the store that has
    come back: what was told above it was told to the other copy, and is to be told again.

    With a newly proved answer, those proved longer ago than the retention are forgotten: never
    the newest one, and none that is not proved.

    The same version with other buckets: the store takes other parts now, and holds what it has
    shown and no more.
    """
    i, d = t.incarnation.c, t.told.c
    connection.execute(
        sa.update(t.incarnation)
        .where(i.id == proved.incarnation)
        .values(
            acked_version=proved.version,
            acked_at=now,
            acked_buckets=proved.buckets,
            acked_early=proved.early,
            seen=now,
            waiting=waiting,
        )
    )
    mine = d.incarnation == proved.incarnation
    if proved.version > before:
        newly = sa.and_(d.version > before, d.version <= proved.version, d.told_at.is_not(None))
        news = connection.execute(sa.update(t.told).where(mine, newly).values(proved_at=now))
        if news.rowcount:
            _drop(connection, proved.incarnation, d.proved_at < now - RETENTION)
    elif proved.version < before:
        again = d.version > proved.version
        connection.execute(
            sa.update(t.told).where(mine, again).values(told_at=None, proved_at=None)
        )
    else:
        here = sa.update(t.told).where(mine, d.version == proved.version)
        connection.execute(here.values(buckets=proved.buckets))
        connection.execute(here.where(d.base == proved.version).values(base_buckets=proved.buckets))


def _drop(connection: sa.Connection, incarnation: bytes, which: sa.ColumnElement[bool]) -> int:
    """Forget records of a store, and note up to where; how many."""
    d, i = t.told.c, t.incarnation.c
    dropped = sa.delete(t.told).where(d.incarnation == incarnation, which).returning(d.version)
    versions = connection.scalars(dropped).all()
    if versions:
        until = max(versions)
        line = sa.and_(i.id == incarnation, i.told_until < until)
        connection.execute(sa.update(t.incarnation).where(line).values(told_until=until))
    return len(versions)


def begun_before(cut: int) -> sa.ColumnElement[bool]:
    """Records of answers that broke off, at `cut` or before, of stores that have proved a later one
    since: nothing else forgets them.
    """
    d, later = t.told.c, t.told.alias().c
    since = sa.exists().where(
        later.incarnation == d.incarnation, later.version > d.version, later.proved_at.is_not(None)
    )
    return sa.and_(d.proved_at.is_(None), d.version <= cut, since)


def drop_begun(connection: sa.Connection, cut: int, most: int) -> int:
    """Forget such records, of at most so many stores at a time; how many."""
    stores = sa.select(t.told.c.incarnation).where(begun_before(cut)).distinct().limit(most)
    found = connection.scalars(stores).all()
    return sum(_drop(connection, store, begun_before(cut)) for store in found)


def noted(pull: Pull, proved: Proved, environment: Environment) -> Iterator[Struct]:
    """The pull's messages, each passed on after what it means for the record is durable.

    In this order nothing can be on a device that the record does not know of: new buckets are noted
    before their first row goes out, and an answer before its checkpoint does. Told therefore means
    that the whole answer was handed to the network, not that it arrived.
    """
    news = bool(pull.repair)
    covered = pull.held.buckets if pull.held is not None else ()
    for message in pull:
        match message:
            case Grants():
                news = True
                covered = tuple(g.bucket for g in message.grants)
                if message.fresh:
                    _note(pull, proved, covered, None)
            case Chunk():
                news |= any(section.left for section in message.sections)
            case Checkpoint() | EarlyCheckpoint():
                if news:
                    _note(pull, proved, covered, environment.now())
        yield message


def _note(pull: Pull, proved: Proved, covered: tuple[int, ...], told_at: int | None) -> None:
    """One record. When the store has proved that version already, buckets alone can be new: those
    are added to what it may hold.

    An answer that has only begun overwrites no record of one that was told.
    """
    if proved.version < pull.version:
        record = _record(pull, proved, covered, told_at)
        with writing(pull.snapshots.engine) as connection:
            upsert(connection, t.told, [record], keep=_COLUMNS if told_at is None else ())
        return
    if set(covered) <= set(unpack_buckets(proved.buckets)):
        return
    d = t.told.c
    here = sa.and_(d.incarnation == proved.incarnation, d.version == proved.version)
    with writing(pull.snapshots.engine) as connection:
        known = connection.scalar(sa.select(d.buckets).where(here))
        before = () if known is None else unpack_buckets(known)
        record = _record(pull, proved, tuple(sorted({*before, *covered})), told_at)
        record["version"] = proved.version
        keep = tuple(name for name in _COLUMNS if name != "buckets")
        upsert(connection, t.told, [record], keep=keep)


def _record(
    pull: Pull, proved: Proved, covered: tuple[int, ...], told_at: int | None
) -> dict[str, Any]:
    return {
        "incarnation": proved.incarnation,
        "version": pull.version,
        "buckets": pack_buckets(covered),
        "base": proved.version,
        "base_buckets": proved.buckets,
        "base_early": proved.early,
        "told_at": told_at,
        "proved_at": None,
    }

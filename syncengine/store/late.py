"""Late work: whether a seat provably had a row, by the server's record of the checkpoints that it
has shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgpack
import sqlalchemy as sa

from syncengine.model.entity import LATE_DAYS, LateWork
from syncengine.store import tables as t
from syncengine.store.clock import Clock
from syncengine.store.horizon import behind
from syncengine.store.working import Key

LATE_WINDOW = LATE_DAYS * 24 * 3600 * 1_000_000  # microseconds


@dataclass(frozen=True)
class Acknowledged:
    """A checkpoint that a store has proved to hold, and the buckets it covers."""

    version: int
    buckets: tuple[int, ...]

    def late(
        self, connection: sa.Connection, now: int, key: Key, declared: LateWork
    ) -> LateWork | None:
        """What becomes of work on `key`; None when the seat cannot have had that row.

        When the grant ended is not known exactly. It was no earlier than the first change after
        the checkpoint, which is what counts: the doubtful case is quarantined, never lost.
        """
        if not self.had(connection, key):
            return None
        if declared is LateWork.ACCEPT and now - self._changed(connection, now) <= LATE_WINDOW:
            return LateWork.ACCEPT
        return LateWork.QUARANTINE

    def _changed(self, connection: sa.Connection, now: int) -> int:
        """When the first change after the checkpoint came, of those on record: the first one of
        these is longer ago than late work is taken.
        """
        c = t.changeset.c
        after = sa.select(c.received).where(c.version > self.version).order_by(c.version).limit(1)
        received = connection.scalar(after)
        return now if received is None else received

    def had(self, connection: sa.Connection, key: Key) -> bool:
        """Whether the row was in one of the covered buckets at the acknowledged version.

        For a row that came back meanwhile: whether it ever was before.
        """
        if not self.buckets:
            return False
        m = t.membership.c
        found = connection.execute(
            sa.select(m.bucket)
            .where(
                m.tag == key[0],
                m.row_id == key[1],
                m.bucket.in_(self.buckets),
                m.since <= self.version,
                sa.or_(m.gone.is_(False), m.changed > self.version),
            )
            .limit(1)
        )
        return found.first() is not None

    def forgotten(self, connection: sa.Connection, clock: Clock) -> bool:
        """Whether what the seat had then is not on record any more: it may have had any row."""
        if self.version >= clock.horizon:
            return False
        return bool(behind(connection, self.buckets, self.version))


def proved_at_base(
    connection: sa.Connection, incarnation: bytes, base: int
) -> tuple[Acknowledged, ...]:
    """The first checkpoint at or above `base` that a revocation's record says was proved; with what
    the store had of a later version by an early one.

    For work that is sent when the store has shown a later checkpoint already. Between two records
    no bucket was lost and no row left, so what was held at `base` was held at that one, too. What
    was told only does not count, nor what was held before `base`: who made the work knew the end.
    `base` is the store's claim; it chooses among checkpoints that it has proved, and no other.
    """
    d = t.told.c
    found = connection.execute(
        sa.select(d.base, d.base_buckets, d.base_early)
        .where(d.incarnation == incarnation, d.version > base, d.base >= base)
        .order_by(d.base, d.version.desc())
        .limit(1)
    ).first()
    if found is None:
        return ()
    return acknowledged(found.base, found.base_buckets, found.base_early)


def acknowledged(version: int, buckets: bytes, early: bytes | None) -> tuple[Acknowledged, ...]:
    """A checkpoint as it is on record, and what is of a later version, if anything."""
    found = (Acknowledged(version, unpack_buckets(buckets)),)
    if early is None:
        return found
    later, newer = msgpack.unpackb(early)
    return (*found, Acknowledged(later, tuple(newer)))


def pack_early(version: int, buckets: tuple[int, ...]) -> bytes | None:
    """For the record of what is of a later version; None when nothing is."""
    return msgpack.packb([version, list(buckets)]) if buckets else None


def pack_buckets(buckets: tuple[int, ...]) -> bytes:
    """For the incarnation's record."""
    packed: bytes = msgpack.packb(list(buckets))
    return packed


def unpack_buckets(packed: bytes) -> tuple[int, ...]:
    """The reverse."""
    return tuple(msgpack.unpackb(packed))

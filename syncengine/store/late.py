"""Late work: whether a seat provably had a row, by the server's record of the checkpoints that it
has shown.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgpack
import sqlalchemy as sa

from syncengine.model.entity import LATE_DAYS, LateWork
from syncengine.store import tables as t
from syncengine.store.working import Key

LATE_WINDOW = LATE_DAYS * 24 * 3600 * 1_000_000  # microseconds


@dataclass(frozen=True)
class Acknowledged:
    """A checkpoint that a store has proved to hold: version, when, and the buckets it covers.

    at: when it was acknowledged; of one before the last, when the first change after it came.
    """

    version: int
    at: int
    buckets: tuple[int, ...]

    def late(
        self, connection: sa.Connection, now: int, key: Key, declared: LateWork
    ) -> LateWork | None:
        """What becomes of work on `key`; None when the seat cannot have had that row.

        The time since the grant ended is not known exactly; it is taken to be the time since `at`,
        so the doubtful case is quarantined, never lost.
        """
        if not self.had(connection, key):
            return None
        if declared is LateWork.ACCEPT and now - self.at <= LATE_WINDOW:
            return LateWork.ACCEPT
        return LateWork.QUARANTINE

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


def proved_at_base(connection: sa.Connection, incarnation: bytes, base: int) -> Acknowledged | None:
    """The first checkpoint at or above `base` that a revocation's record says was proved.

    For work that is sent when the store has shown a later checkpoint already. Between two records
    no bucket was lost and no row left, so what was held at `base` was held at that one, too. What
    was told only does not count, nor what was held before `base`: who made the work knew the end.
    `base` is the store's claim; it chooses among checkpoints that it has proved, and no other.
    """
    d, c = t.told.c, t.changeset.c
    found = connection.execute(
        sa.select(d.base, d.base_buckets, c.received)
        .join_from(t.told, t.changeset, c.version == d.base + 1)
        .where(d.incarnation == incarnation, d.version > base, d.base >= base)
        .order_by(d.base)
        .limit(1)
    ).first()
    if found is None:
        return None
    return Acknowledged(found.base, found.received, unpack_buckets(found.base_buckets))


def pack_buckets(buckets: tuple[int, ...]) -> bytes:
    """For the incarnation's record."""
    packed: bytes = msgpack.packb(list(buckets))
    return packed


def unpack_buckets(packed: bytes) -> tuple[int, ...]:
    """The reverse."""
    return tuple(msgpack.unpackb(packed))

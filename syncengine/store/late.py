"""Late work: whether a seat provably had a row, by the server's record of its acknowledged
checkpoint.
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
    """The last checkpoint that a store has proved to hold: version, when, and the buckets it
    covers.
    """

    version: int
    at: int
    buckets: tuple[int, ...]

    def late(
        self, connection: sa.Connection, now: int, key: Key, declared: LateWork
    ) -> LateWork | None:
        """What becomes of work on `key`; None when the seat cannot have had that row.

        The time since the grant ended is not known exactly; it is at most the time since the
        checkpoint was acknowledged, so the doubtful case is quarantined, never lost.
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


def pack_buckets(buckets: tuple[int, ...]) -> bytes:
    """For the incarnation's record."""
    packed: bytes = msgpack.packb(list(buckets))
    return packed


def unpack_buckets(packed: bytes) -> tuple[int, ...]:
    """The reverse."""
    return tuple(msgpack.unpackb(packed))

"""Whom the latest commits may concern: read from the history and the memberships, so that every
process finds it out for the seats that are connected to it, whoever committed.

It is for hints only, and errs on the side of telling too many. A seat is concerned when a row that
was written is, or was, in a bucket that its stores had at their last answer. Where grants may have
changed, rows moved that nobody wrote, or a bucket is new, everybody is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.grants import touches_grants
from syncengine.store.late import unpack_buckets
from syncengine.store.lent import lists_rows
from syncengine.store.working import batches

MAX_VERSIONS = 500  # what is looked at; more at once may concern everybody
MAX_ROWS = 2_000


@dataclass(frozen=True)
class News:
    """The clock's version, and which of the seats asked about the commits up to it concern."""

    version: int
    seats: Collection[bytes]


class Reader:
    """Reads on from where it stopped. One call at a time.

    The first call finds everything new.
    """

    def __init__(self, engine: sa.Engine, schema: Schema) -> None:
        self._engine = engine
        self._sent_on = {
            tag
            for tag, entity in schema.by_tag.items()
            if touches_grants(schema, entity.name)
            or lists_rows(schema, entity.name)
            or entity.is_hierarchy
        }
        self._version = -1
        self._last_bucket = 0

    def read(self, seats: Collection[bytes]) -> News:
        """What is new since the last call; without news it is one statement."""
        with reading(self._engine) as connection:
            version = clocks.read(connection).version
            if version == self._version:
                return News(version, ())
            last = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(t.bucket.c.id), 0)))
            buckets = self._buckets(connection, version) if last == self._last_bucket else None
            concerned = seats if buckets is None else _holding(connection, seats, buckets)
        self._version, self._last_bucket = version, last or 0
        return News(version, concerned)

    def _buckets(self, connection: sa.Connection, version: int) -> set[int] | None:
        """The buckets with news; None when others may have some, too."""
        if not self._version < version <= self._version + MAX_VERSIONS:
            return None
        o, m = t.operation.c, t.membership.c
        wanted = sa.select(o.version, o.tag, o.row_id).where(o.version > self._version)
        written = connection.execute(wanted.limit(MAX_ROWS + 1)).all()
        # A changeset without operations moved what nobody wrote, or let time pass.
        if len({row.version for row in written}) < version - self._version:
            return None
        if len(written) > MAX_ROWS or any(row.tag in self._sent_on for row in written):
            return None
        found: set[int] = set()
        for ids in batches(sorted({row.row_id for row in written}), KEYS_PER_STATEMENT):
            of_rows = sa.select(m.bucket).where(m.row_id.in_(ids), m.changed > self._version)
            found |= set(connection.scalars(of_rows.distinct()))
        return found


def _holding(connection: sa.Connection, seats: Collection[bytes], buckets: set[int]) -> list[bytes]:
    """The seats whose stores may hold one of the buckets: by what they proved and by what they were
    told since, which the store's next request proves. Of a seat that has nothing yet: it may.
    """
    if not buckets:
        return []
    i, d = t.incarnation.c, t.told.c
    unproved = sa.and_(d.incarnation == i.id, d.proved_at.is_(None))
    had = sa.select(i.seat, i.acked_buckets, d.buckets).join_from(
        t.incarnation, t.told, unproved, isouter=True
    )
    held: dict[bytes, set[int]] = {}
    for some in batches(list(seats), KEYS_PER_STATEMENT):
        for seat, proved, told in connection.execute(had.where(i.seat.in_(some))):
            mine = held.setdefault(seat, set())
            mine.update(unpack_buckets(proved), unpack_buckets(told) if told else ())
    return [seat for seat in seats if not held.get(seat) or held[seat] & buckets]

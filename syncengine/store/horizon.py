"""Horizons: up to which version left records of a bucket may have been dropped.

A store whose checkpoint lies below a bucket's horizon may hold rows that left and that nothing
tells of any more. So it takes that bucket anew; and what it had of it is no longer known here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import batches

_b = t.bucket.c


def raise_horizons(connection: sa.Connection, horizons: Mapping[int, int]) -> None:
    """Set the horizons of these buckets at least there, and the clock's, which is the highest."""
    connection.execute(
        sa.update(t.bucket)
        .where(_b.id == sa.bindparam("k"), _b.horizon < sa.bindparam("at"))
        .values(horizon=sa.bindparam("at")),
        [{"k": bucket, "at": at} for bucket, at in sorted(horizons.items())],
    )
    highest, c = max(horizons.values()), t.clock.c
    connection.execute(sa.update(t.clock).where(c.horizon < highest).values(horizon=highest))


def behind(connection: sa.Connection, buckets: Sequence[int], version: int) -> set[int]:
    """Those of the buckets whose horizon a checkpoint of that version lies below."""
    found: set[int] = set()
    for some in batches(buckets, KEYS_PER_STATEMENT):
        wanted = sa.select(_b.id).where(_b.id.in_(some), _b.horizon > version)
        found |= set(connection.scalars(wanted))
    return found

"""Repairing derived data: written as a change with a version of its own, so that devices hear
of it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import asdict, dataclass, field

import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.terms import BucketName
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import upsert
from syncengine.store.grants import bucket_ids
from syncengine.store.store import Store

LABEL = "doctor"


@dataclass(frozen=True)
class Record:
    """What a row's record should be."""

    tag: int
    row_id: bytes
    version: int
    holders: int
    payload: bytes


@dataclass(frozen=True)
class Membership:
    """A membership that should be there, or (`gone`) should not."""

    bucket: BucketName
    tag: int
    row_id: bytes
    gone: bool


@dataclass
class Repairs:
    """All that an examination found to be repairable, but for the buckets' sums."""

    records: list[Record] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)


def heal_with(
    store: Store,
    connection: sa.Connection,
    repairs: Repairs,
    compute_sums: Callable[[], dict[int, tuple[int, int]]],
) -> None:
    """Write the repairs under the clock's lock, which the caller holds; then the sums anew."""
    clock = clocks.read(connection)
    version = clock.version + 1
    _records(connection, repairs.records, version)
    _memberships(connection, repairs.memberships, version)
    for bucket, (count, total) in compute_sums().items():
        connection.execute(
            sa.update(t.bucket).where(t.bucket.c.id == bucket).values(count=count, sum=total)
        )
    _note(store, connection, clock, version)


def _records(connection: sa.Connection, records: list[Record], version: int) -> None:
    m = t.membership.c
    upsert(connection, t.record, [asdict(record) for record in records])
    for record in records:  # whoever holds the row gets it again
        connection.execute(
            sa.update(t.membership)
            .where(m.tag == record.tag, m.row_id == record.row_id)
            .values(changed=version)
        )


def _memberships(connection: sa.Connection, repaired: list[Membership], version: int) -> None:
    ids = bucket_ids(connection, {m.bucket for m in repaired})
    last = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(t.bucket.c.id), 0))) or 0
    for name in sorted({m.bucket for m in repaired} - ids.keys()):
        last += 1
        ids[name] = last
        connection.execute(
            sa.insert(t.bucket).values(id=last, kind=str(name.kind), key=name.key, count=0, sum=0)
        )
    for gone in (False, True):
        rows = [
            {
                "bucket": ids[m.bucket],
                "tag": m.tag,
                "row_id": m.row_id,
                "since": version,
                "changed": version,
                "gone": gone,
            }
            for m in repaired
            if m.gone is gone
        ]
        upsert(connection, t.membership, rows, keep=("since",) if gone else ())


def _note(store: Store, connection: sa.Connection, clock: clocks.Clock, version: int) -> None:
    """An entry in the history, without operations: no row changed."""
    changeset = store.environment.new_id()
    body_hash = hashlib.sha256(LABEL.encode()).digest()
    chain = clocks.chain_next(clock.chain, version, changeset, body_hash)
    connection.execute(
        sa.insert(t.changeset).values(
            version=version,
            id=changeset,
            source=str(Source.JOB),
            person=None,
            incarnation=None,
            sequence=None,
            label=LABEL,
            received=store.environment.now(),
            device_time=None,
            body_hash=body_hash,
            chain=chain,
        )
    )
    clocks.advance(connection, clocks.Clock(clock.epoch, version, chain, clock.backed_up))

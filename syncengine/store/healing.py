"""Repairing derived data: a change with a version of its own, so that devices hear of it."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, replace

import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.terms import BucketName
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.blob_references import refer_again
from syncengine.store.crosscheck import NAMELESS, ORPHANED, computed_sums, impossible, rowless
from syncengine.store.database import upsert
from syncengine.store.examination import Membership, Repairs, bucket_names
from syncengine.store.list_tables import list_index
from syncengine.store.reach_check import count_again
from syncengine.store.store import Store

LABEL = "doctor"
_m, _r = t.membership.c, t.record.c


class Healing:
    """The repairs of one transaction, under the clock's lock. Batches in between, sums last.

    `since` of what is put right is the healing's version where it is not known: a seat that had
    the row before then cannot prove it, and is told less rather than more (invariant 9).
    """

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._connection = connection
        self._clock = clocks.lock(connection)
        self._clock.require(store.schema)
        self._version = self._clock.version + 1
        self._ids = {name: number for number, name in bucket_names(connection).items()}
        # A number is never given again, also when its bucket's own record was lost.
        known = [sa.select(sa.func.max(c)) for c in (t.bucket.c.id, _m.bucket)]
        self._last = max(connection.scalar(statement) or 0 for statement in known)

    def strays(self) -> None:
        """What belongs to no row or no bucket, and memberships of impossible versions."""
        execute = self._connection.execute
        execute(sa.delete(t.bucket).where(NAMELESS))
        execute(sa.delete(t.membership).where(ORPHANED))
        execute(
            sa.update(t.membership)
            .where(impossible(self._clock.version))
            .values(since=self._version, changed=self._version)
        )
        for _, stray in rowless(self._store, _m.row_id, _m.tag):
            execute(
                sa.update(t.membership)
                .where(stray, _m.gone.is_(False))
                .values(gone=True, changed=self._version)
            )
        for _, stray in rowless(self._store, _r.row_id, _r.tag):
            execute(sa.delete(t.record).where(stray))

    def batch(self, repairs: Repairs) -> None:
        """Records and memberships of a batch; whoever holds a repaired row gets it again."""
        upsert(self._connection, t.record, [asdict(record) for record in repairs.records])
        self._memberships(repairs.memberships)
        again = {record.row_id for record in repairs.records} | set(repairs.stale)
        if again:
            # Not the left ones: their version proves until when a seat had the row.
            self._connection.execute(
                sa.update(t.membership)
                .where(_m.tag == repairs.tag, _m.row_id.in_(again), _m.gone.is_(False))
                .values(changed=self._version)
            )

    def _memberships(self, repaired: list[Membership]) -> None:
        for gone in (False, True):
            rows = [
                {
                    "bucket": self._bucket(m.bucket),
                    "tag": m.tag,
                    "row_id": m.row_id,
                    "since": self._version,
                    "changed": self._version,
                    "gone": gone,
                }
                for m in repaired
                if m.gone is gone
            ]
            upsert(self._connection, t.membership, rows, keep=("since",))

    def _bucket(self, name: BucketName) -> int:
        if name not in self._ids:
            self._last += 1
            self._ids[name] = self._last
            self._connection.execute(
                sa.insert(t.bucket).values(
                    id=self._last,
                    kind=str(name.kind),
                    key=name.key,
                    part=name.part,
                    count=0,
                    sum=0,
                    horizon=0,
                )
            )
        return self._ids[name]

    def finish(self) -> None:
        """The sums of all buckets, whom nodes reach, what refers to blobs and the index of lists
        anew, and an entry in the history: no row changed, so without operations.
        """
        count_again(self._store, self._connection)
        now = self._store.environment.now()
        refer_again(self._connection, self._store.schema, self._store.tables, now)
        self._connection.execute(sa.update(list_index).values(fields=""))  # a job makes it anew
        b = t.bucket.c
        sums = [
            {"k": number, "count": count, "sum": total}
            for number, (count, total) in computed_sums(self._connection).items()
        ]
        if sums:
            self._connection.execute(sa.update(t.bucket).where(b.id == sa.bindparam("k")), sums)
        changeset = self._store.environment.new_id()
        body_hash = hashlib.sha256(LABEL.encode()).digest()
        chain = clocks.chain_next(self._clock.chain, self._version, changeset, body_hash)
        self._connection.execute(
            sa.insert(t.changeset).values(
                version=self._version,
                id=changeset,
                source=str(Source.JOB),
                person=None,
                incarnation=None,
                sequence=None,
                label=LABEL,
                received=self._store.environment.now(),
                device_time=None,
                body_hash=body_hash,
                chain=chain,
            )
        )
        clocks.advance(self._connection, replace(self._clock, version=self._version, chain=chain))

"""Downloads of blobs: visible through a row of the person's slice, as it is now, and not otherwise.

Each piece is asked for anew, in a snapshot of its own, with the grants that a sync would find: no
piece that is read after a revocation was committed is given out (invariant 17).
"""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.blob_errors import BlobUnknown
from syncengine.store.blob_store import BlobStore
from syncengine.store.database import among
from syncengine.store.grants import bucket_ids, by_bucket, grants_of
from syncengine.store.store import Store

_b, _r, _m = t.blob.c, t.blob_reference.c, t.membership.c


class Downloads:
    """Those of one database. Safe to call from several threads."""

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self._blobs = blobs

    def length(self, person: bytes, digest: bytes) -> int:
        """How many bytes the blob has; BlobUnknown for one that the person does not see, or that
        is not there: one answer (invariant 9).
        """
        while True:
            with self._store.snapshots.newest() as connection:
                clock = clocks.read(connection)
                clock.require(self._store.schema)
                if not clock.overdue(self._store.environment.now()):
                    found = self._visible(connection, person, digest, clock.at)
                    break
            self._store.pass_time()
        if found is None:
            raise BlobUnknown("There is no such attachment.")
        return found

    def read(self, person: bytes, digest: bytes, start: int, length: int) -> bytes:
        """At most so many bytes from `start` on; BlobUnknown."""
        self.length(person, digest)
        piece = self._blobs.read(digest, start, length)
        if piece is None:
            raise BlobUnknown("There is no such attachment.")
        return piece

    def _visible(
        self, connection: sa.Connection, person: bytes, digest: bytes, at: int
    ) -> int | None:
        store = self._store
        grants = by_bucket(grants_of(connection, store.schema, store.tables, person, at))
        numbers = [n for name, n in bucket_ids(connection, grants).items() if name.whole in grants]
        in_row = sa.and_(_m.row_id == _r.row_id, _m.tag == _r.tag)
        seen = (
            sa.select(_b.length)
            .join_from(t.blob, t.blob_reference, _r.digest == _b.digest)
            .join(t.membership, in_row)
            .where(_b.digest == digest, ~_m.gone, among(_m.bucket, numbers))
            .limit(1)
        )
        return connection.scalar(seen)

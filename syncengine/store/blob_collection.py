"""What nobody refers to any more goes after a time: first out of the database, then the bytes.

A blob is *doomed* in a commit of its own, under the clock's lock: from then on no changeset may
refer to it. Its bytes go in a later one, under the lock as well, in which a new upload would have
made it sound again. So a crash anywhere leaves bytes that nothing refers to, and never a reference
without bytes (invariant 27). A blob is kept for the full time after it lost its last reference;
a backup that is not older than that finds all that its rows refer to.
"""

from __future__ import annotations

import threading

import sqlalchemy as sa

from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.blob_store import BlobStore
from syncengine.store.database import KEYS_PER_STATEMENT, reading, writing
from syncengine.store.store import Store
from syncengine.store.uploads import Uploads
from syncengine.store.working import batches

BATCH = 100  # blobs whose bytes go in one commit
UPLOADS = 1_000  # that go in one run

_b = t.blob.c
UNUSED = sa.and_(
    ~sa.exists().where(t.blob_reference.c.digest == _b.digest),
    ~sa.exists().where(t.blob_waiting.c.digest == _b.digest),
    ~sa.exists().where(t.blob_uploader.c.digest == _b.digest),
)


class Collector:
    """The job of one server process. age: how long what nothing refers to is kept
    (microseconds).
    """

    def __init__(self, store: Store, blobs: BlobStore, uploads: Uploads, age: int) -> None:
        self._store = store
        self._blobs = blobs
        self._uploads = uploads
        self._age = age
        self._lock = threading.Lock()
        self._adopted = False

    def collect(self, rounds: int) -> int:
        """Drop what is old enough, in at most so many batches of blobs; how many of these went.
        Safe to be cut short, repeated, and run by several at once.
        """
        until = self._store.environment.now() - self._age
        with self._lock:
            if not self._adopted:  # strays come of a crash or a restore, so once a process
                self._adopt()
                self._adopted = True
        self._uploads.collect(until, UPLOADS)
        gone = 0
        for _ in range(rounds):
            doomed = self._doom(until)
            self._store.environment.reached("blobs.doomed")
            removed = self._remove()
            gone += removed
            if not doomed and not removed:
                break
        return gone

    def _doom(self, until: int) -> int:
        """Let no changeset refer to some of what is old; how many were found."""
        by = t.blob_uploader.c
        with reading(self._store.engine) as connection:
            old = sa.select(sa.exists().where(_b.touched < until, ~_b.doomed))
            if not connection.scalar(old):
                return 0
        with writing(self._store.engine) as connection:
            clocks.lock(connection)
            connection.execute(sa.delete(t.blob_uploader).where(by.at < until))
            some = sa.select(_b.digest).where(_b.touched < until, ~_b.doomed, UNUSED).limit(BATCH)
            found = connection.scalars(some).all()
            connection.execute(sa.update(t.blob).where(_b.digest.in_(found)).values(doomed=True))
        return len(found)

    def _remove(self) -> int:
        """Remove some of what is doomed."""
        with reading(self._store.engine) as connection:
            if not connection.scalar(sa.select(sa.exists().where(_b.doomed))):
                return 0
        with writing(self._store.engine) as connection:
            clocks.lock(connection)
            found = connection.scalars(sa.select(_b.digest).where(_b.doomed).limit(BATCH)).all()
            for digest in found:
                self._blobs.delete(digest)
            self._store.environment.reached("blobs.deleted")
            connection.execute(sa.delete(t.blob).where(_b.digest.in_(found)))
        return len(found)

    def _adopt(self) -> None:
        """Bytes that the database does not know are kept for the full time from now on: those of
        an upload that a crash cut short at its end, or from after a backup that was restored.
        """
        for some in batches(sorted(self._blobs.digests()), KEYS_PER_STATEMENT):
            with reading(self._store.engine) as connection:
                known = set(connection.scalars(sa.select(_b.digest).where(_b.digest.in_(some))))
            for digest in sorted(set(some) - known):
                self._take_in(digest)

    def _take_in(self, digest: bytes) -> None:
        length = 0
        while piece := self._blobs.read(digest, length, MAX_PIECE_BYTES):
            length += len(piece)
        now = self._store.environment.now()
        with writing(self._store.engine) as connection:
            clocks.lock(connection)
            there = connection.scalar(sa.select(sa.exists().where(_b.digest == digest)))
            if not there and self._blobs.read(digest, 0, 0) is not None:
                connection.execute(
                    sa.insert(t.blob).values(
                        digest=digest, length=length, touched=now, doomed=False
                    )
                )

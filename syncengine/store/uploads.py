"""Uploads: from the first piece to a complete blob, of which its uploader's rows may then speak.

The bytes are always uploaded, whether the server has them or not: nobody learns from an upload
what others have (invariant 9). What an upload is, stands in the database; how far it has come, in
the bytes alone. A blob is complete by the commit that says so (invariant 27).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncengine.model.errors import Busy, Malformed, TooLarge
from syncengine.protocol.limits import MAX_OPEN_UPLOADS, MAX_PIECE_BYTES, MIN_PIECE_BYTES
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.blob_errors import BlobDiffers, BlobQuota, BlobUnknown, WrongOffset
from syncengine.store.blob_store import BlobStore
from syncengine.store.database import KEYS_PER_STATEMENT, reading, upsert, writing
from syncengine.store.store import Store
from syncengine.store.working import batches

DIGEST_BYTES = 32
ATTEMPTS = 3  # at completing, when a blob is collected in the very moment in which it comes again


@dataclass(frozen=True)
class Bounds:
    """blob: bytes of the largest blob. unused: bytes that one uploader may have uploaded, or be
    uploading, that no row of theirs refers to yet.
    """

    blob: int
    unused: int


@dataclass(frozen=True)
class Uploader:
    """Who uploads. holder: a seat, or a user; uploads of others are not there for them. person:
    whose rows may refer to the blob: the seat's person, or the user.
    """

    holder: bytes
    person: bytes


@dataclass(frozen=True)
class Upload:
    """How an upload stands. Complete when offset and length are the same."""

    id: bytes
    digest: bytes
    offset: int
    length: int


class Uploads:
    """Those of one database, with their bytes in one BlobStore. Safe to call from several
    threads.
    """

    def __init__(self, store: Store, blobs: BlobStore, bounds: Bounds) -> None:
        self._store = store
        self._blobs = blobs
        self._bounds = bounds

    def begin(self, who: Uploader, digest: bytes, length: int) -> Upload:
        """An upload of so many bytes with that SHA-256: the same again while it is under way or
        was completed lately, so that a lost answer costs nothing. TooLarge, BlobQuota, Malformed.
        """
        if len(digest) != DIGEST_BYTES or length < 1:
            raise Malformed("a SHA-256 and a length of at least one byte are needed")
        if length > self._bounds.blob:
            raise TooLarge(
                f"A blob has at most {self._bounds.blob} bytes.", limit=self._bounds.blob
            )
        now, u = self._store.environment.now(), t.blob_upload.c
        with writing(self._store.engine) as connection:
            clocks.lock(connection)
            mine = (u.holder == who.holder, u.digest == digest, u.length == length)
            found = connection.execute(sa.select(t.blob_upload).where(*mine)).first()
            if found is not None and (not found.done or _touched(connection, found, now)):
                upload = found.id
            else:
                self._require_room(connection, who, length)
                upload = self._store.environment.new_id()
                connection.execute(
                    sa.insert(t.blob_upload).values(
                        id=upload, holder=who.holder, uploader=who.person, digest=digest,
                        length=length, made=now, done=False,
                    )
                )  # fmt: skip
        return self.standing(who, upload)

    def standing(self, who: Uploader, upload: bytes) -> Upload:
        """How it stands; BlobUnknown. One of which all bytes have come is completed first, so that
        a crash before its end costs no byte: BlobDiffers when these are wrong.
        """
        row = self._find(who, upload)
        offset = row.length if row.done else self._blobs.size(upload)
        if offset == row.length and not row.done:
            self._complete(row)
        return Upload(upload, row.digest, offset, row.length)

    def add(
        self, who: Uploader, upload: bytes, offset: int, piece: bytes, checksum: bytes
    ) -> Upload:
        """Put a piece behind what is there; with the last one the blob is complete.

        checksum: the piece's SHA-256. BlobUnknown, BlobDiffers, TooLarge, WrongOffset, and
        Malformed for a piece smaller than need be.
        """
        row = self._find(who, upload)
        if hashlib.sha256(piece).digest() != checksum:
            raise BlobDiffers("The piece is not what its checksum says: send it again.")
        end = offset + len(piece)
        if end > row.length or len(piece) > MAX_PIECE_BYTES:
            limit = min(row.length - offset, MAX_PIECE_BYTES)
            raise TooLarge("The piece goes beyond what it may.", limit=max(limit, 0))
        if len(piece) < MIN_PIECE_BYTES and (end < row.length or not piece):
            raise Malformed(f"every piece but the last has at least {MIN_PIECE_BYTES} bytes")
        if row.done or not self._blobs.add(upload, offset, piece):
            there = self.standing(who, upload).offset
            raise WrongOffset(f"The next piece begins at {there}.", offset=there)
        return self.standing(who, upload)

    def cancel(self, who: Uploader, upload: bytes) -> None:
        """Give an upload up that is not complete; BlobUnknown."""
        self._drop(self._find(who, upload).id)

    def collect(self, until: int, most: int) -> int:
        """Drop at most so many uploads that began before an instant, complete or not, and pieces
        of uploads that are none any more; how many went.
        """
        u = t.blob_upload.c
        with reading(self._store.engine) as connection:
            old = connection.scalars(sa.select(u.id).where(u.made < until).limit(most)).all()
        for upload in old:
            self._drop(upload, done=True)
        gone = len(old)
        for some in batches(list(self._blobs.uploads()), KEYS_PER_STATEMENT):
            with reading(self._store.engine) as connection:
                open_still = sa.select(u.id).where(u.id.in_(some), ~u.done)
                stray = set(some) - set(connection.scalars(open_still))
            for upload in sorted(stray)[: most - gone]:
                self._blobs.discard(upload)
                gone += 1
        return gone

    def _require_room(self, connection: sa.Connection, who: Uploader, length: int) -> None:
        """BlobQuota when one upload more were too many."""
        u, by, b = t.blob_upload.c, t.blob_uploader.c, t.blob.c
        count = sa.select(sa.func.count()).where(u.holder == who.holder, ~u.done)
        if (connection.scalar(count) or 0) >= MAX_OPEN_UPLOADS:
            raise BlobQuota("Too many uploads are open.", limit=MAX_OPEN_UPLOADS)
        under_way = sa.select(sa.func.sum(u.length)).where(u.uploader == who.person, ~u.done)
        unused = (
            sa.select(sa.func.sum(b.length))
            .join_from(t.blob_uploader, t.blob, b.digest == by.digest)
            .where(by.uploader == who.person, ~by.used)
        )
        used = sum(int(connection.scalar(s) or 0) for s in (under_way, unused))
        if used + length > self._bounds.unused:
            raise BlobQuota(
                "Too much is uploaded that nothing refers to yet.", limit=self._bounds.unused
            )

    def _find(self, who: Uploader, upload: bytes) -> sa.Row[Any]:
        u = t.blob_upload.c
        wanted = sa.select(t.blob_upload).where(u.id == upload, u.holder == who.holder)
        with reading(self._store.engine) as connection:
            row = connection.execute(wanted).first()
        if row is None:
            raise BlobUnknown("There is no such upload.")
        return row

    def _complete(self, row: sa.Row[Any]) -> None:
        for _ in range(ATTEMPTS):
            if not self._blobs.finish(row.id, row.digest):
                if self._is_done(row.id):
                    return  # by another request
                self._drop(row.id)
                raise BlobDiffers("The whole is not what its hash says: begin anew.", whole=True)
            self._store.environment.reached("uploads.placed")
            if self._credited(row):
                self._store.environment.reached("uploads.credited")
                self._blobs.discard(row.id)
                return
        raise Busy("The upload could not be completed just now: ask again how it stands.")

    def _is_done(self, upload: bytes) -> bool:
        u = t.blob_upload.c
        with reading(self._store.engine) as connection:
            return bool(connection.scalar(sa.select(u.done).where(u.id == upload)))

    def _credited(self, row: sa.Row[Any]) -> bool:
        """Say that the blob is complete, and by whom; False when its bytes are gone again, because
        they were collected just before. Under the clock's lock, as collecting is.
        """
        now, u = self._store.environment.now(), t.blob_upload.c
        with writing(self._store.engine) as connection:
            clocks.lock(connection)
            if self._blobs.read(row.digest, 0, 0) is None:
                return False
            open_still = sa.update(t.blob_upload).where(u.id == row.id)
            if not connection.execute(open_still.values(done=True)).rowcount:
                raise BlobUnknown("There is no such upload.")  # it was given up meanwhile
            blob = {"digest": row.digest, "length": row.length, "touched": now, "doomed": False}
            upsert(connection, t.blob, [blob])
            by = {"uploader": row.uploader, "digest": row.digest, "at": now, "used": False}
            upsert(connection, t.blob_uploader, [by])
        return True

    def _drop(self, upload: bytes, done: bool = False) -> None:
        """Forget an upload, its pieces first; a complete one only where that is said."""
        u = t.blob_upload.c
        self._blobs.discard(upload)
        which = (u.id == upload,) if done else (u.id == upload, ~u.done)
        with writing(self._store.engine) as connection:
            connection.execute(sa.delete(t.blob_upload).where(*which))


def _touched(connection: sa.Connection, row: sa.Row[Any], now: int) -> bool:
    """Whether what the uploader has uploaded is there still; then it is as if it came again."""
    b, by, u = t.blob.c, t.blob_uploader.c, t.blob_upload.c
    mine = sa.and_(by.uploader == row.uploader, by.digest == row.digest)
    there = sa.select(b.digest).join_from(t.blob, t.blob_uploader, b.digest == by.digest)
    if connection.execute(there.where(mine, ~b.doomed)).first() is None:
        connection.execute(sa.delete(t.blob_upload).where(u.id == row.id))
        return False
    connection.execute(sa.update(t.blob_uploader).where(mine).values(at=now))
    connection.execute(sa.update(t.blob).where(b.digest == row.digest).values(touched=now))
    connection.execute(sa.update(t.blob_upload).where(u.id == row.id).values(made=now))
    return True

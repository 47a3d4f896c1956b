"""Blobs in a bucket of a service that speaks S3.

A piece is an object named by its offset, and a blob one named by its hash. An object is there as a
whole or not at all, a piece is created only where nobody has its name, which decides between two
writers. Needs the extra `s3`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from tempfile import TemporaryFile

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from syncengine.model.errors import Busy

UPLOADS, BLOBS = "uploads", "blobs"
OFFSET_DIGITS = 15  # so that names sort like offsets
SECONDS = timedelta(seconds=30)  # for one request, and for all tries of it
RETRIES = 3


def open_bucket(url: str, reached: Callable[[str], None], **config: str) -> BlobBucket:
    """url: s3://BUCKET or s3://BUCKET/FOLDER. config: as the AWS tools name it (endpoint,
    access_key_id, secret_access_key, region ...); what is not given comes from the environment
    (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID ...). ValueError: no such URL. Nothing is asked yet.
    """
    bucket, _, folder = url.removeprefix("s3://").partition("/")
    if not url.startswith("s3://") or not bucket:
        raise ValueError(f"{url!r} is not of the form s3://BUCKET/FOLDER")
    store = S3Store(
        bucket, prefix=folder.strip("/") or None,
        client_options={"timeout": SECONDS, "allow_http": True},
        retry_config={"max_retries": RETRIES, "retry_timeout": SECONDS},
        **config,  # type: ignore[arg-type]  # its names are a TypedDict of many
    )  # fmt: skip
    return BlobBucket(store, reached)


class BlobBucket:
    """A BlobStore. reached: told the name of each crash point on the way past it. Busy: the service
    does not answer as it should.
    """

    def __init__(self, store: S3Store, reached: Callable[[str], None]) -> None:
        self._store = store
        self._reached = reached

    def size(self, upload: bytes) -> int:
        """BlobStore.size."""
        return sum(length for _, length in self._pieces(upload))

    def add(self, upload: bytes, offset: int, piece: bytes) -> bool:
        """BlobStore.add."""
        if self.size(upload) != offset:
            return False
        self._reached("blobs.piece_written")
        place = f"{UPLOADS}/{upload.hex()}/{offset:0{OFFSET_DIGITS}}"
        with _answering():
            try:
                obstore.put(self._store, place, piece, mode="create", use_multipart=False)
            except AlreadyExistsError:
                return False  # somebody was faster
        self._reached("blobs.piece_named")
        return True

    def finish(self, upload: bytes, digest: bytes) -> bool:
        """BlobStore.finish. Takes room for the blob in this machine's folder of temporary files."""
        with _answering(), TemporaryFile() as draft:
            found = hashlib.sha256()
            try:
                for piece, _ in self._pieces(upload):
                    content = obstore.get(self._store, piece).bytes()
                    found.update(content)
                    draft.write(content)
            except FileNotFoundError:
                return False  # somebody discards it
            if found.digest() != digest:
                return False
            self._reached("blobs.assembled")
            draft.seek(0)
            obstore.put(self._store, _place(digest), draft)
        self._reached("blobs.placed")
        return True

    def discard(self, upload: bytes) -> None:
        """BlobStore.discard."""
        with _answering():
            for names in self._names(f"{UPLOADS}/{upload.hex()}/"):
                obstore.delete(self._store, list(names))

    def uploads(self) -> Iterator[bytes]:
        """BlobStore.uploads."""
        seen = ""
        for names in self._names(f"{UPLOADS}/"):
            for name in names:
                upload = name.split("/")[-2]
                if upload != seen:  # names come sorted
                    yield bytes.fromhex(upload)
                seen = upload

    def read(self, digest: bytes, start: int, length: int) -> bytes | None:
        """BlobStore.read."""
        place = _place(digest)
        with _answering():
            try:
                there = obstore.head(self._store, place)["size"] - start
                wanted = min(length, there)
                if wanted <= 0:
                    return b""
                return bytes(obstore.get_range(self._store, place, start=start, length=wanted))
            except FileNotFoundError:
                return None

    def delete(self, digest: bytes) -> None:
        """BlobStore.delete."""
        with _answering():
            obstore.delete(self._store, _place(digest))

    def digests(self) -> Iterator[bytes]:
        """BlobStore.digests."""
        for names in self._names(f"{BLOBS}/"):
            for name in names:
                yield bytes.fromhex(name.rpartition("/")[2])

    def _pieces(self, upload: bytes) -> Iterator[tuple[str, int]]:
        """(name, length) of each piece, in order, as far as none is missing."""
        end = 0
        for names in self._names(f"{UPLOADS}/{upload.hex()}/"):
            for name, length in names.items():
                if int(name.rpartition("/")[2]) == end:
                    end += length
                    yield name, length

    def _names(self, prefix: str) -> Iterator[Mapping[str, int]]:
        """The objects there with their sizes, sorted, at most a thousand at once."""
        with _answering():
            for objects in obstore.list(self._store, prefix=prefix):
                yield {found["path"]: found["size"] for found in objects}


def _place(digest: bytes) -> str:
    name = digest.hex()
    return f"{BLOBS}/{name[:2]}/{name}"


@contextmanager
def _answering() -> Iterator[None]:
    try:
        yield
    except BaseError as error:
        raise Busy(f"The store of attachments does not answer as it should: {error}") from error

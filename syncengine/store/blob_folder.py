"""Blobs in a folder of this machine, or one that several servers share.

A piece is a file named by its offset, and a blob one named by its hash. Each is written under
another name beside the pieces, synced to disk, and then given its own: whatever a crash leaves is
whole, or counts for nothing and goes with the upload. A piece's name is given only where nobody
has it, which decides between two writers.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import IO

DRAFT = ".new"
OFFSET_DIGITS = 15  # so that names sort like offsets


class BlobFolder:
    """A BlobStore. The folder is made with the first upload. reached: told the name of each crash
    point on the way past it.
    """

    def __init__(self, folder: Path, reached: Callable[[str], None]) -> None:
        self._uploads = folder / "uploads"
        self._blobs = folder / "blobs"
        self._reached = reached

    def size(self, upload: bytes) -> int:
        """BlobStore.size."""
        return sum(length for _, length in self._pieces(upload))

    def add(self, upload: bytes, offset: int, piece: bytes) -> bool:
        """BlobStore.add."""
        if self.size(upload) != offset:
            return False
        folder = self._uploads / upload.hex()
        _make(folder)
        try:
            with _draft(folder) as (file, draft):
                file.write(piece)
                _to_disk(file)
                self._reached("blobs.piece_written")
                os.link(draft, folder / f"{offset:0{OFFSET_DIGITS}}")
            self._reached("blobs.piece_named")
            _names_to_disk(folder)
        except (FileExistsError, FileNotFoundError):  # somebody was faster, or discards it
            return False
        return True

    def finish(self, upload: bytes, digest: bytes) -> bool:
        """BlobStore.finish."""
        folder, place = self._uploads / upload.hex(), self._place(digest)
        found = hashlib.sha256()
        _make(place.parent)
        try:
            with _draft(folder) as (file, draft):
                for piece, _ in self._pieces(upload):
                    content = piece.read_bytes()
                    found.update(content)
                    file.write(content)
                if found.digest() != digest:
                    return False
                _to_disk(file)
                self._reached("blobs.assembled")
                os.replace(draft, place)
        except FileNotFoundError:  # somebody discards it
            return False
        self._reached("blobs.placed")
        _names_to_disk(place.parent)
        return True

    def discard(self, upload: bytes) -> None:
        """BlobStore.discard."""
        rmtree(self._uploads / upload.hex(), ignore_errors=True)

    def uploads(self) -> Iterator[bytes]:
        """BlobStore.uploads."""
        for name in _names(self._uploads):
            yield bytes.fromhex(name)

    def read(self, digest: bytes, start: int, length: int) -> bytes | None:
        """BlobStore.read."""
        try:
            with self._place(digest).open("rb") as file:
                file.seek(start)
                return file.read(length)
        except FileNotFoundError:
            return None

    def delete(self, digest: bytes) -> None:
        """BlobStore.delete."""
        self._place(digest).unlink(missing_ok=True)

    def digests(self) -> Iterator[bytes]:
        """BlobStore.digests."""
        for shelf in _names(self._blobs):
            for name in _names(self._blobs / shelf):
                yield bytes.fromhex(name)

    def _place(self, digest: bytes) -> Path:
        name = digest.hex()
        return self._blobs / name[:2] / name

    def _pieces(self, upload: bytes) -> Iterator[tuple[Path, int]]:
        """(file, length) of each piece, in order, as far as none is missing."""
        folder, end = self._uploads / upload.hex(), 0
        for name in _names(folder):
            if name != f"{end:0{OFFSET_DIGITS}}":
                continue  # a draft, or what a crash has cut off from the rest
            length = (folder / name).stat().st_size
            end += length
            yield folder / name, length


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except FileNotFoundError:
        return []


@contextmanager
def _draft(folder: Path) -> Iterator[tuple[IO[bytes], str]]:
    """A new file, and its path; that name is gone at the end, unless a crash comes."""
    handle, path = tempfile.mkstemp(DRAFT, dir=folder)
    try:
        with open(handle, "wb") as file:
            yield file, path
    except Exception:
        _unlink(path)
        raise
    _unlink(path)


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def _to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _make(folder: Path) -> None:
    """A folder, its name durable, and those above it."""
    if not folder.exists():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        _names_to_disk(folder.parent)


def _names_to_disk(folder: Path) -> None:
    if os.name != "posix":
        return  # where names cannot be synced by themselves
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""The file of a backup: a stream of frames that is accepted whole or not at all.

A frame is a 4-byte length and that many bytes of zstd-compressed MessagePack: the header, then
batches of rows [table, rows]. A length of zero ends them; the SHA-256 of everything up to here
follows. It is not compressed, since zstd reads some different bytes alike.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from syncengine.model.errors import Advice, SyncError
from syncengine.protocol.compression import zstd

FORMAT = 1
FRAME_BYTES = 1 * 2**20  # a batch is written once it has reached this
MAX_FRAME = 256 * 2**20  # one row may be larger than a batch should be
SIZE = 4
END = bytes(SIZE)
LEVEL = 3


class BackupUnusable(SyncError):
    """The file is damaged, cut short, or of another schema; or the database is not empty."""

    code = "backup.unusable"
    advice = Advice.FIX


class Header(msgspec.Struct, frozen=True):
    """What the file holds. heads: of the migrations. tables: name -> (columns, rows)."""

    format: int
    schema: bytes
    epoch: bytes
    version: int
    heads: list[str]
    tables: dict[str, tuple[list[str], int]]

    @property
    def rows(self) -> int:
        """Over all tables."""
        return sum(count for _, count in self.tables.values())


class FileWriter:
    """Frames to a file, hashed on the way; memory holds one frame."""

    def __init__(self, file: IO[bytes], header: Header) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self._frame(header)

    def table(self, name: str, rows: Iterator[tuple[Any, ...]]) -> int:
        """All rows of a table; how many there were."""
        batch: list[msgspec.Raw] = []
        size = count = 0
        for row in rows:
            packed = msgspec.msgpack.encode(row)
            batch.append(msgspec.Raw(packed))
            size += len(packed)
            count += 1
            if size >= FRAME_BYTES:
                self._frame([name, batch])
                batch, size = [], 0
        if batch:
            self._frame([name, batch])
        return count

    def _frame(self, content: object) -> None:
        packed = zstd.compress(msgspec.msgpack.encode(content), level=LEVEL)
        self._write(len(packed).to_bytes(SIZE, "big") + packed)

    def _write(self, data: bytes) -> None:
        self._hash.update(data)
        self._file.write(data)

    def close(self) -> None:
        """The end and the hash; the bytes are on disk when this returns."""
        self._write(END)
        self._file.write(self._hash.digest())
        self._file.flush()
        os.fsync(self._file.fileno())


@contextmanager
def appearing(path: Path) -> Iterator[IO[bytes]]:
    """A file that appears as `path` when the block ends well, and leaves nothing when it raises.

    Only its owner may read it: it holds everybody's rows and the secret that seals checkpoints.
    """
    handle, draft = tempfile.mkstemp(prefix=f"{path.name}.", suffix=".part", dir=path.parent)
    try:
        with open(handle, "wb") as file:
            yield file
        os.replace(draft, path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
    if os.name == "posix":  # the name is durable only with its folder
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_file(file: IO[bytes]) -> Iterator[Header | tuple[str, list[list[Any]]]]:
    """The header, then (table, rows) batch by batch; BackupUnusable, at the end at the latest,
    unless the file is exactly what was written. Nothing counts before this has come to its end.
    """
    file.seek(0)
    digest = hashlib.sha256()
    header: Header | None = None
    counts: dict[str, int] = {}
    for content in _frames(file, digest):
        try:
            if header is None:
                header = msgspec.msgpack.decode(content, type=Header)
                yield header
                continue
            name, rest = msgspec.msgpack.decode(content, type=tuple[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BackupUnusable("The backup is damaged, or no backup of this version.") from None
        width = len(header.tables.get(name, ((), 0))[0])
        if not isinstance(rest, list) or not all(
            isinstance(row, list) and len(row) == width for row in rest
        ):
            raise BackupUnusable("The backup is damaged.")
        counts[name] = counts.get(name, 0) + len(rest)
        yield name, rest
    expected = (
        {table: count for table, (_, count) in header.tables.items() if count} if header else None
    )
    if counts != expected:
        raise BackupUnusable("The backup is damaged.")


def _frames(file: IO[bytes], digest: hashlib._Hash) -> Iterator[bytes]:
    """The content of each frame; at the end, `digest` must be the hash the file closes with."""
    while (head := file.read(SIZE)) != END:
        length = int.from_bytes(head, "big")
        if length > MAX_FRAME:
            raise BackupUnusable("The backup is damaged.")
        packed = file.read(length)
        if len(head) < SIZE or len(packed) < length:
            raise BackupUnusable("The backup is cut short.")
        reader = zstd.ZstdDecompressor()
        try:
            content = reader.decompress(packed, max_length=MAX_FRAME)
        except zstd.ZstdError:
            raise BackupUnusable("The backup is damaged.") from None
        if not reader.eof or reader.unused_data:
            raise BackupUnusable("The backup is damaged.")
        digest.update(head + packed)
        yield content
    digest.update(END)
    if file.read(digest.digest_size + 1) != digest.digest():
        raise BackupUnusable("The backup is damaged.")

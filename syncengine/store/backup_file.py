"""The file of a backup: a stream of frames that is accepted whole or not at all.

A frame is a 4-byte length and that many bytes of zstd-compressed MessagePack: the header, batches
of rows [table, rows], and the footer ["end", SHA-256 of all before it].
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
END = "end"
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
        data = len(packed).to_bytes(SIZE, "big") + packed
        self._hash.update(data)
        self._file.write(data)

    def close(self) -> None:
        """The footer; the bytes are on disk when this returns."""
        self._frame([END, self._hash.digest()])
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
    for raw, content in _frames(file):
        try:
            if header is None:
                header = msgspec.msgpack.decode(content, type=Header)
                yield header
                digest.update(raw)
                continue
            name, rest = msgspec.msgpack.decode(content, type=tuple[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise BackupUnusable("The backup is damaged, or no backup of this version.") from None
        if name == END:
            expected = {table: count for table, (_, count) in header.tables.items() if count}
            if rest != digest.digest() or file.read(1) or counts != expected:
                raise BackupUnusable("The backup is damaged.")
            return
        width = len(header.tables.get(name, ((), 0))[0])
        if not isinstance(rest, list) or not all(
            isinstance(row, list) and len(row) == width for row in rest
        ):
            raise BackupUnusable("The backup is damaged.")
        counts[name] = counts.get(name, 0) + len(rest)
        digest.update(raw)
        yield name, rest
    raise BackupUnusable("The backup is cut short.")


def _frames(file: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """(raw bytes, content) of each frame."""
    while head := file.read(SIZE):
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
        yield head + packed, content

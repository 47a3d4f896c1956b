"""Backups that fit either database: every table of one snapshot, in one checked and compressed
file.

The file is a stream of frames, each a 4-byte length and that many bytes of zstd-compressed
MessagePack: a header, batches of rows [table, rows], and a footer with the SHA-256 of all
before it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.model.manifest import Schema
from syncengine.protocol.compression import zstd
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.migration import migrate
from syncengine.store.store import Store

FORMAT = 1
BATCH_ROWS = 1_000
MAX_FRAME = 256 * 2**20
SIZE = 4


class BackupUnusable(SyncError):
    """The file is damaged, cut short, or of another schema; or the database is not empty."""

    code = "backup.unusable"
    advice = Advice.FIX


@dataclass(frozen=True)
class BackupInfo:
    """What a backup holds."""

    epoch: bytes
    version: int
    rows: int


class _Writer:
    """Frames to a file, hashed on the way."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, content: object) -> None:
        """One frame."""
        packed = zstd.compress(msgspec.msgpack.encode(content), level=3)
        data = len(packed).to_bytes(SIZE, "big") + packed
        self._hash.update(data)
        self._file.write(data)

    def close(self) -> None:
        """The footer; the file is on disk when this returns."""
        self.write(["end", self._hash.digest()])
        self._file.flush()
        os.fsync(self._file.fileno())


def all_tables(store_tables: dict[str, sa.Table]) -> list[sa.Table]:
    """Every table, those that others refer to first."""
    return [*t.CORE.sorted_tables, *store_tables.values()]


def backup(store: Store, path: Path) -> BackupInfo:
    """Write a backup while the server works; afterwards devices may forget what it covers.

    The file appears under its name only when it is complete and on disk.
    """
    draft = path.with_name(path.name + ".part")
    rows = 0
    with draft.open("wb") as file:
        writer = _Writer(file)
        with reading(store.engine) as connection:
            clock = clocks.read(connection)
            writer.write([FORMAT, store.schema.hash, clock.epoch, clock.version])
            for table in all_tables(store.tables):
                for batch in _batches(connection, table):
                    writer.write([str(table.name), batch])
                    rows += len(batch)
        writer.close()
    draft.replace(path)
    with writing(store.engine) as connection:
        clocks.lock(connection)
        connection.execute(sa.update(t.clock).values(backed_up=clock.version))
    return BackupInfo(clock.epoch, clock.version, rows)


def _batches(connection: sa.Connection, table: sa.Table) -> Iterator[list[list[Any]]]:
    statement = sa.select(table).execution_options(yield_per=BATCH_ROWS)
    for some in connection.execute(statement).partitions():
        yield [list(row) for row in some]


def restore(
    path: Path, engine: sa.Engine, schema: Schema, environment: Environment | None = None
) -> BackupInfo:
    """Fill an empty database and start a new epoch there. The file is checked whole before.

    Devices that were enrolled after the backup are unknown afterwards and enrol again.
    """
    info = _check(path, schema)
    environment = environment or Environment()
    migrate(engine, schema, environment)
    tables = {table.name: table for table in all_tables(t.entity_tables(schema))}
    with writing(engine) as connection:
        if clocks.lock(connection).version:
            raise BackupUnusable("The database is not empty: restore into a new one.")
        for table in reversed(list(tables.values())):
            connection.execute(sa.delete(table))
        for name, rows in _read_frames(path, skip=1):
            if name != "end":
                table = tables[name]
                connection.execute(
                    sa.insert(table), [dict(zip(table.c.keys(), row, strict=True)) for row in rows]
                )
        clocks.fork(connection, environment)
    return info


def _frames(path: Path) -> Iterator[tuple[bytes, bytes]]:
    """(raw bytes, content bytes) of each frame."""
    with path.open("rb") as file:
        while head := file.read(SIZE):
            packed = file.read(int.from_bytes(head, "big"))
            if len(head) < SIZE or len(packed) != int.from_bytes(head, "big"):
                raise BackupUnusable("The backup is cut short.")
            reader = zstd.ZstdDecompressor()
            try:
                content = reader.decompress(packed, max_length=MAX_FRAME)
            except zstd.ZstdError:
                raise BackupUnusable("The backup is damaged.") from None
            yield head + packed, content


def _read_frames(path: Path, skip: int) -> Iterator[list[Any]]:
    for number, (_, content) in enumerate(_frames(path)):
        if number >= skip:
            yield msgspec.msgpack.decode(content)


def _check(path: Path, schema: Schema) -> BackupInfo:
    """Read the whole file once: complete, undamaged, of this schema."""
    digest = hashlib.sha256()
    header: list[Any] | None = None
    rows = 0
    complete = False
    for raw, content in _frames(path):
        frame = msgspec.msgpack.decode(content)
        if complete or not isinstance(frame, list):
            raise BackupUnusable("The backup is damaged.")
        if header is None:
            header = frame
            if len(header) != 4 or header[0] != FORMAT:
                raise BackupUnusable("This is no backup of this version.")
        elif frame[0] == "end":
            complete = frame[1] == digest.digest()
        else:
            rows += len(frame[1])
        digest.update(raw)
    if header is None or not complete:
        raise BackupUnusable("The backup is cut short or damaged.")
    if header[1] != schema.hash:
        raise BackupUnusable("The backup was made with other modules or module versions.")
    return BackupInfo(header[2], header[3], rows)

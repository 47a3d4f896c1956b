"""The encrypted SQLite database of one seat: opening, its own tables, its version, its lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw

from device_sdk.errors import (
    DiskFailed,
    DiskFull,
    StoreDamaged,
    StoreInUse,
    StoreTooNew,
    StoreUnreadable,
)
from device_sdk.swap import FILE, LOCK, finish
from syncengine.model.checksum import range_of

TABLES = """
CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
-- One row: rows up to this generation show. A table of its own, because every view reads it.
CREATE TABLE published(generation INTEGER NOT NULL);
INSERT INTO published VALUES(1);
-- hide_at, write_from, write_until: instants; NULL is open.
CREATE TABLE bucket(id INTEGER PRIMARY KEY, kind TEXT, key BLOB, reason TEXT, via BLOB,
    hide_at INTEGER, write_from INTEGER, write_until INTEGER,
    count INTEGER NOT NULL, sum INTEGER NOT NULL);
-- The buckets beyond the one that a row itself names.
CREATE TABLE held(tag INTEGER, id BLOB, bucket INTEGER, PRIMARY KEY(tag, id, bucket)) WITHOUT ROWID;
-- An unfinished pull: what is granted, how far each bucket is, and the rows staged in place.
CREATE TABLE incoming(bucket INTEGER PRIMARY KEY, kind TEXT, key BLOB, reason TEXT, via BLOB,
    hide_at INTEGER, write_from INTEGER, write_until INTEGER,
    fresh INTEGER NOT NULL, version INTEGER, tag INTEGER, row BLOB,
    count INTEGER NOT NULL DEFAULT 0, sum INTEGER NOT NULL DEFAULT 0);
-- Rows of an entity that are staged in place lie behind this rowid.
CREATE TABLE placed(tag INTEGER PRIMARY KEY, behind INTEGER NOT NULL);
-- What is to happen at the checkpoint to rows that are there already.
CREATE TABLE staged(n INTEGER PRIMARY KEY, tag INTEGER NOT NULL, id BLOB NOT NULL,
    bucket INTEGER NOT NULL, event TEXT NOT NULL, version INTEGER, record BLOB);
-- The server's image of rows that show own unsettled edits; record is NULL where it has none.
CREATE TABLE shadow(tag INTEGER, id BLOB, record BLOB, PRIMARY KEY(tag, id)) WITHOUT ROWID;
CREATE TABLE outbox(sequence INTEGER PRIMARY KEY, id BLOB NOT NULL, body BLOB NOT NULL,
    signature BLOB NOT NULL, made INTEGER NOT NULL, verdict BLOB, decided INTEGER,
    telling INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0, dismissed INTEGER
    NOT NULL DEFAULT 0);
CREATE INDEX outbox_unanswered ON outbox(sequence) WHERE verdict IS NULL;
CREATE INDEX outbox_unsettled ON outbox(decided) WHERE settled=0;
CREATE INDEX outbox_settled ON outbox(decided) WHERE settled=1;
-- made: whether the changeset inserted the row.
CREATE TABLE outbox_row(tag INTEGER, id BLOB, sequence INTEGER, made INTEGER NOT NULL,
    PRIMARY KEY(tag, id, sequence)) WITHOUT ROWID;
CREATE INDEX outbox_row_sequence ON outbox_row(sequence);
"""
SUSPECT = """
-- Buckets whose count and sum are not believed: the next publication counts the rows.
CREATE TABLE suspect(bucket INTEGER PRIMARY KEY);
"""
CONTAINED = """
-- Whether the published rows have what the changeset did to that row.
ALTER TABLE outbox_row ADD COLUMN contained INTEGER NOT NULL DEFAULT 0;
"""
STEPS = (TABLES, SUSPECT, CONTAINED)  # each takes a store one version further; append only
STORE_VERSION = len(STEPS)


class Database:
    """One connection that writes. `transaction` is the only way to change anything."""

    def __init__(self, directory: Path, key: bytes, create: bool = False, disk: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.path = directory / FILE
        self.upgraded_from: int | None = None  # the store's format before it was opened now
        self._lock = lock_store(directory)
        try:
            finish(directory)
            with disk_told():
                self.connection = connect(self.path, key, disk=disk)
                self.connection.create_scalar_function("range_of", _range_of, 2, deterministic=True)
                self._prepare(create)
        except BaseException:
            if hasattr(self, "connection"):
                self.connection.close()
            os.close(self._lock)
            raise

    def _prepare(self, create: bool) -> None:
        connection = self.connection
        (found,) = connection.execute("PRAGMA user_version").fetchone() or (0,)
        if found > STORE_VERSION:
            raise StoreTooNew("This store was written by a newer version of the app: update it.")
        if found == STORE_VERSION or (found == 0 and not create):
            return
        with self.transaction():
            for step in STEPS[found:]:
                connection.execute(step)
            connection.execute(f"PRAGMA user_version={STORE_VERSION}")
        self.upgraded_from = int(found) or None

    @contextmanager
    def transaction(self) -> Iterator[apsw.Connection]:
        """Durable when the block ends, undone when it raises. One inside another is part of it."""
        if self.connection.in_transaction:
            yield self.connection
            return
        with disk_told():
            self.connection.execute("BEGIN IMMEDIATE")
        try:
            with disk_told():
                yield self.connection
                self.connection.execute("COMMIT")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @contextmanager
    def note(self) -> Iterator[None]:
        """A transaction that waits for no disk: it outlives the process, and a power cut may undo
        it. Nothing else is less durable for it.
        """
        self.connection.execute("PRAGMA synchronous=NORMAL")
        try:
            with self.transaction():
                yield
        finally:
            self.connection.execute("PRAGMA synchronous=FULL")

    def get(self, name: str) -> Any:  # noqa: ANN401  what was set, of any stored type
        """A value of `meta`; None when it was never set."""
        row = fetch(self.connection, "SELECT value FROM meta WHERE name=?", (name,))
        return row[0][0] if row else None

    def set(self, **values: object) -> None:
        """Set values of `meta`, inside a transaction."""
        self.connection.executemany("INSERT OR REPLACE INTO meta VALUES(?,?)", values.items())

    def gather(self) -> None:
        """Bring all that was committed into the one file, durably: so that it can be moved."""
        (found,) = fetch(self.connection, "PRAGMA wal_checkpoint(TRUNCATE)")
        if found[0]:
            raise StoreInUse("Somebody else reads this store.")

    def close(self) -> None:
        """Release the file and its lock."""
        self.connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0)
        self.abandon()

    def abandon(self) -> None:
        """The same, with file and -wal left as they are: they are not what was written, and a
        rebuild reads more of them than SQLite would keep.
        """
        self.connection.close()
        os.close(self._lock)


@contextmanager
def disk_told() -> Iterator[None]:
    """StoreDamaged for what SQLite says of a page that is not what was written; DiskFull,
    DiskFailed.
    """
    try:
        yield
    except apsw.CorruptError:
        detail = "The store's file is damaged: part of it cannot be read. It has to be rebuilt."
        raise StoreDamaged(detail) from None
    except apsw.FullError:
        raise DiskFull("The device has no room left; nothing of this was saved.") from None
    except apsw.IOError as error:
        raise DiskFailed("The device could not read or write its storage.") from error


def fetch(
    db: apsw.Connection, sql: str, parameters: Sequence[object] | Mapping[str, object] = ()
) -> list[tuple[Any, ...]]:
    """All rows of a statement over our own tables, whose column types we know."""
    with disk_told():
        return db.execute(sql, parameters).fetchall()


def connect(path: Path, key: bytes, readonly: bool = False, disk: str = "") -> apsw.Connection:
    """A keyed connection; StoreUnreadable when the key does not fit. disk: as in Environment.

    The first read is what tells: setting a wrong key succeeds.
    """
    writes = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_CREATE
    flags = apsw.SQLITE_OPEN_READONLY if readonly else writes
    encrypted = f"multipleciphers-{disk}" if disk else None
    connection = apsw.Connection(str(path), flags=flags, vfs=encrypted)
    try:
        connection.config(apsw.SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1)  # see Database.abandon
        connection.set_busy_timeout(10_000)
        connection.pragma("cipher", "chacha20")
        connection.pragma("key", f"raw:{key.hex()}")
        connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
        connection.execute("PRAGMA temp_store=MEMORY; PRAGMA cache_size=-32000;")
        if not readonly:
            connection.execute(
                "PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
                "PRAGMA secure_delete=ON;"
            )
    except apsw.NotADBError:
        connection.close()
        detail = "The store cannot be read with this key, or the head of its file is damaged."
        raise StoreUnreadable(detail) from None
    except BaseException:
        connection.close()
        raise
    return connection


def _range_of(*given: object) -> int:
    """checksum.range_of in SQL; -1 for what is no id."""
    row_id, bits = given
    return range_of(row_id, bits) if isinstance(row_id, bytes) and isinstance(bits, int) else -1


def lock_store(directory: Path) -> int:
    """An exclusive lock on a store that ends with the process, or when the handle is closed;
    StoreInUse when another one has it.
    """
    handle = os.open(directory / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise StoreInUse("Another process has this store open.") from None
    return handle

"""Backups that fit either database: every table of one snapshot; and putting one back.

What follows a restore, device by device: a checkpoint at or below the backup's version goes on as
it is; a later one restarts, and answered changesets that the backup lacks are sent again, byte for
byte, from the sequence that the restored database expects. Seats enrolled after the backup are
unknown afterwards: their people enrol again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import alembic.runtime.migration
import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.manifest import Schema
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.backup_file import (
    FORMAT,
    BackupUnusable,
    FileWriter,
    Header,
    appearing,
    read_file,
)
from syncengine.store.database import reading, writing
from syncengine.store.entity_tables import whole_tables
from syncengine.store.migration import migrate, scripts_of
from syncengine.store.store import Store
from syncengine.store.working import batches

__all__ = ["BackupInfo", "BackupUnusable", "backup", "restore"]

FETCH = 1_000
FETCH_BODIES = 16  # rows with a changeset's or an import's body may have a megabyte each
Progress = Callable[[str, int], None]


@dataclass(frozen=True)
class BackupInfo:
    """What a backup holds."""

    epoch: bytes
    version: int
    rows: int


# A new database has rows in these.
MIGRATED = (t.clock, t.epoch, t.custom_field, t.layout, t.module)


def all_tables(schema: Schema) -> list[sa.Table]:
    """Every table, those that others refer to first."""
    return [*t.CORE.sorted_tables, *whole_tables(schema).values()]


def backup(store: Store, path: Path, progress: Progress | None = None) -> BackupInfo:
    """Write a backup while the server works; afterwards devices may forget what it covers.

    The file appears under its name only when it is complete and on disk. progress: called with
    (table, rows) after each table. SchemaDiffers: another version of the server has
    taken over, and what this one wrote could not be restored.
    """
    tell = progress or (lambda _table, _rows: None)
    with appearing(path) as file, reading(store.engine) as connection:
        header = _header(store, connection)
        writer = FileWriter(file, header)
        for table in all_tables(store.schema):
            name = str(table.name)  # SQLAlchemy's is a subclass
            tell(name, writer.table(name, _rows(connection, table)))
        writer.close()
    c = t.clock.c
    with writing(store.engine) as connection:
        clocks.lock(connection)
        connection.execute(
            sa.update(t.clock)
            .where(c.epoch == header.epoch, c.backed_up < header.version)
            .values(backed_up=header.version)
        )
    return BackupInfo(header.epoch, header.version, header.rows)


def _header(store: Store, connection: sa.Connection) -> Header:
    clock = clocks.read(connection)
    clock.require(store.schema)
    tables: dict[str, tuple[list[str], int]] = {}
    for table in all_tables(store.schema):
        count = connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
        tables[str(table.name)] = ([str(c.name) for c in table.c], count)
    context = alembic.runtime.migration.MigrationContext.configure(connection)
    heads = sorted(context.get_current_heads())
    return Header(FORMAT, store.schema.hash, clock.epoch, clock.version, heads, tables)


def _rows(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    fetch = FETCH_BODIES if "body" in table.c else FETCH
    statement = sa.select(table).execution_options(yield_per=fetch)
    for row in connection.execute(statement):
        yield tuple(row)


def restore(
    path: Path,
    engine: sa.Engine,
    schema: Schema,
    environment: Environment | None = None,
    progress: Progress | None = None,
) -> BackupInfo:
    """Fill an empty database and start a new epoch there, in one transaction. Office users sign in
    again.

    The file is checked whole before anything is changed, and again as it is read. BackupUnusable:
    it is not what was written, its modules or migrations are others, or the database is not empty.
    progress: called with (table, rows) after each batch.
    """
    environment = environment or Environment()
    tables = {str(table.name): table for table in all_tables(schema)}
    with path.open("rb") as file:
        frames = read_file(file)
        header = _accepted(next(frames), schema, tables)
        for _ in frames:
            pass
        with reading(engine) as connection:
            _require_empty(connection, tables)  # before it is migrated
        migrate(engine, schema, environment)
        with writing(engine) as connection:
            clocks.lock(connection)
            _require_empty(connection, tables)
            for table in MIGRATED:
                connection.execute(sa.delete(table))
            for frame in read_file(file):
                if not isinstance(frame, Header):
                    _insert(connection, tables[frame[0]], frame[1])
                    (progress or _silent)(frame[0], len(frame[1]))
            # Who signed out, or was locked out of a session, since the backup stays so.
            connection.execute(sa.delete(t.session))
            clocks.fork(connection, environment)
    return BackupInfo(header.epoch, header.version, header.rows)


def _accepted(first: object, schema: Schema, tables: dict[str, sa.Table]) -> Header:
    assert isinstance(first, Header)
    if first.format != FORMAT:
        raise BackupUnusable("This is no backup of this version.")
    scripts = scripts_of(schema.modules)
    columns = {name: [c.name for c in table.c] for name, table in tables.items()}
    if (
        first.schema != schema.hash
        or first.heads != sorted(scripts.get_heads())
        or {name: held for name, (held, _) in first.tables.items()} != columns
    ):
        raise BackupUnusable(
            "The backup was made with other modules or versions, or other fields: restore it with"
            " those."
        )
    return first


def _require_empty(connection: sa.Connection, tables: dict[str, sa.Table]) -> None:
    """A database without tables, or one that was migrated and never used."""
    there = set(sa.inspect(connection).get_table_names())
    for name in sorted(there & tables.keys()):
        table = tables[name]
        if table is t.clock:
            used = bool(connection.scalar(sa.select(t.clock.c.version)))
        elif table is t.epoch:
            used = connection.scalar(sa.select(sa.func.count()).select_from(t.epoch)) not in (0, 1)
        else:
            first = sa.select(sa.literal(1)).select_from(table).limit(1)
            used = table not in MIGRATED and connection.execute(first).first() is not None
        if used:
            raise BackupUnusable("The database is not empty: restore into a new one.")


def _insert(connection: sa.Connection, table: sa.Table, rows: list[list[Any]]) -> None:
    names = [c.name for c in table.c]
    for some in batches(rows, FETCH):
        connection.execute(sa.insert(table), [dict(zip(names, row, strict=True)) for row in some])


def _silent(_table: str, _rows: int) -> None:
    """No progress is shown."""

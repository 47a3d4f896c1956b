"""Databases that have their tables already: copies of one that was migrated once a process."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

import alembic.command
import psycopg
import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.store.database import open_engine, writing
from syncengine.store.migration import configuration

FASTER_SINCE = 150_000  # PostgreSQL 15 copies files as they are when it is told to
FIRST = "postgres"
Migrations = tuple[str | None, ...]  # what was migrated: the folders of the schema's modules

_files: dict[Migrations, Path] = {}
_databases: dict[tuple[str, Migrations], str] = {}  # by the cluster's folder, too


def prepare(url: str, schema: Schema) -> None:
    """Give the database at that address, when it is empty, the tables that alembic makes for the
    schema's modules and nothing in them, so that `migrate` finds its first and longest part done.
    Nobody may be connected to it. The one that a cluster begins with stays as it is.
    """
    address = sa.make_url(url)
    if address.get_backend_name() == "postgresql":
        if address.database != FIRST:
            _prepare_postgres(address, schema)
    elif address.database and address.database != ":memory:":
        place = Path(address.database)
        if not place.exists():
            shutil.copyfile(_migrated_file(schema), place)


def _migrations(schema: Schema) -> Migrations:
    return tuple(module.migrations for module in schema.modules)


def _upgrade(url: str, schema: Schema) -> None:
    engine = open_engine(url)
    config = configuration(schema)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "heads")
    engine.dispose()


def _migrated_file(schema: Schema) -> Path:
    key = _migrations(schema)
    if key not in _files:
        folder = Path(tempfile.mkdtemp(prefix="prepared"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        _upgrade(f"sqlite:///{folder / 'server.db'}", schema)
        _files[key] = folder / "server.db"
    return _files[key]


def _prepare_postgres(address: sa.URL, schema: Schema) -> None:
    host, name = str(address.query["host"]), address.database
    where = f"host={host} user={address.username} dbname="
    with psycopg.connect(f"{where}{name}") as connection:
        found = connection.execute("SELECT to_regclass('alembic_version')").fetchone()
    if found == (None,):
        with psycopg.connect(f"{where}{FIRST}", autocommit=True) as admin:
            made = _migrated_database(admin, address, schema)
            admin.execute(f'DROP DATABASE "{name}"'.encode())
            whole = " STRATEGY FILE_COPY" if admin.info.server_version >= FASTER_SINCE else ""
            admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{made}"{whole}'.encode())


def _migrated_database(
    admin: psycopg.Connection[tuple[object, ...]], address: sa.URL, schema: Schema
) -> str:
    """The name of one in the same cluster, with which it goes."""
    key = (str(address.query["host"]), _migrations(schema))
    if key not in _databases:
        name = f"prepared_{os.getpid()}_{len(_databases)}"
        admin.execute(f'CREATE DATABASE "{name}"'.encode())
        made = address.set(database=name)
        _upgrade(made.render_as_string(hide_password=False), schema)
        _databases[key] = name
    return _databases[key]

"""The composition root: names the modules, opens the database, puts the parts together.

Everything else takes its parts as arguments; system time and randomness enter here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from server.fields import load_fields
from server.logs import logger
from server.modules import installed
from server.problem import Problem
from server.settings import Settings
from syncengine.model.custom import InvalidField, extended
from syncengine.model.environment import Environment
from syncengine.model.errors import InvalidSchema, SchemaDiffers
from syncengine.model.manifest import Schema
from syncengine.store.absent import with_absent
from syncengine.store.database import open_engine
from syncengine.store.migration import migrate
from syncengine.store.store import Store

REPLICA_SECONDS = 3  # to take a connection; else the database itself is read
MISSING_TABLE = ("no such table", "no such column", "does not exist")


def load_schema(settings: Settings, engine: sa.Engine | None = None) -> Schema:
    """This installation's schema: the modules that come with it, third parties', those absent ones
    whose data the database of `engine` has, and its own fields in their entities. InvalidField
    names a field that does not fit.
    """
    custom = load_fields(Path(settings.custom_fields)) if settings.custom_fields else []
    found = sorted((one.module for one in installed()), key=lambda module: module.number)
    try:
        return extended(with_absent(engine, found) if engine is not None else found, custom)
    except InvalidField:
        raise
    except InvalidSchema as error:
        raise Problem(
            "module.invalid", f"The installed modules do not fit: {error.detail}."
        ) from None


@contextmanager
def open_database(settings: Settings) -> Iterator[sa.Engine]:
    """The configured database, closed at the end; Problem when it cannot be used or reached."""
    engine = _engine(settings.database)
    try:
        yield engine
    except DBAPIError as error:
        problem = _problem(error)
        if problem is None:
            raise
        raise problem from error
    finally:
        engine.dispose()


def _engine(url: str, patience: int | None = None) -> sa.Engine:
    try:
        return open_engine(url, patience)
    except (ArgumentError, NoSuchModuleError, ImportError) as error:
        raise Problem("database.invalid", f"This is no usable database address: {error}.") from None


@contextmanager
def _replica(settings: Settings) -> Iterator[sa.Engine | None]:
    """The configured one, closed at the end. Nothing connects to it before it is asked."""
    engine = _engine(settings.replica, REPLICA_SECONDS) if settings.replica else None
    try:
        yield engine
    finally:
        if engine is not None:
            engine.dispose()


@contextmanager
def open_store(
    settings: Settings, environment: Environment | None = None, migrated: bool = False
) -> Iterator[Store]:
    """The store of the configured database.

    migrated: create it or bring its tables up to date first; without that it must be there.
    """
    with open_database(settings) as engine, _replica(settings) as replica:
        if not migrated:
            check_there(engine.url)
        # Nothing looks into a file that is not there, which would make it.
        schema = load_schema(settings, None if _is_missing(engine.url) else engine)
        for module in schema.modules:
            if module.absent:
                logger().warning("module_absent", module=module.name)
        if migrated:
            migrate(engine, schema, environment)
        yield _store(engine, schema, environment or Environment(), replica)


def _store(
    engine: sa.Engine, schema: Schema, environment: Environment, replica: sa.Engine | None
) -> Store:
    try:
        return Store(engine, schema, environment, replica, _replica_failed)
    except SchemaDiffers:
        raise Problem(
            "database.not_migrated",
            "The database is of other modules or fields: stop the servers that run on it and"
            " use `syncengine migrate`.",
        ) from None


def _replica_failed(error: Exception) -> None:
    reason = str(getattr(error, "orig", error)).strip().partition("\n")[0]
    logger().warning("replica_not_used", reason=reason)


def check_there(url: sa.URL) -> None:
    """Problem: no such database. SQLite makes a missing file silently; a mistyped name must not
    pass for an empty one.
    """
    if _is_missing(url):
        raise Problem(
            "database.missing",
            f"There is no database {url.database}: `syncengine migrate` makes one.",
        )


def _is_missing(url: sa.URL) -> bool:
    file = url.database if url.get_backend_name() == "sqlite" else None
    return bool(file) and not Path(str(file)).exists()


def _problem(error: DBAPIError) -> Problem | None:
    reason = str(error.orig).strip().partition("\n")[0]
    if any(sign in reason for sign in MISSING_TABLE):
        return Problem("database.not_migrated", "The database needs `syncengine migrate` first.")
    if error.connection_invalidated or type(error.orig).__name__ == "OperationalError":
        return Problem("database.unreachable", f"The database cannot be used: {reason}.")
    return None

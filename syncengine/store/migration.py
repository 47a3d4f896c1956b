"""Bringing a database up to date: the core's alembic branch, one branch a module, custom fields."""

from __future__ import annotations

import importlib.resources
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

import alembic.command
import alembic.config
import alembic.runtime.migration
import alembic.script
import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.store import clock
from syncengine.store import tables as t
from syncengine.store.absent import keep_modules
from syncengine.store.blob_references import refer_again
from syncengine.store.custom_fields import install
from syncengine.store.database import writing
from syncengine.store.entity_tables import SCHEMAS, entity_tables
from syncengine.store.payloads import lay_out
from syncengine.store.renewal import renew

VERSIONS = sa.table("alembic_version", sa.column("version_num", sa.Text))  # alembic's own


def _folder(place: str) -> Path:
    """The folder that "package:folder" names."""
    package, _, folder = place.partition(":")
    return Path(str(importlib.resources.files(package))) / folder


class MigrationUnknown(SyncError):
    """The database has a migration that is neither in an installed package nor of a module that it
    has on record; `data` names it.
    """

    code = "database.migration_unknown"
    advice = Advice.FIX


def configuration(schema: Schema) -> alembic.config.Config:
    """Alembic's settings: the core's branch and those that the modules declare."""
    return _configured(_folders(schema.modules))


def scripts_of(modules: Sequence[Module]) -> alembic.script.ScriptDirectory:
    """The migrations of the core and of these modules; read once a process."""
    return _scripts(_folders(modules))


@lru_cache(maxsize=SCHEMAS)
def _scripts(folders: tuple[str, ...]) -> alembic.script.ScriptDirectory:
    return alembic.script.ScriptDirectory.from_config(_configured(folders))


def _folders(modules: Sequence[Module]) -> tuple[str, ...]:
    return tuple(m.migrations for m in modules if m.migrations)


def _configured(folders: tuple[str, ...]) -> alembic.config.Config:
    config = alembic.config.Config()
    core = _folder("syncengine.store:migrations")
    places = [core / "versions", *(_folder(folder) for folder in folders)]
    config.set_main_option("script_location", str(core).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(str(p).replace("%", "%%") for p in places)
    )
    return config


def migrate(engine: sa.Engine, schema: Schema, environment: Environment | None = None) -> None:
    """Create or upgrade every table, and start the clock of a new database. Harmless when
    repeated.

    InvalidField: a custom field is not the one that is installed. InvalidValue, InvalidSchema: a
    row cannot follow a module's steps. MigrationUnknown. Nothing is changed then. Absent modules
    (absent.py) belong to `schema`, and their tables stay as they are. Processes that run with
    another schema are refused from then on (SchemaDiffers).
    """
    config, scripts = configuration(schema), scripts_of(schema.modules)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        with _aside(connection, scripts) as present:
            if present != set(scripts.get_heads()):  # alembic loads every script once more for it
                alembic.command.upgrade(config, "heads")
        clock.start(connection, environment or Environment())
        if clock.lock(connection).schema != schema.hash:
            install(connection, schema)
            before = lay_out(connection, schema)
            connection.execute(sa.update(t.clock).values(schema=schema.hash))
            now = (environment or Environment()).now()
            refer_again(connection, schema, entity_tables(schema), now)
            renew(connection, schema, environment or Environment(), before)
        keep_modules(connection, schema, _last(scripts, schema.modules))


@contextmanager
def _aside(
    connection: sa.Connection, scripts: alembic.script.ScriptDirectory
) -> Iterator[set[str]]:
    """Take the revisions of absent modules from alembic's table, for it refuses what it has no
    script of, and put them back. Gives the others. MigrationUnknown.
    """
    context = alembic.runtime.migration.MigrationContext.configure(connection)
    known = {script.revision for script in scripts.walk_revisions()}
    present = set(context.get_current_heads())
    unknown = sorted(present - known)
    if unknown:
        named = set(connection.scalars(sa.select(t.module.c.migration)))  # there since core_0019
        for revision in unknown:
            if revision not in named:
                raise MigrationUnknown(
                    f"The database has the migration {revision}, of a package that is not"
                    " installed or of a later release: install that first.",
                    migration=revision,
                )
        connection.execute(sa.delete(VERSIONS).where(VERSIONS.c.version_num.in_(unknown)))
    yield present & known
    if unknown:
        connection.execute(sa.insert(VERSIONS), [{"version_num": r} for r in unknown])


def last_migrations(modules: Sequence[Module]) -> dict[str, str | None]:
    """The last one of each module that has any, by its name."""
    return _last(scripts_of(modules), modules)


def _last(
    scripts: alembic.script.ScriptDirectory, modules: Sequence[Module]
) -> dict[str, str | None]:
    heads = {Path(s.path).parent: s.revision for s in scripts.get_revisions(scripts.get_heads())}
    return {m.name: heads.get(_folder(m.migrations)) for m in modules if m.migrations}

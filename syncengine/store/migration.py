"""Bringing a database up to date: the core's alembic branch, one branch a module, custom fields."""

from __future__ import annotations

import importlib.resources
from pathlib import Path

import alembic.command
import alembic.config
import sqlalchemy as sa

from syncengine.model.environment import Environment
from syncengine.model.manifest import Schema
from syncengine.store import clock
from syncengine.store import tables as t
from syncengine.store.blob_references import refer_again
from syncengine.store.custom_fields import install
from syncengine.store.database import writing
from syncengine.store.entity_tables import entity_tables
from syncengine.store.payloads import lay_out
from syncengine.store.renewal import renew


def _folder(place: str) -> Path:
    """The folder that "package:folder" names."""
    package, _, folder = place.partition(":")
    return Path(str(importlib.resources.files(package))) / folder


def configuration(schema: Schema) -> alembic.config.Config:
    """Alembic's settings: the core's branch and those that the modules declare."""
    config = alembic.config.Config()
    core = _folder("syncengine.store:migrations")
    places = [core / "versions", *(_folder(m.migrations) for m in schema.modules if m.migrations)]
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
    row cannot follow a module's steps. Nothing is changed then. Processes that run with another
    schema are refused from then on (SchemaDiffers).
    """
    config = configuration(schema)
    with writing(engine) as connection:
        config.attributes["connection"] = connection
        alembic.command.upgrade(config, "heads")
        clock.start(connection, environment or Environment())
        if clock.lock(connection).schema != schema.hash:
            install(connection, schema)
            before = lay_out(connection, schema)
            connection.execute(sa.update(t.clock).values(schema=schema.hash))
            now = (environment or Environment()).now()
            refer_again(connection, schema, entity_tables(schema), now)
            renew(connection, schema, environment or Environment(), before)

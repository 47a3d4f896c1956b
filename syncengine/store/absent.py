"""Modules whose data stand in the database and whose package is gone.

What a module declares is data and is kept beside the rows, as devices get it. So such a module is
read from there: its rows stay in the slices that they belong to, and every write to them is
refused (model/access.py) until the package is back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import msgpack
import sqlalchemy as sa

from syncengine.model.custom import is_custom
from syncengine.model.errors import InvalidSchema
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.schema_data import module_data, pack, read_module
from syncengine.store import tables as t
from syncengine.store.database import reading, upsert


@dataclass(frozen=True)
class Kept:
    """A module as the database knows it, without custom fields. migration: its last one."""

    module: Module
    package: str
    migration: str | None

    def is_of(self, module: Module) -> bool:
        """Whether that module has not changed since."""
        return module_data(self.module) == module_data(module)


def with_absent(engine: sa.Engine, modules: Iterable[Module]) -> tuple[Module, ...]:
    """The installed modules and the absent ones, by number, so that their schema is the same
    whether a package is there or not. InvalidSchema: one has the number of an absent one.
    """
    present = {module.number: module for module in modules}
    found = list(present.values())
    for kept in kept_modules(engine):
        if kept.module.number not in present:
            found.append(_absent(kept.module))
        elif present[kept.module.number].name != kept.module.name:
            raise InvalidSchema(
                f"{present[kept.module.number].name} has the number {kept.module.number} of the"
                f" module {kept.module.name}, whose data stand in this database"
            )
    return tuple(sorted(found, key=lambda module: module.number))


def kept_modules(engine: sa.Engine) -> list[Kept]:
    """What the database was migrated with, by number; none before it is."""
    wanted = sa.select(t.module).order_by(t.module.c.number)
    with reading(engine) as connection:
        if not sa.inspect(connection).has_table(t.module.name):
            return []
        rows = connection.execute(wanted).all()
    return [
        Kept(_plain(read_module(msgpack.unpackb(row.data))), row.package, row.migration)
        for row in rows
    ]


def _absent(module: Module) -> Module:
    entities = tuple(replace(entity, absent=True) for entity in module.entities)
    return replace(module, entities=entities, absent=True)


def _plain(module: Module) -> Module:
    """Without the custom fields, which the configuration adds as to every module."""
    entities = (
        replace(
            entity,
            fields=tuple(f for f in entity.fields if not is_custom(f)),
            removed=tuple(f for f in entity.removed if not is_custom(f)),
        )
        for entity in module.entities
    )
    return replace(module, entities=tuple(entities))


def package_of(module: Module) -> str:
    """The package that its manifest names for what the server loads; empty: it names none."""
    return (module.migrations or module.portal or "").partition(":")[0]


def keep_modules(
    connection: sa.Connection, schema: Schema, migrations: Mapping[str, str | None]
) -> None:
    """Note what a schema's modules are now; of absent ones the custom fields alone may be new.
    migrations: the last one of each that is installed, by the modules' names.
    """
    for module in schema.modules:
        row = {
            "number": module.number,
            "name": module.name,
            "version": module.version,
            "package": package_of(module),
            "migration": migrations.get(module.name),
            "data": pack(module_data(module)),
        }
        keep = ("package", "migration") if module.absent else ()
        upsert(connection, t.module, [row], keep)

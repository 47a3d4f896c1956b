"""One typed table for each entity of the schema, beside the core's tables."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Decimal,
    FieldType,
    Integer,
    Reference,
    Timestamp,
)
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.store.tables import ID, Bytes

SCHEMAS = 8  # whose tables and scripts are kept: a process has one, and for an upgrade another


def _column_type(kind: FieldType) -> sa.types.TypeEngine[Any]:
    if isinstance(kind, Integer | Decimal | Timestamp):
        return sa.BigInteger()
    if isinstance(kind, Bool):
        return sa.Boolean()
    if isinstance(kind, Reference | BlobReference):
        return Bytes()
    return sa.Text()


def entity_table(metadata: sa.MetaData, module: Module, entity: Entity) -> sa.Table:
    """The typed table of an entity: id, version, and each field in stored form.

    References are indexed, and so are a field called `number`, the key of the leading system, and
    the end of a window. An index has a name that no table of the module has.
    Removed fields have their columns still; what works with rows does not know of them.
    """
    return _table(metadata, module, entity, entity.fields)


def _table(
    metadata: sa.MetaData, module: Module, entity: Entity, fields: tuple[Field, ...]
) -> sa.Table:
    name = f"{module.name}_{entity.name}"
    tables = {f"{module.name}_{other.name}" for other in module.entities}
    ends = entity.window.ends if entity.window else None
    indexed = [
        f.name for f in fields if isinstance(f.type, Reference) or f.name in ("number", ends)
    ]
    names = {field: f"{name}_{field}" for field in indexed}
    return sa.Table(
        name,
        metadata,
        sa.Column("id", ID, primary_key=True),
        sa.Column("version", sa.BigInteger, nullable=False),
        *(sa.Column(f.name, _column_type(f.type)) for f in fields),
        *(sa.Index(i + "_index" if i in tables else i, field) for field, i in names.items()),
    )


@lru_cache(maxsize=SCHEMAS)
def entity_tables(schema: Schema) -> dict[str, sa.Table]:
    """Entity name -> its table, in one MetaData a schema. Not to be changed: made once."""
    metadata = sa.MetaData()
    return {e.name: entity_table(metadata, m, e) for m in schema.modules for e in m.entities}


@lru_cache(maxsize=SCHEMAS)
def whole_tables(schema: Schema) -> dict[str, sa.Table]:
    """The same with the columns of removed fields: what a backup keeps and a migration makes.
    Made once, too.
    """
    metadata = sa.MetaData()
    return {
        e.name: _table(metadata, m, e, (*e.fields, *e.removed))
        for m in schema.modules
        for e in m.entities
    }

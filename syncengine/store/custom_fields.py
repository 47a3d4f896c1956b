"""Custom fields in the database: their columns, and what may become of a field once it is there.

The set is kept beside the data, so that a configuration that was lost, copied or edited by mistake
is refused before any value is read as something that it is not.
"""

from __future__ import annotations

import json

import alembic.operations
import alembic.runtime.migration
import sqlalchemy as sa

from syncengine.model.custom import invalid, is_custom, widens
from syncengine.model.entity import Entity, Field
from syncengine.model.manifest import Schema
from syncengine.model.schema_data import type_data, type_from_data
from syncengine.store import tables as t
from syncengine.store.database import upsert
from syncengine.store.entity_tables import whole_tables


def install(connection: sa.Connection, schema: Schema) -> None:
    """Make the columns of new custom fields, and note all of them; InvalidField when one is not
    what it was. Columns of removed ones stay as they are.
    """
    for row in connection.execute(sa.select(t.custom_field)):
        entity = schema.by_tag.get(row.tag)
        if entity is not None:
            _check(entity, row)
    tables = whole_tables(schema)
    context = alembic.runtime.migration.MigrationContext.configure(connection)
    operations = alembic.operations.Operations(context)
    for tag, entity in schema.by_tag.items():
        custom = [f for f in (*entity.fields, *entity.removed) if is_custom(f)]
        if custom:
            _add_columns(operations, tables[entity.name], custom)
        rows = [
            {
                "tag": tag,
                "number": field.number,
                "name": field.name,
                "type": json.dumps(type_data(field.type)),
                "removed": field.number not in entity.by_number,
            }
            for field in custom
        ]
        upsert(connection, t.custom_field, rows)


def _check(entity: Entity, row: sa.Row[tuple[int, int, str, str, bool]]) -> None:
    """InvalidField unless the declared field is the installed one, grown at most."""
    kind = type_from_data(json.loads(row.type))
    field = entity.known(row.number)
    if field is None:
        installed = Field(row.number, row.name, kind)
        reason = "it is installed and must stay declared; to take it away, set removed = true"
        raise invalid(entity.name, installed, reason)
    if field.name != row.name:
        raise invalid(
            entity.name, field, f"its number belongs to {row.name} and is never used again"
        )
    if row.removed and row.number in entity.by_number:
        # Devices hold what they had and would miss what happened since: no row has changed.
        reason = "it was removed and cannot come back: declare a new one, with another name"
        raise invalid(entity.name, field, reason)
    if not widens(kind, field.type):
        raise invalid(entity.name, field, f"it is installed as {kind} and may only become wider")


def _add_columns(
    operations: alembic.operations.Operations, table: sa.Table, custom: list[Field]
) -> None:
    connection = operations.get_bind()
    present = {column["name"] for column in sa.inspect(connection).get_columns(table.name)}
    missing = {field.name for field in custom} - present
    for field in custom:
        if field.name in missing:
            operations.add_column(table.name, sa.Column(field.name, table.c[field.name].type))
    for index in table.indexes:
        if missing.intersection(index.columns.keys()):
            index.create(connection)

"""When the schema changes: columns take their fields' names, packed records the new positions.

Tables have named columns and grow by themselves; a field is known by its number, so a column goes
with it to another name. What is kept packed, the images under own edits
and what is staged aside, has its values by position, and a field that comes in front of others or
goes away shifts those behind it.
"""

from __future__ import annotations

from collections.abc import Mapping

import apsw

from device_sdk.database import fetch
from device_sdk.layout import Layout
from device_sdk.overlay import pack_record, unpack_record
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored

PACKED = (("shadow", "id"), ("staged", "n"))  # tables with a packed `record`, and their key


def carry_over(
    db: apsw.Connection, before: Mapping[int, Layout], after: Mapping[int, Layout]
) -> None:
    """Bring the tables and all packed records from one schema to the other, in the caller's
    transaction.
    """
    _rename_columns(db, before, after)
    for layout in after.values():
        layout.create(db)
    _repack(db, before, after)


def _rename_columns(
    db: apsw.Connection, before: Mapping[int, Layout], after: Mapping[int, Layout]
) -> None:
    """Call the columns as the fields are called now; drops the views, which are made anew."""
    for layout in before.values():
        db.execute(f'DROP VIEW IF EXISTS "{layout.entity.name}"')
    for tag in before.keys() & after.keys():
        names = {f.number: f.name for f in after[tag].entity.fields}
        moved = [
            (field.name, names[field.number])
            for field in before[tag].entity.fields
            if names.get(field.number, field.name) != field.name
        ]
        aside = [f"~{new}" for _, new in moved]  # so that names may be exchanged
        for column, name in [
            *((old, out) for (old, _), out in zip(moved, aside, strict=True)),
            *((out, new) for (_, new), out in zip(moved, aside, strict=True)),
        ]:
            db.execute(f'ALTER TABLE {before[tag].table} RENAME COLUMN "{column}" TO "{name}"')


def _repack(db: apsw.Connection, before: Mapping[int, Layout], after: Mapping[int, Layout]) -> None:
    """Bring all packed records from one schema's positions to the other's."""
    for tag in before.keys() & after.keys():
        old, new = before[tag].entity, after[tag].entity
        if _numbers(new)[: len(old.fields)] == _numbers(old):
            continue  # a shorter record is read as empty at its end
        for table, key in PACKED:
            found = fetch(
                db, f"SELECT {key}, record FROM {table} WHERE tag=? AND record IS NOT NULL", (tag,)
            )
            db.executemany(
                f"UPDATE {table} SET record=? WHERE tag=? AND {key}=?",
                [
                    (pack_record(_moved(old, new, unpack_record(packed))), tag, name)
                    for name, packed in found
                ],
            )


def _numbers(entity: Entity) -> list[int]:
    return [f.number for f in entity.fields]


def _moved(old: Entity, new: Entity, record: list[Stored]) -> list[Stored]:
    """[version, id, values by position...] with each value at its field's new place."""
    version, row_id, *values = record
    by_number = dict(zip(_numbers(old), values, strict=False))  # it may be shorter
    return [version, row_id, *(by_number.get(number) for number in _numbers(new))]

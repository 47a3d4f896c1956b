"""Tables and views for the entities of a schema: the device needs no code of their modules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import apsw

from syncengine.model.conditions import referred_entity
from syncengine.model.entity import Entity
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Decimal,
    FieldType,
    Integer,
    Reference,
    Stored,
    Timestamp,
)
from syncengine.model.manifest import Schema
from syncengine.model.terms import Follows

Record = Sequence[Stored]  # [version, id, stored values by position...]
STAGED = "(SELECT generation+1 FROM published)"  # the generation of rows that do not show yet
OVER = "(SELECT id FROM bucket WHERE hide_at<=device_time())"  # buckets that time alone hides


def _affinity(kind: FieldType) -> str:
    if isinstance(kind, Integer | Decimal | Timestamp | Bool):
        return "INTEGER"
    return "BLOB" if isinstance(kind, Reference | BlobReference) else "TEXT"


def _shows(table: str, tag: int) -> str:
    """SQL: of a row of an entity's table, whether it is published and its time is not over."""
    return (
        f"{table}.generation<=(SELECT generation FROM published)"
        f" AND ({table}.bucket NOT IN {OVER} OR EXISTS (SELECT 1 FROM held"
        f" WHERE held.tag={tag} AND held.id={table}.id AND held.bucket NOT IN {OVER}))"
    )


def _in_time(schema: Schema, entity: Entity, row: str) -> str:
    """SQL: whether the window of a row of an entity contains now, and those of the rows that it
    comes with; empty where there is no window.
    """
    said = ""
    if entity.window is not None:
        starts, ends = (f'{row}."{name}"' for name in (entity.window.starts, entity.window.ends))
        said = (
            f" AND ({starts} IS NULL OR {starts}<=device_time())"
            f" AND ({ends} IS NULL OR {ends}>device_time())"
        )
    follows = [term for term in entity.terms if isinstance(term, Follows)]
    if len(follows) == 1 == len(entity.terms):  # what comes in no other way hides with it, too
        followed = schema.entities[referred_entity(entity, follows[0].field)]
        above = f"{row}_"
        with_it = _in_time(schema, followed, above)
        if with_it:
            said += (
                f" AND EXISTS (SELECT 1 FROM row_{followed.name} {above}"
                f' WHERE {above}.id={row}."{follows[0].field}"{with_it})'
            )
    return said


class Layout:
    """One entity's table `row_<name>` and its view `<name>`.

    The view has `id` and the fields in stored form, of the rows that are published and held through
    a bucket whose time is not over by the device's clock (rows.py), while their own window lasts by
    that clock. version is the server's, 0 for
    an own new row. generation: published with that number. bucket: the usual single bucket that
    holds the row, 0 for none.
    """

    def __init__(
        self,
        tag: int,
        entity: Entity,
        facets: Sequence[tuple[int, Entity, str]] = (),
        in_time: str = "",
    ) -> None:
        """facets: (tag, entity, its field that refers to a row here), joined by the view. in_time:
        SQL, what the view asks of rows' windows.
        """
        self.tag = tag
        self._facets = facets
        self._in_time = in_time
        self.entity = entity
        self.table = f"row_{entity.name}"
        self.fields = [f'"{f.name}"' for f in entity.fields]

    @cached_property
    def stage(self) -> str:
        """Insert one record, unless the row is there in whatever form."""
        columns = ",".join(["version", "id", *self.fields])
        places = ",".join("?" * (len(self.fields) + 2))
        return (
            f"INSERT OR IGNORE INTO {self.table}({columns},generation,bucket)"
            f" VALUES({places},{{generation}},{{bucket}})"
        )

    @cached_property
    def put(self) -> str:
        """Insert or overwrite one record; then generation and bucket."""
        columns = ["version", "id", *self.fields, "generation", "bucket"]
        updates = ",".join(f"{c}=excluded.{c}" for c in columns if c != "id")
        return (
            f"INSERT INTO {self.table}({','.join(columns)}) VALUES({','.join('?' * len(columns))})"
            f" ON CONFLICT(id) DO UPDATE SET {updates}"
        )

    def fit(self, records: list[list[Stored]]) -> list[list[Stored]]:
        """Records padded or cut to this layout: the server may know fewer or more fields."""
        width = len(self.fields) + 2
        if set(map(len, records)) <= {width}:
            return records
        return [(record + [None] * (width - len(record)))[:width] for record in records]

    def read(self, connection: apsw.Connection, row_id: bytes) -> list[Stored] | None:
        """A row's record as it is in the table; None when it is only staged."""
        return self._read(connection, row_id, f"generation<>{STAGED}")

    def shown(self, connection: apsw.Connection, row_id: bytes) -> list[Stored] | None:
        """A row's record with own edits on it, whatever time hides; None when it is not there."""
        return self._read(connection, row_id, "generation<=(SELECT generation FROM published)")

    def _read(self, connection: apsw.Connection, row_id: bytes, where: str) -> list[Stored] | None:
        columns = ",".join(["version", "id", *self.fields])
        found = connection.execute(
            f"SELECT {columns} FROM {self.table} WHERE id=? AND {where}", (row_id,)
        ).fetchone()
        if found is None:
            return None
        record = list(found)
        for place, field in enumerate(self.entity.fields, 2):
            if isinstance(field.type, Bool) and record[place] is not None:
                record[place] = bool(record[place])
        return record

    def _joined(self) -> list[str]:
        """The fields of the facets, as columns: empty where the seat does not hold the facet."""
        return [
            f'(SELECT "{field.name}" FROM row_{facet.name} WHERE "{refers}"={self.table}.id'
            f' AND {_shows(f"row_{facet.name}", tag)} LIMIT 1) AS "{field.name}"'
            for tag, facet, refers in self._facets
            for field in facet.fields
            if field.name != refers and field.name not in self.entity.by_name
        ]

    def create(self, connection: apsw.Connection) -> None:
        """Make the table, or add the columns that it lacks; make the view anew."""
        kinds = [
            f"{c} {_affinity(f.type)}" for c, f in zip(self.fields, self.entity.fields, strict=True)
        ]
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {self.table}(id BLOB PRIMARY KEY, version INTEGER,"
            f" generation INTEGER, bucket INTEGER, {', '.join(kinds)})"
        )
        present = {row[1] for row in connection.execute(f"PRAGMA table_info({self.table})")}
        for column, kind in zip(self.fields, kinds, strict=True):
            if column.strip('"') not in present:
                connection.execute(f"ALTER TABLE {self.table} ADD COLUMN {kind}")
        connection.execute(f'DROP VIEW IF EXISTS "{self.entity.name}"')
        connection.execute(
            f'CREATE VIEW "{self.entity.name}" AS SELECT'
            f" {','.join(['id', *self.fields, *self._joined()])}"
            f" FROM {self.table} WHERE {_shows(self.table, self.tag)}{self._in_time}"
        )


def layouts(schema: Schema) -> dict[int, Layout]:
    """Tag -> layout."""
    return {
        tag: Layout(
            tag,
            entity,
            [(schema.tags[f.name], f, field) for f, field in schema.facets(entity.name)],
            _in_time(schema, entity, f"row_{entity.name}"),
        )
        for tag, entity in schema.by_tag.items()
    }

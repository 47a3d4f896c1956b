"""The order of a list, by the language where it is by a text, and what comes after a row in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Stored, Text
from syncengine.store.texts import by_language, sort_key

Shape = TypeVar("Shape", bound=tuple[object, ...])


@dataclass(frozen=True)
class Order:
    """field: whose values order the rows of the table; None: their ids, which are as old as they
    are. Rows without a value come last.
    """

    entity: Entity
    table: sa.Table
    dialect: str
    field: str | None
    descending: bool

    def of(self, statement: sa.Select[Shape]) -> sa.Select[Shape]:
        """The statement, in this order."""
        row_id = self.table.c.id
        if self.field is None:
            return statement.order_by(row_id.desc() if self.descending else row_id)
        if self.by_language:
            key = by_language(self.table.c[self.field], self.dialect)
            if self.descending:
                return statement.order_by(key.desc().nulls_last(), row_id.desc())
            return statement.order_by(key.nulls_last(), row_id)
        column = self.table.c[self.field]
        by = column.desc() if self.descending else column.asc()
        return statement.order_by(by.nulls_last(), row_id)

    def beyond(self, value: Stored, row: bytes) -> sa.ColumnElement[bool]:
        """What comes after the row with that value of the field and that id."""
        row_id = self.table.c.id
        if self.field is None:
            return row_id < row if self.descending else row_id > row
        column = self.table.c[self.field]
        if value is None:
            down = self.by_language and self.descending
            return sa.and_(column.is_(None), row_id < row if down else row_id > row)
        if self.by_language:
            assert isinstance(value, str)
            here = sa.tuple_(by_language(column, self.dialect), row_id)  # worked out once a row
            there = sa.tuple_(sa.literal(sort_key(value)), sa.literal(row, row_id.type))
            return sa.or_(here < there if self.descending else here > there, column.is_(None))
        last = sa.literal(value, column.type)
        further = column < last if self.descending else column > last
        same = sa.and_(column == last, row_id > row)
        return sa.or_(further, same, column.is_(None))

    @property
    def by_language(self) -> bool:
        """Texts are, but `number`: that is a key, and has an index as it is."""
        kind = self.entity.by_name[self.field].type if self.field else None
        return isinstance(kind, Text) and self.field != "number"

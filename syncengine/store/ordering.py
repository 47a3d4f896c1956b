"""The order of a list, by the language where it is by a text, and what comes after a row in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Enum, Stored, Text
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
        by_id = row_id.desc() if self.descending else row_id.asc()
        if self.field is None:
            return statement.order_by(by_id)
        by = self._by.desc() if self.descending else self._by.asc()
        return statement.order_by(by.nulls_last(), by_id)

    def beyond(self, value: Stored, row: bytes) -> sa.ColumnElement[bool]:
        """What comes after the row with that value of the field and that id."""
        row_id = self.table.c.id
        if self.field is None:
            return row_id < row if self.descending else row_id > row
        column, down = self.table.c[self.field], self.descending
        further_id = row_id < row if down else row_id > row
        if value is None:
            return sa.and_(column.is_(None), further_id)
        if self.by_language:
            assert isinstance(value, str)
            here = sa.tuple_(self._by, row_id)  # worked out once a row
            there = sa.tuple_(sa.literal(sort_key(value)), sa.literal(row, row_id.type))
            return sa.or_(here < there if down else here > there, column.is_(None))
        last = sa.literal(value, column.type)
        further = self._by < last if down else self._by > last
        return sa.or_(further, sa.and_(column == last, further_id), column.is_(None))

    @property
    def _by(self) -> sa.ColumnElement[Any]:
        """What is compared: of choices their words, by code point as in the list index."""
        assert self.field is not None
        column, kind = self.table.c[self.field], self.entity.by_name[self.field].type
        if self.by_language:
            return by_language(column, self.dialect)
        is_word = isinstance(kind, Enum) and self.dialect == "postgresql"
        return sa.collate(column, "C") if is_word else column

    @property
    def by_language(self) -> bool:
        """Texts are, but `number`: that is a key, and has an index as it is."""
        kind = self.entity.by_name[self.field].type if self.field else None
        return isinstance(kind, Text) and self.field != "number"

"""Which rows a list has, and one page of them in their order.

Few rows are found first and sorted then. Many are read in their order until a page is full: by
number from its index, by anything else from the list index (`list_reading`), so that a page costs
its rows and not the table; so are all of them, for an export. Where they stand far apart in an
order that the database has by itself, it looks through all of them after all.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Field
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.database import among
from syncengine.store.list_index import key_of, short_texts
from syncengine.store.list_reading import IndexView, view
from syncengine.store.ordering import Order
from syncengine.store.store import Store
from syncengine.store.texts import key_contains, sort_key

FEW = 2_000  # rows that are found before they are sorted
FEW_HITS = 10_000  # the same of what the index finds
FAR = 2_500  # rows of the index that are looked at for a page in an order that is no language's
STREAM = 1_000  # rows in memory at once, of all
Row = sa.Row[tuple[Any, ...]]


class _TooFar(Exception):
    """The rows of a page stand far apart in their order."""


@dataclass(frozen=True)
class Wanted:
    """Of one entity. search: in every short text. filters: by field, equal to a stored value; None:
    empty. held_by: (entity, field); only rows that such a row refers to. order: a field that can be
    sorted by; None: the order of coming in. within: only rows in one of these buckets; None:
    wherever they are. topmost: a field that refers to the entity's own rows; only rows where it
    refers to none that the user may view.
    """

    entity: str
    search: str = ""
    filters: tuple[tuple[str, Stored], ...] = ()
    held_by: tuple[str, str] | None = None
    order: str | None = None
    descending: bool = False
    within: Sequence[int] | None = None
    topmost: str | None = None


class Selection:
    """What is wanted, for a user, in a connection's snapshot."""

    def __init__(
        self, connection: sa.Connection, store: Store, rights: Rights, wanted: Wanted
    ) -> None:
        self._connection = connection
        self._store = store
        self._rights = rights
        self._wanted = wanted
        self._entity = store.schema.entities[wanted.entity]
        self._table = store.tables[wanted.entity]
        self._dialect = store.engine.dialect.name
        self._key = sort_key(wanted.search)
        self._order = Order(
            self._entity, self._table, self._dialect, wanted.order, wanted.descending
        )

    def in_order(self) -> Iterator[Row]:
        """All rows; a bounded number of them is in memory at a time."""
        index = self._index_in_order
        if index is not None:
            yield from self._walked(index, None, None)
            return
        statement = self._order.of(self._met()).execution_options(yield_per=STREAM)
        with self._connection.execute(statement) as rows:
            yield from rows

    def page(self, limit: int, after: tuple[Stored, bytes] | None) -> Sequence[Row]:
        """So many rows, those that come after the row with that value of the order's field and
        that id.
        """
        index = self._index_in_order
        if index is not None:
            with suppress(_TooFar):
                return list(islice(self._walked(index, limit, after), limit))
        statement = self._order.of(self._met())
        if after is not None:
            statement = statement.where(self._order.beyond(*after))
        return self._connection.execute(statement.limit(limit)).all()

    def count(self, most: int) -> int:
        """How many rows there are; so many at most."""
        if self._index is not None and self._is_for_search_alone():
            found, fresh = self._index.count(self._key, most), self._index.fresh
            if fresh:
                found += self._count(self._met().where(self._table.c.id.in_(fresh)), most)
            return min(found, most)
        return self._count(self._met(), most)

    def _count(self, statement: sa.Select[tuple[Any, ...]], most: int) -> int:
        some = statement.with_only_columns(self._table.c.id).limit(most).subquery()
        return self._connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0

    @cached_property
    def _index(self) -> IndexView | None:
        return view(self._connection, self._store, self._entity)

    @cached_property
    def _hits(self) -> Sequence[bytes] | sa.Select[bytes] | None:
        """What the index finds, where it is so little that it is better found first: the rows, or
        how they are found.
        """
        index, key = self._index, self._key
        if not self._wanted.search or not self._is_findable or index is None:
            return None
        ids = list(self._connection.scalars(index.hits(key).limit(FEW + 1)))
        if len(ids) <= FEW:
            return ids
        return index.hits(key) if index.count(key, FEW_HITS + 1) <= FEW_HITS else None

    @property
    def _index_in_order(self) -> IndexView | None:
        """The index, where it has the order that is wanted and the rows are many."""
        index = self._index if self._order.field not in (None, "number") else None
        return None if index is None or self._is_of_few() else index

    @property
    def _is_findable(self) -> bool:
        """Nothing is, by signs that nobody types: in the index they stand between texts."""
        return all(letter >= " " for letter in self._key)

    def _is_for_search_alone(self) -> bool:
        return bool(self._wanted.search) and self._is_findable and not self._is_restricted()

    def _is_restricted(self) -> bool:
        """By anything but a search."""
        w = self._wanted
        further = bool(w.filters) or w.held_by is not None or w.topmost is not None
        return further or w.within is not None or self._rights.limit is not None

    def _is_of_few(self) -> bool:
        """Whether so few rows are wanted that they are better found first."""
        if self._hits is not None or not self._is_findable:
            return True
        return self._is_restricted() and self._count(self._met(), FEW + 1) <= FEW

    def _walked(
        self, index: IndexView, limit: int | None, after: tuple[Stored, bytes] | None
    ) -> Iterator[Row]:
        """From the index, with the fresh rows between; of these no more than the limit. _TooFar:
        with a limit only.
        """
        most = FAR if limit is not None and not self._order.by_language else None
        rows = self._of_index(index, after, most)
        if not index.fresh:
            return rows
        fresh = self._order.of(self._met().where(self._table.c.id.in_(index.fresh)))
        if after is not None:
            fresh = fresh.where(self._order.beyond(*after))
        between = self._connection.execute(fresh.limit(limit)).all()
        return heapq.merge(rows, between, key=self._place_of, reverse=self._order.descending)

    def _of_index(
        self, index: IndexView, after: tuple[Stored, bytes] | None, most: int | None
    ) -> Iterator[Row]:
        """The rows that the index has as they are, some read at a time. _TooFar: beyond so many."""
        field, met, row_id = self._ordered_by, self._met(), self._table.c.id
        place, looked_at = None, 0
        if after is not None:
            place = (after[0] is None, key_of(field, after[0]) or "", after[1])
        for ids in index.in_order(field.number, self._order.descending, place):
            looked_at += len(ids)
            if most is not None and looked_at > most:
                raise _TooFar
            found = self._connection.execute(met.where(row_id.in_(ids)))
            by_id = {row._mapping["id"]: row for row in found}
            yield from (by_id[one] for one in ids if one in by_id)

    def _place_of(self, row: Row) -> tuple[bool, str, bytes]:
        """Rows without a value come last, in both directions."""
        key = key_of(self._ordered_by, row._mapping[self._ordered_by.name])
        return (key is None) != self._order.descending, key or "", row._mapping["id"]

    @property
    def _ordered_by(self) -> Field:
        assert self._order.field is not None
        return self._entity.by_name[self._order.field]

    def _met(self) -> sa.Select[tuple[Any, ...]]:
        """The rows, in no order."""
        store, table, wanted = self._store, self._table, self._wanted
        allowed = shown_to(self._rights, store.schema, store.tables, wanted.entity)
        statement = sa.select(table).where(allowed)
        for name, value in wanted.filters:
            column = table.c[name]
            statement = statement.where(column.is_(None) if value is None else column == value)
        if wanted.held_by is not None:
            held_by, field = wanted.held_by
            other = store.tables[held_by]
            statement = statement.where(sa.exists().where(other.c[field] == table.c.id))
        if wanted.topmost is not None:
            above = table.c[wanted.topmost]
            shown = sa.select(table.c.id).where(allowed).correlate(None)
            is_hidden = sa.false() if self._rights.limit is None else above.not_in(shown)
            statement = statement.where(sa.or_(above.is_(None), is_hidden))
        if wanted.within is not None:
            m, tag = t.membership.c, store.schema.tags[wanted.entity]
            present = m.tag == tag, m.gone.is_(False), among(m.bucket, wanted.within)
            statement = statement.where(table.c.id.in_(sa.select(m.row_id).where(*present)))
        return statement.where(self._searched()) if wanted.search else statement

    def _searched(self) -> sa.ColumnElement[bool]:
        """Whether a short text of the row contains what is searched."""
        texts = [self._table.c[field.name] for field in short_texts(self._entity)]
        if not texts or not self._is_findable:
            return sa.false()
        here = sa.or_(*(key_contains(text, self._dialect, self._key) for text in texts))
        index, row_id = self._index, self._table.c.id
        if index is None:
            return here
        if self._hits is not None:
            found = row_id.in_(self._hits)
            return sa.or_(found, sa.and_(row_id.in_(index.fresh), here)) if index.fresh else found
        there = index.containing(row_id, self._key)
        return sa.case((row_id.in_(index.fresh), here), else_=there) if index.fresh else there

"""Reading the list index, and which rows changed since."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.list_index import fields_of
from syncengine.store.list_tables import GRAMS, TERMS, list_index, list_key, list_text
from syncengine.store.store import Store
from syncengine.store.texts import contains, literally

FRESH = 2_000  # changes since the index; with more of them lists do without it
GRAM = 3  # letters
NOWHERE = GRAM * "\x1e"  # no text has this: it stands for what is empty, which stands alone
GRAMS_OF_FEW = 300  # that begin with what is searched, where it is shorter than a gram
CHUNKS = (100, 400, 1_000)  # rows read in their order at once: the first, the second, all others
_i, _k, _x, _o = list_index.c, list_key.c, list_text.c, t.operation.c
Place = tuple[bool, str, bytes]  # of a row in a sorted list: whether it is empty there, key, id


@dataclass(frozen=True)
class IndexView:
    """The index of one kind of row in a connection's snapshot. fresh: rows that changed since it
    was made, of which it may say anything.
    """

    connection: sa.Connection
    tag: int
    fresh: frozenset[bytes]

    def hits(self, key: str) -> sa.Select[bytes]:
        """The ids of rows, but the fresh ones, of which a short text contains the key."""
        dialect, wanted = self.connection.dialect.name, sa.select(_x.row_id)
        if self.fresh:
            wanted = wanted.where(_x.row_id.not_in(self.fresh))
        # The sum keeps both databases from going through a whole kind of row beside its grams.
        of_kind = _x.tag + 0 == self.tag
        if dialect != "sqlite":
            return wanted.where(of_kind, _x.text.like(f"%{literally(key)}%", escape="\\"))
        wanted = wanted.where(contains(_x.text, dialect, key))
        grams = _grams(self.connection, key)
        if grams is None:
            return wanted.where(_x.tag == self.tag)
        index = sa.table(GRAMS, sa.column("rowid", sa.Integer))
        match = sa.literal_column(GRAMS).op("MATCH", is_comparison=True)(grams)
        return wanted.where(of_kind, match).join_from(index, list_text, index.c.rowid == _x.place)

    def count(self, key: str, most: int) -> int:
        """How many these are; so many at most."""
        some = self.hits(key).limit(most).subquery()
        return self.connection.scalar(sa.select(sa.func.count()).select_from(some)) or 0

    def containing(self, row_id: sa.ColumnElement[bytes], key: str) -> sa.ColumnElement[bool]:
        """Whether a row does."""
        dialect = self.connection.dialect.name
        # One row at a time: PostgreSQL would look through all texts first to join them.
        here = sa.select(contains(_x.text, dialect, key))
        here = here.where(_x.tag == self.tag, _x.row_id == row_id)
        return sa.func.coalesce(here.scalar_subquery(), sa.false())

    def in_order(self, field: int, descending: bool, after: Place | None) -> Iterator[list[bytes]]:
        """The ids of rows, but the fresh ones, in the order of a field; some at a time."""
        row = sa.tuple_(_k.key, _k.row_id)
        for empty in (False, True):
            begin = None
            if after is not None:
                if after[0] and not empty:
                    continue
                begin = after[1:] if after[0] == empty else None
            wanted = sa.select(_k.key, _k.row_id).where(
                _k.tag == self.tag, _k.field == field, _k.empty.is_(empty)
            )
            order = [_k.key.desc(), _k.row_id.desc()] if descending else [_k.key, _k.row_id]
            step = 0
            while True:
                size = CHUNKS[min(step, len(CHUNKS) - 1)]
                some = wanted
                if begin is not None:
                    there = sa.tuple_(sa.literal(begin[0]), sa.literal(begin[1], _k.row_id.type))
                    some = some.where(row < there if descending else row > there)
                rows = self.connection.execute(some.order_by(*order).limit(size)).all()
                yield [row_id for _, row_id in rows if row_id not in self.fresh]
                if len(rows) < size:
                    break
                begin, step = (rows[-1].key, rows[-1].row_id), step + 1


def view(connection: sa.Connection, store: Store, entity: Entity) -> IndexView | None:
    """The index of a kind of row; None where it is not whole, or too much changed since."""
    tag = store.schema.tags[entity.name]
    line = connection.execute(sa.select(list_index).where(_i.tag == tag)).first()
    if line is None or line.fields != fields_of(entity) or line.place is not None:
        return None
    if line.version < clocks.read(connection).begins:
        return None
    since = sa.select(_o.tag, _o.row_id).where(_o.version > line.version)
    changed = connection.execute(since.order_by(_o.version).limit(FRESH + 1)).all()
    if len(changed) > FRESH:
        return None
    fresh = frozenset(row_id for other, row_id in changed if other == tag)
    return IndexView(connection, tag, fresh)


def _grams(connection: sa.Connection, key: str) -> str | None:
    """What SQLite's full-text index has to have of a row; None where the index is of no use."""
    if len(key) >= GRAM:
        found = dict.fromkeys(key[n : n + GRAM] for n in range(len(key) - GRAM + 1))
        return " AND ".join(map(_quoted, found))
    terms = sa.table(TERMS, sa.column("term", sa.Text))
    beginning = terms.c.term >= key, terms.c.term < f"{key}\U0010ffff"
    some = sa.select(terms.c.term).where(*beginning).limit(GRAMS_OF_FEW + 1)
    grams = list(connection.scalars(some))
    if len(grams) > GRAMS_OF_FEW:
        return None
    return " OR ".join(map(_quoted, grams)) or _quoted(NOWHERE)


def _quoted(gram: str) -> str:
    return '"' + gram.replace('"', '""') + '"'

"""The list index: the keys of the short texts of every row, to search in and to sort by, and those
of its numbers, days and choices, to sort by.

It is kept behind the commits, not in them: a job reads from the history which rows changed and puts
these in, some at a time. Whoever reads it (`list_reading`) looks at the rows that changed since by
themselves, so that a list is always right, and a commit costs nothing more. Wherever the index
does not fit (fields that came or went, a history that begins later, another `sort_key`), it is
cleared away and made anew, kind by kind; until it is whole, lists do without.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import (
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Stored,
    Text,
    Timestamp,
)
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading, upsert, writing
from syncengine.store.list_tables import list_index, list_key, list_text
from syncengine.store.store import Store
from syncengine.store.texts import sort_key

SHORT = 200  # characters: longer texts are neither looked through nor sorted by
ROWS = 200  # put in by one transaction; about as many are cleared away
KEYS = 1  # raised when `key_of` gives other keys: every index is then made anew
PLAIN = (Integer, Decimal, Date, Timestamp, Bool, Enum)  # that are sorted by, and not searched
LEAST = -(2**63)  # of what is stored as a number
_BETWEEN, _EMPTY = "\x1f", "\x1e"
_ESCAPED = {0x1D: "\x1d\x01", 0x1E: "\x1d\x02", 0x1F: "\x1d\x03"}
_i, _k, _x, _o = list_index.c, list_key.c, list_text.c, t.operation.c
Keys = tuple[str | None, ...]
Texts = tuple[str, str]  # the joined keys of a row's short texts, and of its plain fields


def short_texts(entity: Entity) -> list[Field]:
    """The fields that are searched, in order."""
    return [f for f in entity.fields if isinstance(f.type, Text) and f.type.limit <= SHORT]


def plain_fields(entity: Entity) -> list[Field]:
    """The fields that are only sorted by, in order."""
    return [f for f in entity.fields if isinstance(f.type, PLAIN)]


def fields_of(entity: Entity) -> str:
    """What the index of a kind of row is made of, as its line says it."""
    kinds = short_texts(entity), plain_fields(entity)
    numbers = (",".join(str(field.number) for field in fields) for fields in kinds)
    return f"{KEYS}:{';'.join(numbers)}"


def key_of(field: Field, value: Stored) -> str | None:
    """What a value is searched and sorted by."""
    if value is None or isinstance(value, bytes):
        return None
    if isinstance(value, str):
        return sort_key(value) if isinstance(field.type, Text) else value
    return f"{value - LEAST:016x}"


def joined(keys: Keys) -> str:
    """Keys as one text in which each is found; `parted` takes it apart. Two signs stand at the end,
    so that there are three from every letter on.
    """
    if not keys:
        return ""
    told = (_EMPTY if key is None else key.translate(_ESCAPED) for key in keys)
    return _BETWEEN.join(told) + 2 * _BETWEEN


def parted(text: str) -> Keys:
    """The keys that were joined."""
    if not text:
        return ()
    return tuple(_key(part) for part in text[:-2].split(_BETWEEN))


def _key(part: str) -> str | None:
    if part == _EMPTY:
        return None
    for point, escaped in reversed(_ESCAPED.items()):  # the sign that escapes comes last
        part = part.replace(escaped, chr(point))
    return part


def texts_of(entity: Entity, row: sa.RowMapping) -> Texts:
    """What the index has of a row."""

    def text(fields: list[Field]) -> str:
        return joined(tuple(key_of(field, row[field.name]) for field in fields))

    return text(short_texts(entity)), text(plain_fields(entity))


@dataclass(frozen=True)
class _Line:
    """Where the index of a kind of row stands."""

    tag: int
    entity: Entity
    fields: str
    version: int
    position: int
    place: bytes | None


class ListIndex:
    """Puts in what changed; any process may, one at a time."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def catch_up(self, batches: int) -> int:
        """In at most so many transactions; how many were needed."""
        for done in range(batches):
            if self._is_done():
                return done
            with writing(self._store.engine) as connection:
                self._step(connection)
        return batches

    def _is_done(self) -> bool:
        """Looked at without the right to write: mostly there is nothing to do."""
        with reading(self._store.engine) as connection:
            lines = self._lines(connection)
            now = clocks.read(connection).version
        return all(
            line.fields == fields_of(line.entity) and line.place is None and line.version == now
            for line in lines
        )

    def _lines(self, connection: sa.Connection, lock: bool = False) -> list[_Line]:
        """Of every kind of row that is sorted by something. lock: nobody else goes on meanwhile."""
        wanted = sa.select(list_index).order_by(_i.tag)
        rows = connection.execute(wanted.with_for_update() if lock else wanted).all()
        known = {row.tag: row for row in rows}
        at = max(((row.version, row.position) for row in rows), default=None)
        version, position = at or (clocks.read(connection).version, -1)
        found = []
        for tag, entity in sorted(self._store.schema.by_tag.items()):
            if short_texts(entity) or plain_fields(entity):
                row = known.get(tag)
                fields, place = (row.fields, row.place) if row else ("", b"")
                found.append(_Line(tag, entity, fields, version, position, place))
        return found

    def _step(self, connection: sa.Connection) -> None:
        """The first that has something to do: the changes, then one kind of row."""
        lines = self._lines(connection, lock=True)
        if not lines:
            return
        clock = clocks.read(connection)
        clock.require(self._store.schema)
        if lines[0].version < clock.begins:  # what changed is on record no more
            lines = [_Line(x.tag, x.entity, "", clock.version, -1, b"") for x in lines]
            upsert(connection, list_index, [_kept(line) for line in lines])
        elif lines[0].version < clock.version:
            self._changes(connection, lines, clock.version)
            return
        for line in lines:
            if line.fields != fields_of(line.entity):
                if not _cleared(connection, line.tag):
                    begun = replace(line, fields=fields_of(line.entity), place=b"")
                    upsert(connection, list_index, [_kept(begun)])
                return
            if line.place is not None:
                self._go_on(connection, line)
                return

    def _changes(self, connection: sa.Connection, lines: list[_Line], until: int) -> None:
        """The next changes up to a version; of a large changeset some at a time."""
        begin = sa.tuple_(sa.literal(lines[0].version + 1), sa.literal(lines[0].position))
        rows = connection.execute(
            sa.select(_o.version, _o.position, _o.tag, _o.row_id)
            .where(sa.tuple_(_o.version, _o.position) > begin, _o.version <= until)
            .order_by(_o.version, _o.position)
            .limit(ROWS)
        ).all()
        position = -1
        if len(rows) == ROWS:
            until, position = rows[-1].version - 1, rows[-1].position
        for line in lines:
            if line.fields == fields_of(line.entity):
                ids = sorted({row.row_id for row in rows if row.tag == line.tag})
                self._put(connection, line, ids)
        here = {"version": until, "position": position}
        upsert(connection, list_index, [_kept(line) | here for line in lines])

    def _go_on(self, connection: sa.Connection, line: _Line) -> None:
        """The next rows of one that is being made."""
        assert line.place is not None
        c = self._store.tables[line.entity.name].c
        wanted = sa.select(c.id).where(c.id > line.place).order_by(c.id).limit(ROWS)
        ids = list(connection.scalars(wanted))
        self._put(connection, line, ids)
        place = ids[-1] if len(ids) == ROWS else None
        connection.execute(sa.update(list_index).where(_i.tag == line.tag).values(place=place))

    def _put(self, connection: sa.Connection, line: _Line, ids: Sequence[bytes]) -> None:
        """Have the index say what rows say now; at most ROWS of them."""
        entity, tag = line.entity, line.tag
        table = self._store.tables[entity.name]
        rows = connection.execute(sa.select(table).where(table.c.id.in_(ids))).mappings()
        now = {row["id"]: texts_of(entity, row) for row in rows}
        there = sa.select(_x.row_id, _x.text, _x.plain).where(_x.tag == tag, _x.row_id.in_(ids))
        before = {row_id: (text, plain) for row_id, text, plain in connection.execute(there)}
        other = [row_id for row_id in ids if now.get(row_id) != before.get(row_id)]
        gone = {key for i in other for key in _key_rows(line, i, before.get(i))}
        come = {key for i in other for key in _key_rows(line, i, now.get(i))}
        _write_keys(connection, gone - come, come - gone)
        _write_texts(connection, tag, other, before, now)


_KeyRow = tuple[int, int, bool, str, bytes]


def _key_rows(line: _Line, row_id: bytes, texts: Texts | None) -> list[_KeyRow]:
    """The lines of `list_key` that a row with these texts has."""
    if texts is None:
        return []
    fields = short_texts(line.entity) + plain_fields(line.entity)
    keys = parted(texts[0]) + parted(texts[1])
    return [
        (line.tag, field.number, key is None, key or "", row_id)
        for field, key in zip(fields, keys, strict=True)
    ]


def _write_keys(connection: sa.Connection, gone: set[_KeyRow], come: set[_KeyRow]) -> None:
    names = [column.name for column in list_key.c]
    if gone:
        same = (column == sa.bindparam(f"k_{column.name}") for column in list_key.c)
        prefixed = [f"k_{name}" for name in names]
        values = [dict(zip(prefixed, key, strict=True)) for key in sorted(gone)]
        connection.execute(sa.delete(list_key).where(*same), values)
    upsert(connection, list_key, [dict(zip(names, key, strict=True)) for key in sorted(come)])


def _write_texts(
    connection: sa.Connection,
    tag: int,
    ids: Sequence[bytes],
    before: dict[bytes, Texts],
    now: dict[bytes, Texts],
) -> None:
    here = _x.tag == tag, _x.row_id == sa.bindparam("k_row")
    both = [i for i in ids if i in now and i in before]
    texts = [{"k_row": i, "text": now[i][0]} for i in both if now[i][0] != before[i][0]]
    plain = [{"k_row": i, "plain": now[i][1]} for i in both if now[i][1] != before[i][1]]
    gone = [{"k_row": i} for i in ids if i not in now]
    come = [
        {"tag": tag, "row_id": i, "text": now[i][0], "plain": now[i][1]}
        for i in ids
        if i in now and i not in before
    ]
    for changed in (texts, plain):  # what is searched is not made anew for a number
        if changed:
            connection.execute(sa.update(list_text).where(*here), changed)
    if gone:
        connection.execute(sa.delete(list_text).where(*here), gone)
    if come:
        connection.execute(sa.insert(list_text), come)


def _cleared(connection: sa.Connection, tag: int) -> bool:
    """Clear some of a kind of row away; whether there was something left."""
    columns = sa.tuple_(*list_key.c)
    some = sa.select(*list_key.c).where(_k.tag == tag).limit(10 * ROWS)
    keys = connection.execute(sa.delete(list_key).where(columns.in_(some))).rowcount
    texts = sa.select(_x.place).where(_x.tag == tag).limit(ROWS)
    rows = connection.execute(sa.delete(list_text).where(_x.place.in_(texts))).rowcount
    return keys + rows > 0


def _kept(line: _Line) -> dict[str, Any]:
    """The line as it is stored."""
    return {
        "tag": line.tag,
        "fields": line.fields,
        "version": line.version,
        "position": line.position,
        "place": line.place,
    }

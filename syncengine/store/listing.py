"""Lists of one entity's rows for a user of the office: searched, filtered, sorted, page by page.

Every read here goes through `shown_to`: what a user may not view is in no list, count or title.
A page begins after the last row of the one before (keyset), so that the hundredth costs what the
first does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store.accounts import shown_to
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.list_index import plain_fields, short_texts
from syncengine.store.selection import STREAM, Selection
from syncengine.store.selection import Wanted as Wanted
from syncengine.store.store import Store
from syncengine.store.working import batches

MAX_COUNT = 10_000  # a count stops there
TITLES: tuple[str, ...] = ("number", "full_name", "name", "login", "subject")


@dataclass(frozen=True)
class Listed:
    """One row; values in stored form by field name."""

    id: bytes
    version: int
    values: Mapping[str, Stored]


def sortable(entity: Entity) -> list[str]:
    """The fields that lists can be sorted by; not long texts: the place of a page would be longer
    than an address may be.
    """
    known = {field.number for field in (*short_texts(entity), *plain_fields(entity))}
    return [field.name for field in entity.fields if field.number in known]


def page(
    store: Store, rights: Rights, wanted: Wanted, limit: int, after: tuple[Stored, bytes] | None
) -> tuple[list[Listed], bool]:
    """(at most `limit` rows, whether there are more). after: value of the order's field and id of
    the row that the page comes after.
    """
    with reading(store.engine) as connection:
        rows = Selection(connection, store, rights, wanted).page(limit + 1, after)
    return [_listed(store, wanted.entity, row) for row in rows[:limit]], len(rows) > limit


def count(store: Store, rights: Rights, wanted: Wanted, most: int = MAX_COUNT) -> int:
    """How many rows there are; so many at most."""
    with reading(store.engine) as connection:
        return count_in(connection, store, rights, wanted, most)


def count_in(
    connection: sa.Connection, store: Store, rights: Rights, wanted: Wanted, most: int
) -> int:
    """What `count` gives, in the connection's snapshot."""
    return Selection(connection, store, rights, wanted).count(most)


def every(
    store: Store, connection: sa.Connection, rights: Rights, wanted: Wanted
) -> Iterator[list[Listed]]:
    """All rows in their order, some at a time, in the connection's snapshot."""
    found = Selection(connection, store, rights, wanted).in_order()
    while rows := list(islice(found, STREAM)):
        yield [_listed(store, wanted.entity, row) for row in rows]


def one(store: Store, rights: Rights, entity: str, row_id: bytes) -> Listed | None:
    """A row; None where there is none, or none that the user may view."""
    table = store.tables[entity]
    allowed = shown_to(rights, store.schema, store.tables, entity)
    with reading(store.engine) as connection:
        row = connection.execute(sa.select(table).where(table.c.id == row_id, allowed)).first()
    return None if row is None else _listed(store, entity, row)


def several(store: Store, rights: Rights, entity: str, ids: Iterable[bytes]) -> list[Listed]:
    """Those of the rows that the user may view, by id."""
    table, found = store.tables[entity], list[Listed]()
    allowed = shown_to(rights, store.schema, store.tables, entity)
    with reading(store.engine) as connection:
        for some in batches(sorted(set(ids)), KEYS_PER_STATEMENT):
            wanted = sa.select(table).where(table.c.id.in_(some), allowed).order_by(table.c.id)
            found += [_listed(store, entity, row) for row in connection.execute(wanted)]
    return found


def visible(store: Store, rights: Rights, entity: str, ids: Iterable[bytes]) -> set[bytes]:
    """Those of the rows that the user may view."""
    with reading(store.engine) as connection:
        return visible_in(connection, store, rights, entity, ids)


def visible_in(
    connection: sa.Connection, store: Store, rights: Rights, entity: str, ids: Iterable[bytes]
) -> set[bytes]:
    """What `visible` gives, in the connection's snapshot."""
    table, found = store.tables[entity], set[bytes]()
    allowed = shown_to(rights, store.schema, store.tables, entity)
    for some in batches(sorted(set(ids)), KEYS_PER_STATEMENT):
        wanted = sa.select(table.c.id).where(table.c.id.in_(some), allowed)
        found |= set(connection.scalars(wanted))
    return found


def numbered(store: Store, rights: Rights, entity: str, number: str) -> list[bytes]:
    """The rows with that number, two at most."""
    table = store.tables[entity]
    allowed = shown_to(rights, store.schema, store.tables, entity)
    wanted = sa.select(table.c.id).where(table.c.number == number, allowed).limit(2)
    with reading(store.engine) as connection:
        return list(connection.scalars(wanted))


def keyed(store: Store, rights: Rights, entity: str, keys: Iterable[str]) -> dict[str, list[bytes]]:
    """Key -> the rows that the user may view and that have it; a key that none has is not there."""
    table, declared = store.tables[entity], store.schema.entities[entity].key
    assert declared is not None
    column, found = table.c[declared], dict[str, list[bytes]]()
    allowed = shown_to(rights, store.schema, store.tables, entity)
    with reading(store.engine) as connection:
        for some in batches(sorted(set(keys)), KEYS_PER_STATEMENT):
            wanted = sa.select(column, table.c.id).where(column.in_(some), allowed)
            for key, row_id in connection.execute(wanted.order_by(table.c.id)):
                found.setdefault(key, []).append(row_id)
    return found


def titles(
    connection: sa.Connection, store: Store, rights: Rights, entity: str, ids: Iterable[Stored]
) -> dict[bytes, str]:
    """What rows are called: number, name or login, as far as they have these; the beginning of the
    id for one that has none, that is not there, or that the user may not view.
    """
    wanted = sorted({row_id for row_id in ids if isinstance(row_id, bytes)})
    table = store.tables[entity]
    columns = [table.c[n] for n in titled_by(store.schema.entities[entity])]
    found = {row_id: to_text(row_id)[:8] for row_id in wanted}
    allowed = shown_to(rights, store.schema, store.tables, entity)
    for some in batches(wanted, KEYS_PER_STATEMENT):
        wanted_rows = sa.select(table.c.id, *columns).where(table.c.id.in_(some), allowed)
        rows = connection.execute(wanted_rows)
        for row_id, *parts in rows:
            found[row_id] = " · ".join(str(part) for part in parts if part) or found[row_id]
    return found


def titled_by(entity: Entity) -> list[str]:
    """The fields that tell a person which row it is: two at most."""
    return [name for name in TITLES if name in entity.by_name][:2]


def reference_titles(
    store: Store, rights: Rights, entity: Entity, rows: Sequence[Listed]
) -> dict[tuple[str, bytes], str]:
    """(field, id referred to) -> what that row is called."""
    with reading(store.engine) as connection:
        return titles_in(connection, store, rights, entity, rows)


def titles_in(
    connection: sa.Connection,
    store: Store,
    rights: Rights,
    entity: Entity,
    rows: Sequence[Listed],
) -> dict[tuple[str, bytes], str]:
    """What `reference_titles` gives, in the connection's snapshot."""
    found: dict[tuple[str, bytes], str] = {}
    for place, kind in entity.references:
        name = entity.fields[place].name
        told = titles(connection, store, rights, kind.entity, [row.values[name] for row in rows])
        found |= {(name, row_id): title for row_id, title in told.items()}
    return found


def referring(
    store: Store, rights: Rights, entity: str, row_id: bytes
) -> list[tuple[str, str, int]]:
    """(entity, its field, how many rows) of what refers to a row and the user may view."""
    found = []
    for child, field in store.schema.referrers(entity):
        number = count(store, rights, Wanted(child.name, filters=((field, row_id),)))
        if number:
            found.append((child.name, field, number))
    return found


def _listed(store: Store, name: str, row: sa.Row[tuple[object, ...]]) -> Listed:
    values = row._mapping
    fields = store.schema.entities[name].fields
    return Listed(values["id"], values["version"], {f.name: values[f.name] for f in fields})


def referred_entity(entity: Entity, field: str) -> str | None:
    """The entity that a field refers to."""
    kind = entity.by_name[field].type
    return kind.entity if isinstance(kind, Reference) else None

"""What an export of a list has: its rows as the list shows them to a user, in its order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec
import sqlalchemy as sa

from server.export_rows import Column, Row
from syncengine.model.entity import Entity
from syncengine.model.fields import BlobReference, Reference, Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.limits import theirs
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

TITLED = (Reference, BlobReference)  # shown as text: what the row is called, or the hash
Line = list[Stored]  # stored values, a title in place of each id


def lines_of(
    connection: sa.Connection,
    store: Store,
    rights: Rights,
    wanted: Wanted,
    columns: Sequence[str],
) -> Iterator[list[Line]]:
    """The rows in the connection's snapshot, some at a time."""
    entity = store.schema.entities[wanted.entity]
    for rows in listing.every(store, connection, rights, wanted):
        titles = listing.titles_in(connection, store, rights, entity, rows)
        yield [[_told(name, row.values[name], titles) for name in columns] for row in rows]


def _told(name: str, stored: Stored, titles: dict[tuple[str, bytes], str]) -> Stored:
    return titles.get((name, stored), stored.hex()) if isinstance(stored, bytes) else stored


def loaded(columns: Sequence[Column], line: Line) -> Row:
    """The line as programs have it."""
    return [
        stored if stored is None or isinstance(kind, TITLED) else kind.load(stored)
        for (_, kind), stored in zip(columns, line, strict=True)
    ]


def columns_of(entity: Entity, columns: Sequence[str], head: Sequence[str]) -> list[Column]:
    """The columns of a file, under these heads."""
    kinds = [entity.by_name[name].type for name in columns]
    return [Column(*one) for one in zip(head, kinds, strict=True)]


def sight(
    connection: sa.Connection, store: Store, rights: Rights, entity: Entity, columns: Sequence[str]
) -> bytes:
    """Of a list with these columns, what `sight_of` tells."""
    kinds = [entity.by_name[column].type for column in columns]
    shown = {entity.name, *(kind.entity for kind in kinds if isinstance(kind, Reference))}
    return sight_of(connection, store, rights, shown)


def sight_of(
    connection: sa.Connection, store: Store, rights: Rights, entities: Iterable[str]
) -> bytes:
    """A hash of what decides which rows of these entities, and which titles, a user may see:
    another one, and an export of before is not theirs any more.
    """
    people, below = store.schema.people, list[bytes]()
    if rights.limit is not None:
        table = store.tables[people]
        own = theirs(store.schema, store.tables, rights.limit, people)
        below = sorted(connection.scalars(sa.select(table.c.id).where(own)))
    viewed = sorted(one for one in set(entities) if rights.may(Right.VIEW, one))
    said = msgspec.msgpack.encode((viewed, rights.limit, below))
    return hashlib.blake2b(said, digest_size=16).digest()

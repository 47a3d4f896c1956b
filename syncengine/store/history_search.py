"""Searching the history: by who, when, kind of row, field and value, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import tables as t
from syncengine.store.basis import unpack_fields
from syncengine.store.database import reading
from syncengine.store.history import HistoryEntry, entries_of_rows, readable
from syncengine.store.listing import visible_in
from syncengine.store.privacy import may_be_private
from syncengine.store.store import Store

READ_AT_ONCE = 1_000
MAX_LOOKED_AT = 2_000  # operations for one page of results: less than a tenth of a second

Place = tuple[int, int]  # version and position of an operation


@dataclass(frozen=True)
class Sought:
    """people, users: who did it, or for whom; empty: anybody. since, until: when it was received,
    in microseconds. value: in what a field had or got, as people read it, in any case of letters;
    or one of the stored `values`, as a row that is referred to. With a field, only that one.
    """

    people: frozenset[bytes] = frozenset()
    users: frozenset[bytes] = frozenset()
    since: int | None = None
    until: int | None = None
    entity: str | None = None
    field: str | None = None
    value: str = ""
    values: frozenset[Stored] = frozenset()


@dataclass(frozen=True)
class Results:
    """following: where the next page begins; None at the end. More were perhaps to be found where
    `entries` are few: a page looks at so many operations and no more.
    """

    entries: list[HistoryEntry]
    following: Place | None


def search(
    store: Store, rights: Rights, sought: Sought, limit: int, after: Place | None = None
) -> Results:
    """A page of what was done to rows that the user may view. Rows that are gone are seen by those
    without a limit only, and never where they could have been private.
    """
    found: list[Any] = []
    looked = 0
    with reading(store.engine) as connection:
        wanted = _wanted(store, rights, sought)
        while looked < MAX_LOOKED_AT:
            some = connection.execute(_beyond(wanted, after).limit(READ_AT_ONCE)).all()
            looked += len(some)
            seen = _seen(connection, store, rights, some)
            for row in some:
                after = (row.version, row.position)
                if (row.tag, row.row_id) in seen and _has(store, sought, row):
                    found.append(row)
                    if len(found) == limit:
                        return Results(entries_of_rows(store, connection, found), after)
            if len(some) < READ_AT_ONCE:
                after = None
                break
        return Results(entries_of_rows(store, connection, found), after)


def _wanted(store: Store, rights: Rights, sought: Sought) -> sa.Select[Any]:
    o, c, tags = t.operation.c, t.changeset.c, store.schema.tags
    names = tags if sought.entity is None else [sought.entity]
    allowed = [tags[name] for name in names if rights.may(Right.VIEW, name)]
    wanted = (
        sa.select(
            t.operation, c.received, c.device_time, c.source, c.person, c.label, c.office_user
        )
        .join(t.changeset, c.version == o.version)
        # By the newest, not by the index on kinds of rows, of which all would have to be sorted.
        # Wrapped like this, a planner takes neither that index nor the few for rare.
        .where(sa.func.coalesce(o.tag.in_(allowed), sa.false()))
        .order_by(o.version.desc(), o.position.desc())
    )
    if sought.people or sought.users:
        wanted = wanted.where(
            sa.or_(
                c.person.in_(sought.people),
                o.principal.in_(sought.people),
                c.office_user.in_(sought.users),
            )
        )
    if sought.since is not None:
        wanted = wanted.where(c.received >= sought.since)
    if sought.until is not None:
        wanted = wanted.where(c.received < sought.until)
    return wanted


def _beyond(wanted: sa.Select[Any], after: Place | None) -> sa.Select[Any]:
    if after is None:
        return wanted
    o = t.operation.c
    return wanted.where(sa.tuple_(o.version, o.position) < sa.tuple_(*after))


def _seen(
    connection: sa.Connection, store: Store, rights: Rights, rows: Sequence[Any]
) -> set[tuple[int, bytes]]:
    keys = {(row.tag, row.row_id) for row in rows}
    found: set[tuple[int, bytes]] = set()
    for tag in {tag for tag, _ in keys}:
        ids = {row_id for of, row_id in keys if of == tag}
        name = store.schema.by_tag[tag].name
        if rights.limit is not None or may_be_private(store.schema, name):
            ids = visible_in(connection, store, rights, name, ids)
        found |= {(tag, row_id) for row_id in ids}
    return found


def _has(store: Store, sought: Sought, row: Any) -> bool:  # noqa: ANN401
    """Whether an operation is about the field and has the value."""
    if sought.field is None and not sought.value:
        return True
    entity: Entity = store.schema.by_tag[row.tag]
    wanted = sought.value.casefold()
    for number, stored in _values(row):
        field = entity.known(number)
        if stored is None or field is None or sought.field not in (None, field.name):
            continue
        if not sought.value or stored in sought.values:
            return True
        if isinstance(field.type, Reference):
            continue  # nobody reads ids
        if wanted in str(readable(entity, number, stored)).casefold():
            return True
    return False


def _values(row: Any) -> Iterable[tuple[int, Stored]]:  # noqa: ANN401
    yield from unpack_fields(row.after).items()
    yield from unpack_fields(row.before).items()

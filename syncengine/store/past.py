"""The state at an earlier version: rows taken back through the history, laid out in a scratch
database where the engine's own code reads them.

It reaches as far back as the history is retained. What belongs to no operation is not taken back:
the rows' own versions, seats, and how far a large rule had come in moving its rows.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.model.errors import Advice, SyncError
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.fit import owner_of
from syncengine.model.manifest import Schema
from syncengine.model.terms import Carried, Reaches
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.basis import unpack_fields
from syncengine.store.database import KEYS_PER_STATEMENT, open_engine, reading, writing
from syncengine.store.grants import touches_grants
from syncengine.store.history import iso
from syncengine.store.layout import lay_out_row
from syncengine.store.lent import lists_rows
from syncengine.store.reach import ways
from syncengine.store.store import Store
from syncengine.store.working import Key, Values, batches

Rows = dict[int, dict[bytes, dict[str, Any]]]  # tag -> row id -> values by column


class OutOfReach(SyncError):
    """A version or instant that the history does not cover."""

    code = "version.unknown"
    advice = Advice.FIX


@dataclass(frozen=True)
class Moment:
    """A version, and the instant (microseconds) for which its grants are computed."""

    version: int
    instant: int


def moment(connection: sa.Connection, at: int | dt.datetime, now: int) -> Moment:
    """Of a version, with the instant at which it was received; or of an instant, with the last
    version received at or before it. OutOfReach where there is none, and for the future.

    An instant without a zone is of this machine's. Finding its version costs a walk over the
    changesets since.
    """
    c = t.changeset.c
    first, last = connection.scalar(sa.select(sa.func.min(c.version))), clocks.read(connection)
    if first is None:
        raise OutOfReach("The history has no version yet.")
    if isinstance(at, int):
        received = connection.scalar(sa.select(c.received).where(c.version == at))
        if received is None:
            raise OutOfReach(f"The history has the versions {first} to {last.version}.")
        return Moment(at, received)
    instant = (at.astimezone(dt.UTC) - EPOCH) // MICROSECOND
    if instant > now:
        raise OutOfReach(f"{iso(instant)} is still to come.")
    until = sa.select(c.version).where(c.received <= instant).order_by(c.version.desc()).limit(1)
    version = connection.scalar(until)
    if version is None:
        begun = connection.scalar(sa.select(c.received).where(c.version == first))
        raise OutOfReach(f"The history begins with version {first}, at {iso(begun or 0)}.")
    return Moment(version, instant)


def whole(connection: sa.Connection, store: Store, tags: Iterable[int], version: int) -> Rows:
    """All rows of these entities at a version: costs a reading of them and of their history
    since.
    """
    o = t.operation.c
    rows: Rows = {}
    for tag in tags:
        table = store.tables[store.schema.by_tag[tag].name]
        rows[tag] = _present(connection, sa.select(table))
    undo(connection, store.schema, rows, sa.and_(o.tag.in_(rows), o.version > version))
    return rows


def single(connection: sa.Connection, store: Store, keys: Iterable[Key], version: int) -> Rows:
    """These rows at a version, those that were there: costs a reading of their own history
    since.
    """
    o = t.operation.c
    by_tag: dict[int, list[bytes]] = {}
    for tag, row_id in keys:
        by_tag.setdefault(tag, []).append(row_id)
    rows: Rows = {tag: {} for tag in by_tag}
    for tag, row_ids in by_tag.items():
        table = store.tables[store.schema.by_tag[tag].name]
        for some in batches(row_ids, KEYS_PER_STATEMENT):
            rows[tag] |= _present(connection, sa.select(table).where(table.c.id.in_(some)))
            which = sa.and_(o.tag == tag, o.row_id.in_(some), o.version > version)
            undo(connection, store.schema, rows, which)
    return rows


def _present(connection: sa.Connection, wanted: sa.Select[Any]) -> dict[bytes, dict[str, Any]]:
    return {row["id"]: dict(row) for row in connection.execute(wanted).mappings()}


def undo(
    connection: sa.Connection, schema: Schema, rows: Rows, which: sa.ColumnElement[bool]
) -> None:
    """Take operations back, newest first."""
    o = t.operation.c
    wanted = sa.select(o.tag, o.row_id, o.action, o.before).where(which)
    for tag, row_id, action, before in connection.execute(
        wanted.order_by(o.version.desc(), o.position.desc())
    ):
        entity = schema.by_tag[tag]
        if action == Action.INSERT:
            rows[tag].pop(row_id, None)
            continue
        if action == Action.DELETE:
            empty = {field.name: None for field in entity.fields}
            rows[tag][row_id] = {"id": row_id, "version": 0, **empty}
        names = {
            entity.fields[entity.by_number[n]].name: v for n, v in unpack_fields(before).items()
        }
        rows[tag][row_id].update(names)


@contextmanager
def laid_out(store: Store, rows: Rows) -> Iterator[sa.Connection]:
    """A scratch database with these rows in their typed tables."""
    scratch = open_engine("sqlite://")
    try:
        with writing(scratch) as connection:
            for tag, some in rows.items():
                table = store.tables[store.schema.by_tag[tag].name]
                table.create(connection)
                if some:
                    connection.execute(sa.insert(table), list(some.values()))
            yield connection
    finally:
        scratch.dispose()


@contextmanager
def state_at(
    connection: sa.Connection, store: Store, when: Moment, row: Key
) -> Iterator[sa.Connection]:
    """A connection on what concerns one row at a moment: the entities that grants, rules and lists
    of lent rows come from and the people, whole; the row, those it follows, and those above them in
    hierarchies that rules ask about, each with its memberships as its terms give them.

    Costs what `whole` costs of the former, and of the latter what `single` does: not more for
    entities with many rows. Whom a node reached costs the hierarchy whole, and a reading of the
    rows below the node and of the history since of those it reaches through.
    """
    version = when.version
    schema = store.schema
    tags = [
        tag
        for tag, entity in schema.by_tag.items()
        if entity.name == schema.people
        or touches_grants(schema, entity.name)
        or lists_rows(schema, entity.name)
    ]

    def take_back(keys: Iterable[Key]) -> dict[Key, Values]:
        return {
            (tag, row_id): tuple(values[f.name] for f in schema.by_tag[tag].fields)
            for tag, rows in single(connection, store, keys, version).items()
            for row_id, values in rows.items()
        }

    with laid_out(store, whole(connection, store, tags, version)) as scratch:
        reached = partial(_reached, connection, store, version)
        carrying = partial(_carrying, connection, store, version)
        lay_out_row(
            scratch, schema, store.tables, row, take_back, version, when.instant, reached, carrying
        )
        yield scratch


def _carrying(
    connection: sa.Connection, store: Store, version: int, term: Carried, row_id: bytes
) -> set[Key]:
    """The rows that may have carried a row at a version: those that do now, and those that changed
    since.
    """
    tag, c, o = store.schema.tags[term.entity], store.tables[term.entity].c, t.operation.c
    now = connection.scalars(sa.select(c.id).where(c[term.field] == row_id))
    since = sa.select(o.row_id).where(o.tag == tag, o.version > version).distinct()
    return {(tag, by) for by in (*now, *connection.scalars(since))}


def _reached(
    connection: sa.Connection, store: Store, version: int, term: Reaches, node: bytes
) -> set[bytes]:
    """Who owned a row at the node or below at a version."""
    way, o = ways(store.schema)[store.schema.tags[term.through]], t.operation.c
    above = {
        row_id: values[term.parent]
        for row_id, values in whole(connection, store, [way.node_tag], version)[
            way.node_tag
        ].items()
    }
    below = _below(above, node)
    since = sa.select(o.row_id).where(o.tag == way.through_tag, o.version > version).distinct()
    touched = [(way.through_tag, row_id) for row_id in connection.scalars(since)]
    c, owner = store.tables[term.through].c, owner_of(way.through)
    people: set[bytes] = set()
    for some in batches(sorted(below), KEYS_PER_STATEMENT):
        still = (
            sa.select(c[owner])
            .distinct()
            .where(c[term.place].in_(some), c[owner].is_not(None), c.id.not_in(since))
        )
        people |= set(connection.scalars(still))
    then = single(connection, store, touched, version).get(way.through_tag, {})
    return people | {v[owner] for v in then.values() if v[term.place] in below and v[owner]}


def _below(above: dict[bytes, bytes | None], node: bytes) -> set[bytes]:
    """The node and all nodes below it."""
    children: dict[bytes | None, list[bytes]] = {}
    for row_id, parent in above.items():
        children.setdefault(parent, []).append(row_id)
    found, level = {node}, [node]
    while level:
        level = [c for n in level for c in children.get(n, ()) if c not in found]
        found |= set(level)
    return found


def rows_numbered(store: Store, tag: int, number: str, at: int | dt.datetime) -> list[bytes]:
    """The rows of an entity whose field `number` was this one, at a version or instant: costs a
    reading of the entity's history since.
    """
    entity, o = store.schema.by_tag[tag], t.operation.c
    table, field = store.tables[entity.name], entity.by_name["number"].number
    with reading(store.engine) as connection:
        version = moment(connection, at, store.environment.now()).version
        ids = set(connection.scalars(sa.select(table.c.id).where(table.c.number == number)))
        changed = sa.select(o.row_id, o.before).where(
            o.tag == tag, o.version > version, o.action != str(Action.INSERT)
        )
        for row_id, before in connection.execute(changed):
            if unpack_fields(before).get(field) == number:
                ids.add(row_id)
        rows = single(connection, store, [(tag, row_id) for row_id in sorted(ids)], version)
    return [i for some in rows.values() for i, v in some.items() if v["number"] == number]

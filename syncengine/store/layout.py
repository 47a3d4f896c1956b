"""Laying out one row in a scratch database: its record and memberships, and the rows that these
come from.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import sqlalchemy as sa

from syncengine.model.conditions import referred_entity, subtrees_of
from syncengine.model.entity import Entity
from syncengine.model.manifest import Schema
from syncengine.model.terms import Carried, FacetOf, Follows, Reaches
from syncengine.store import tables as t
from syncengine.store.carried import Among
from syncengine.store.database import upsert
from syncengine.store.moves import Moves
from syncengine.store.placement import Placement
from syncengine.store.working import (
    ABSENT,
    NOWHERE,
    Key,
    RowState,
    Values,
    make_payload,
    target_tag,
)

Reached = Callable[[Reaches, bytes], Iterable[bytes]]  # (term, node) -> people
Carrying = Callable[[Carried, bytes], Iterable[Key]]  # (term, row) -> what may have carried it
TakeBack = Callable[[Iterable[Key]], dict[Key, Values]]  # rows that were there, set-based


def lay_out_row(
    scratch: sa.Connection,
    schema: Schema,
    tables: dict[str, sa.Table],
    row: Key,
    take_back: TakeBack,
    version: int,
    at: int,
    reached: Reached,
    carrying: Carrying,
) -> None:
    """Put a row and all that its place depends on into `scratch`, where the rules are already. at:
    the instant for which rows' windows are judged.
    """
    for table in (t.record, t.bucket, t.membership, t.reach):
        table.create(scratch)
    placement = Placement.of(scratch, schema, tables, at)
    states = {
        key: RowState(version, values, NOWHERE)
        for key, values in _needed(placement, row, take_back, carrying).items()
    }
    placement = replace(placement, carriers=Among(schema, states))
    for (tag, _), state in states.items():
        assert state.values is not None
        for term, node in _nodes(schema.by_tag[tag], state.values):
            line = {"through": schema.tags[term.through], "node": node, "count": 1}
            upsert(scratch, t.reach, [{**line, "person": p} for p in reached(term, node)])
    _place(placement, states, row, set())
    moves = Moves(scratch)
    records = []
    for (tag, row_id), state in states.items():
        assert state.values is not None
        moves.add((tag, row_id), ABSENT, state, version)
        payload = make_payload(row_id, version, state.values)
        records.append({"tag": tag, "row_id": row_id, "version": version,
                        "holders": len(state.buckets), "payload": payload})  # fmt: skip
    moves.store()
    upsert(scratch, t.record, records)


def _nodes(entity: Entity, values: Values) -> Iterator[tuple[Reaches, bytes]]:
    for term in entity.terms:
        if isinstance(term, Reaches):
            node = values[entity.position(term.field)]
            if isinstance(node, bytes):
                yield term, node


def _needed(
    placement: Placement, row: Key, take_back: TakeBack, carrying: Carrying
) -> dict[Key, Values]:
    """The row, those that it follows or that carry it, and those above in hierarchies; a statement
    or two a level.
    """
    known: dict[Key, Values] = {}
    asked: set[Key] = set()
    wanted = {row}
    while wanted:
        found = take_back(wanted)
        known |= found
        asked |= wanted
        wanted = {
            key
            for at, values in found.items()
            for key in _looked_at(placement, at, values, carrying)
        } - asked
    return known


def _looked_at(placement: Placement, key: Key, values: Values, carrying: Carrying) -> Iterator[Key]:
    """The rows that this one's place is read from, next to it."""
    schema, rules = placement.schema, placement.rules
    entity = schema.by_tag[key[0]]
    for term in entity.terms:
        if isinstance(term, Carried):
            yield from carrying(term, key[1])
    fields = {term.field for term in entity.terms if isinstance(term, Follows | FacetOf)}
    fields |= {tree.field for rule in rules.of(entity) for tree in subtrees_of(rule.condition)}
    fields |= {parent for name, parent in rules.hierarchies() if name == entity.name}
    for field in sorted(fields):
        target = values[entity.position(field)]
        if isinstance(target, bytes):
            yield schema.tags[referred_entity(entity, field)], target


def _place(placement: Placement, states: dict[Key, RowState], key: Key, placed: set[Key]) -> None:
    """Give a row its buckets, those it follows and that carry it first."""
    if key not in states or key in placed:
        return
    placed.add(key)
    entity, values = placement.schema.by_tag[key[0]], states[key].values
    assert values is not None
    for term in entity.terms:
        if isinstance(term, Follows | FacetOf):
            target = values[entity.position(term.field)]
            if isinstance(target, bytes):
                parent = target_tag(placement.schema, entity, term.field), target
                _place(placement, states, parent, placed)
        if isinstance(term, Carried):
            tag = placement.schema.tags[term.entity]
            for other in [other for other in states if other[0] == tag]:
                _place(placement, states, other, placed)
    buckets = placement.buckets_of(entity, key[1], values, lambda other: states.get(other, ABSENT))
    states[key] = replace(states[key], buckets=buckets)

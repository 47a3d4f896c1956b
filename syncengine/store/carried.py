"""Rows that are carried: in the buckets of the rows that refer to them, read set-based."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.terms import KINDS, BucketName, Carried
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.moves import Move
from syncengine.store.working import Key, RowState


class Carriers(Protocol):
    """Knows where the rows are that carry others."""

    def buckets_of(self, term: Carried, row_id: bytes) -> set[BucketName]:
        """The buckets of the rows that refer to a row by a term."""


@dataclass
class CarriedRows:
    """As stored, but for the rows in `moving`, whose memberships the commit has not written yet."""

    connection: sa.Connection
    schema: Schema
    tables: dict[str, sa.Table]
    moving: Mapping[Key, Move] = field(default_factory=dict)

    def buckets_of(self, term: Carried, row_id: bytes) -> set[BucketName]:
        """Costs the rows that carry it, in the database; many that are moving, here as well."""
        tag = self.schema.tags[term.entity]
        moving = {key: move.after for key, move in self.moving.items() if key[0] == tag}
        found = among(self.schema, moving, term, row_id)
        c, m, b = self.tables[term.entity].c, t.membership.c, t.bucket.c
        rows = (
            sa.select(b.kind, b.key)
            .select_from(t.membership.join(t.bucket, m.bucket == b.id))
            .join(self.tables[term.entity], sa.and_(m.tag == tag, m.row_id == c.id))
            .where(c[term.field] == row_id, m.gone.is_(False))
            .distinct()
        )
        ids = [key[1] for key in moving]
        if len(ids) <= KEYS_PER_STATEMENT:
            still = {(k, key) for k, key in self.connection.execute(rows.where(c.id.not_in(ids)))}
        else:
            placed = self.connection.execute(rows.add_columns(c.id))
            still = {(k, key) for k, key, by in placed if (tag, by) not in moving}
        return found | {BucketName(KINDS[kind], key) for kind, key in still}


@dataclass(frozen=True)
class Among:
    """Of these rows, and no others."""

    schema: Schema
    states: Mapping[Key, RowState]

    def buckets_of(self, term: Carried, row_id: bytes) -> set[BucketName]:
        """As they are placed so far."""
        return among(self.schema, self.states, term, row_id)


def among(
    schema: Schema, states: Mapping[Key, RowState], term: Carried, row_id: bytes
) -> set[BucketName]:
    """The buckets of those of some rows that refer to a row by a term."""
    tag = schema.tags[term.entity]
    place = schema.by_tag[tag].position(term.field)
    return {
        name.whole
        for key, state in states.items()
        if key[0] == tag and state.values is not None and state.values[place] == row_id
        for name in state.buckets
    }


def carried_by(schema: Schema, key: Key, state: RowState) -> set[Key]:
    """The rows that a row carries."""
    by = schema.by_tag[key[0]]
    links = schema.carried.get(by.name, ())
    if not links or state.values is None:
        return set()
    targets = (
        (schema.tags[entity.name], state.values[by.position(name)]) for entity, name in links
    )
    return {(tag, target) for tag, target in targets if isinstance(target, bytes)}


def carried_anew(schema: Schema, key: Key, before: RowState, after: RowState) -> set[Key]:
    """The rows that may be elsewhere because one that carried them, or does now, has changed."""
    was, now = carried_by(schema, key, before), carried_by(schema, key, after)
    return was | now if before.buckets != after.buckets else was ^ now

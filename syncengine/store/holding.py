"""What a person's devices hold once they have synced: rows by kind and by reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from syncengine.model.rights import Right, Rights
from syncengine.model.terms import Grant, Reason
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.database import among, reading
from syncengine.store.grants import bucket_ids, by_bucket, grants_of
from syncengine.store.store import Store

EACH = (Reason.SUBSTITUTION, Reason.RULE)  # told apart by whose they are; others are one reason


@dataclass(frozen=True, order=True)
class Why:
    """A reason to hold rows; via: of which absent person or which rule, for those told apart."""

    reason: Reason
    via: bytes = b""


@dataclass(frozen=True)
class Holding:
    """totals: rows by entity, each once. by_reason: rows by (entity, reason); a row that is held
    for two reasons counts for both. Rows that the user may not view count nowhere.
    """

    totals: Mapping[str, int]
    by_reason: Mapping[tuple[str, Why], int]

    @property
    def reasons(self) -> list[Why]:
        """Those for which anything is held."""
        return sorted({why for _, why in self.by_reason})


def why_of(grant: Grant) -> Why:
    """The reason that a grant counts for."""
    return Why(grant.reason, grant.via if grant.reason in EACH else b"")


def held_buckets(store: Store, connection: sa.Connection, person: bytes) -> dict[int, set[Why]]:
    """The ids of the buckets that a person holds now, each with its reasons."""
    now = store.environment.now()
    grants = by_bucket(grants_of(connection, store.schema, store.tables, person, now))
    ids = bucket_ids(connection, grants)
    return {number: {why_of(g) for g in grants[name.whole]} for name, number in ids.items()}


def holding(store: Store, rights: Rights, person: bytes) -> Holding:
    """Of the kinds of rows that the user may view. Costs a pass over the slice."""
    m = t.membership.c
    totals: dict[str, int] = {}
    by_reason: dict[tuple[str, Why], int] = {}
    with reading(store.engine) as connection:
        buckets = held_buckets(store, connection, person)
        for tag, entity in store.schema.by_tag.items():
            if not entity.terms or not rights.may(Right.VIEW, entity.name):
                continue
            table = store.tables[entity.name]
            allowed = shown_to(rights, store.schema, store.tables, entity.name)
            found = connection.execute(
                sa.select(m.bucket, m.row_id)
                .join_from(t.membership, table, table.c.id == m.row_id)
                .where(among(m.bucket, buckets), m.tag == tag, m.gone.is_(False), allowed)
                .order_by(m.row_id)
            )
            for row_buckets in _by_row(found):
                totals[entity.name] = totals.get(entity.name, 0) + 1
                for why in set[Why]().union(*(buckets[number] for number in row_buckets)):
                    key = entity.name, why
                    by_reason[key] = by_reason.get(key, 0) + 1
    return Holding(totals, by_reason)


def buckets_for(store: Store, person: bytes, why: Why | None = None) -> Sequence[int]:
    """The buckets that a person holds now, all or those held for one reason."""
    with reading(store.engine) as connection:
        found = held_buckets(store, connection, person)
    return sorted(number for number, whys in found.items() if why is None or why in whys)


def _by_row(found: Iterable[Any]) -> Iterable[list[int]]:
    """The buckets of each row; lines of one row come together."""
    row_id, numbers = None, list[int]()
    for bucket, of in found:
        if of != row_id and numbers:
            yield numbers
            numbers = []
        row_id = of
        numbers.append(bucket)
    if numbers:
        yield numbers

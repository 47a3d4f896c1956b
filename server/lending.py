"""Substitutions for listed rows only: what the office lends, and its lists."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from server.problem import Problem
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.lending import Lending
from syncengine.store.database import reading
from syncengine.store.history import labels
from syncengine.store.store import Store


def lending(store: Store) -> Lending:
    """How rows are lent here. Problem when no module declares it."""
    if not store.schema.lendings:
        raise Problem("substitution.whole", "No installed module lends single rows.")
    return store.schema.lendings[0]


def require_own(store: Store, absent: bytes, rows: Sequence[bytes]) -> None:
    """Problem when one of the rows is not the absent person's: it could not be lent."""
    how = lending(store)
    table = store.tables[how.entity.name]
    whose = table.c[how.term.owner]
    with reading(store.engine) as connection:
        foreign = set(
            connection.scalars(
                sa.select(table.c.id).where(
                    table.c.id.in_(rows), sa.or_(whose.is_(None), whose != absent)
                )
            )
        )
        named = ", ".join(sorted(labels(connection, table, foreign).values()))
    if foreign:
        raise Problem(
            "substitution.foreign", f"Not a {how.entity.name} of the absent person: {named}."
        )


def enlisting(store: Store, substitution: bytes, rows: Iterable[bytes]) -> list[Operation]:
    """What lists those of the rows that the substitution does not list yet."""
    term = lending(store).term
    entity, c = store.schema.entities[term.entity], store.tables[term.entity].c
    with reading(store.engine) as connection:
        listed = set(
            connection.scalars(sa.select(c[term.row]).where(c[term.substitution] == substitution))
        )
    by, of = entity.by_name[term.substitution].number, entity.by_name[term.row].number
    return [
        Operation(
            Action.INSERT,
            store.schema.tags[entity.name],
            store.environment.new_id(),
            {by: substitution, of: row},
        )
        for row in dict.fromkeys(rows)
        if row not in listed
    ]


def listed_by(store: Store, substitutions: Iterable[bytes]) -> dict[bytes, list[str]]:
    """Substitution -> the numbers of the rows that it lists."""
    found: dict[bytes, list[str]] = {row_id: [] for row_id in substitutions}
    for how in store.schema.lendings:
        c = store.tables[how.term.entity].c
        substitution, row = c[how.term.substitution], c[how.term.row]
        with reading(store.engine) as connection:
            lines = connection.execute(
                sa.select(substitution, row).where(substitution.in_(found)).distinct()
            ).all()
            known = labels(connection, store.tables[how.entity.name], {row for _, row in lines})
        for by, row_id in lines:
            found[by].append(known[row_id])
    return {by: sorted(numbers) for by, numbers in found.items()}

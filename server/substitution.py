"""The switch: one row of the substitution entity becomes active or inactive, nothing else."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome, Verdict
from syncengine.model.entity import Action, Entity
from syncengine.model.terms import Substitution
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.store import Store

DESIGNATED = "substitute"  # the people's field that names the designated substitute


@dataclass(frozen=True)
class Switched:
    """What the switch did. `substitutes`: ids of the people who gained or lost the slice."""

    absent: bytes
    substitutes: tuple[bytes, ...]
    verdict: Verdict | None  # None: it stood like that already


def switch_on(store: Store, absent: bytes, substitute: bytes | None = None) -> Switched:
    """Let the substitute (default: the designated one) hold what the absent person holds."""
    term = _term(store)
    if substitute is None:
        people = store.tables[store.schema.people]
        with reading(store.engine) as connection:
            substitute = connection.scalar(
                sa.select(people.c[DESIGNATED]).where(people.c.id == absent)
            )
        if substitute is None:
            raise Problem("substitution.nobody", "No substitute is designated: name one.")
    if substitute == absent:
        raise Problem("substitution.self", "Nobody can be their own substitute.")
    known = [r for r in _rows(store, term, absent) if r.substitute == substitute]
    if any(r.active for r in known):
        return Switched(absent, (substitute,), None)
    if known:
        operation = _set_active(store, term, known[0].id, True)
    else:
        entity = store.schema.entities[term.entity]
        values = {term.absent: absent, term.substitute: substitute, term.active: True}
        operation = Operation(
            Action.INSERT,
            _tag(store, term),
            store.environment.new_id(),
            {entity.by_name[name].number: value for name, value in values.items()},
        )
    return Switched(absent, (substitute,), _write(store, [operation], "substitution on"))


def switch_off(store: Store, absent: bytes, substitute: bytes | None = None) -> Switched:
    """End the absent person's substitution by that substitute, or by everybody."""
    term = _term(store)
    active = [
        r for r in _rows(store, term, absent) if r.active and substitute in (None, r.substitute)
    ]
    substitutes = tuple(r.substitute for r in active)
    if not active:
        return Switched(absent, (), None)
    operations = [_set_active(store, term, r.id, False) for r in active]
    return Switched(absent, substitutes, _write(store, operations, "substitution off"))


@dataclass(frozen=True)
class _Row:
    id: bytes
    substitute: bytes
    active: bool


def _rows(store: Store, term: Substitution, absent: bytes) -> list[_Row]:
    table = store.tables[term.entity]
    columns = (table.c.id, table.c[term.substitute], table.c[term.active])
    with reading(store.engine) as connection:
        found = connection.execute(
            sa.select(*columns).where(table.c[term.absent] == absent).order_by(table.c.id)
        ).all()
    return [_Row(row_id, substitute, active) for row_id, substitute, active in found]


def _term(store: Store) -> Substitution:
    found = [g for g in store.schema.grants if isinstance(g, Substitution)]
    if not found:
        raise Problem("substitution.none", "No installed module knows substitutions.")
    return found[0]


def _tag(store: Store, term: Substitution) -> int:
    return store.schema.tags[term.entity]


def _set_active(store: Store, term: Substitution, row_id: bytes, active: bool) -> Operation:
    entity: Entity = store.schema.entities[term.entity]
    return Operation(
        Action.UPDATE, _tag(store, term), row_id, {entity.by_name[term.active].number: active}
    )


def _write(store: Store, operations: list[Operation], label: str) -> Verdict:
    verdict = store.write(Author(Source.OFFICE, None, label), operations)
    if verdict.outcome not in (Outcome.ACCEPTED, Outcome.MERGED):
        objection = verdict.objections[0]
        raise Problem(objection.code, objection.detail)
    return verdict

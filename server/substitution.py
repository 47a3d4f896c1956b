"""The switch: one small row lets a substitute hold an absent person's rows, now or with dates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.lending import enlisting, lending, require_own
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.terms import Substitution
from syncengine.model.windows import ALWAYS, Window
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.named import operation
from syncengine.store.store import Store
from syncengine.store.substitutions import Link, active_links, is_only_listed

DESIGNATED = "substitute"  # the people's field that names the designated substitute


@dataclass(frozen=True)
class Plan:
    """When a substitution stands, and how many days before and after it may be read."""

    window: Window = ALWAYS
    lead_days: int = 0
    trail_days: int = 0


@dataclass(frozen=True)
class Switch:
    """A switch to be made. `substitutes`: ids of the people who gain or lose the slice.

    Without operations it stands like that already.
    """

    absent: bytes
    substitutes: tuple[bytes, ...]
    operations: tuple[Operation, ...]
    author: Author


@dataclass(frozen=True)
class Switched:
    """What the switch did. `substitutes`: ids of the people who gain or lose the slice."""

    absent: bytes
    substitutes: tuple[bytes, ...]
    verdict: Verdict | None  # None: it stood like that already


def switch_on(
    store: Store,
    absent: bytes,
    substitute: bytes | None = None,
    plan: Plan | None = None,
    only: Sequence[bytes] = (),
    user: bytes | None = None,
) -> Switched:
    """Let the substitute (default: the designated one) hold what the absent person holds, at once
    or as planned; `only`: these rows of it, besides those that stand listed for the same time.
    Problem when that substitution cannot be. user: whose switch it is (Author).
    """
    return _make(store, plan_on(store, absent, substitute, plan, only, user))


def switch_off(
    store: Store, absent: bytes, substitute: bytes | None = None, user: bytes | None = None
) -> Switched:
    """Call off the absent person's substitutions that stand or are to come, by that substitute or
    by everybody.
    """
    return _make(store, plan_off(store, absent, substitute, user))


def plan_on(
    store: Store,
    absent: bytes,
    substitute: bytes | None = None,
    plan: Plan | None = None,
    only: Sequence[bytes] = (),
    user: bytes | None = None,
) -> Switch:
    """What `switch_on` would write."""
    substitute = substitute or _designated(store, absent)
    plan = _from_now(store, absent, substitute, plan or Plan(), bool(only))
    author = Author(Source.OFFICE, None, "substitution on", user)
    known = [
        row
        for row in _rows(store, absent)
        if (row.substitute, row.plan, row.only_listed) == (substitute, plan, bool(only))
    ]
    if only:
        # One that was called off keeps its list as it was; it is not taken up again.
        require_own(store, absent, only)
        made = _new(store, absent, substitute, plan, True)
        standing = next((row.id for row in known if row.active), None)
        lines = enlisting(store, standing or made.row_id, only)
        return Switch(absent, (substitute,), (*(() if standing else (made,)), *lines), author)
    if any(row.active for row in known):
        return Switch(absent, (substitute,), (), author)
    operation = (
        _set_active(store, known[0].id, True)
        if known
        else _new(store, absent, substitute, plan, False)
    )
    return Switch(absent, (substitute,), (operation,), author)


def plan_off(
    store: Store, absent: bytes, substitute: bytes | None = None, user: bytes | None = None
) -> Switch:
    """What `switch_off` would write."""
    standing = [
        link for link in standing_links(store, absent) if substitute in (None, link.substitute)
    ]
    operations = tuple(_set_active(store, link.id, False) for link in standing)
    substitutes = tuple(dict.fromkeys(link.substitute for link in standing))
    author = Author(Source.OFFICE, None, "substitution off", user)
    return Switch(absent, substitutes, operations, author)


def standing_links(store: Store, absent: bytes | None = None) -> list[Link]:
    """The substitutions that stand now or are to come, of one absent person or of all, by when
    they begin.
    """
    term, now = _term(store), store.environment.now()
    table = store.tables[term.entity]
    whose = [] if absent is None else [table.c[term.absent] == absent]
    with reading(store.engine) as connection:
        links = active_links(connection, table, term, *whose)
    found = [link for link in links if not link.hold.over(now)]
    return sorted(found, key=lambda link: (link.write.starts or 0, link.id))


def _from_now(
    store: Store, absent: bytes, substitute: bytes, plan: Plan, only_listed: bool
) -> Plan:
    """A plan without a beginning would reach back into what the same person stood in for before:
    after one that is over it begins now, and where it stands like that since then, it is that one.
    """
    if plan.window.starts is not None or only_listed:
        return plan
    term, now = _term(store), store.environment.now()
    for row in _rows(store, absent):
        starts = row.plan.window.starts
        alike = replace(plan, window=Window(starts, plan.window.ends), lead_days=row.plan.lead_days)
        if (row.substitute, row.active, row.plan, row.only_listed) == (
            substitute, True, alike, False
        ) and (starts or 0) <= now:  # fmt: skip
            return row.plan
    table = store.tables[term.entity]
    with reading(store.engine) as connection:
        links = active_links(connection, table, term, table.c[term.absent] == absent)
    same = [link for link in links if link.substitute == substitute and not link.only_listed]
    if any(link.hold.over(now) for link in same):
        return Plan(Window(now, plan.window.ends), 0, plan.trail_days)
    return plan


def _designated(store: Store, absent: bytes) -> bytes:
    people = store.tables[store.schema.people]
    with reading(store.engine) as connection:
        found = connection.scalar(sa.select(people.c[DESIGNATED]).where(people.c.id == absent))
    if found is None:
        raise Problem("substitution.nobody", "No substitute is designated: name one.")
    return bytes(found)


@dataclass(frozen=True)
class _Row:
    id: bytes
    substitute: bytes
    active: bool
    plan: Plan
    only_listed: bool


def _rows(store: Store, absent: bytes) -> list[_Row]:
    term = _term(store)
    table = store.tables[term.entity]
    with reading(store.engine) as connection:
        rows = connection.execute(
            sa.select(table).where(table.c[term.absent] == absent).order_by(table.c.id)
        ).mappings()
        return [
            _Row(
                row["id"],
                row[term.substitute],
                row[term.active],
                Plan(
                    Window(row[term.starts], row[term.ends]),
                    row[term.lead_days] or 0,
                    row[term.trail_days] or 0,
                ),
                is_only_listed(term, {str(name): value for name, value in row.items()}),
            )
            for row in rows
        ]


def _term(store: Store) -> Substitution:
    found = [g for g in store.schema.grants if isinstance(g, Substitution)]
    if not found:
        raise Problem("substitution.none", "No installed module knows substitutions.")
    return found[0]


def _new(
    store: Store, absent: bytes, substitute: bytes, plan: Plan, only_listed: bool
) -> Operation:
    term = _term(store)
    values: dict[str, Stored] = {
        term.absent: absent,
        term.substitute: substitute,
        term.active: True,
        term.starts: plan.window.starts,
        term.ends: plan.window.ends,
        term.lead_days: plan.lead_days,
        term.trail_days: plan.trail_days,
    }
    if only_listed:
        values[lending(store).only_listed] = True
    return _operation(store, Action.INSERT, store.environment.new_id(), values)


def _set_active(store: Store, row_id: bytes, active: bool) -> Operation:
    return _operation(store, Action.UPDATE, row_id, {_term(store).active: active})


def _operation(store: Store, action: Action, row_id: bytes, values: dict[str, Stored]) -> Operation:
    return operation(store.schema, action, _term(store).entity, row_id, values)


def _make(store: Store, switch: Switch) -> Switched:
    if not switch.operations:
        return Switched(switch.absent, switch.substitutes, None)
    verdict = store.write(switch.author, switch.operations)
    if verdict.outcome not in (Outcome.ACCEPTED, Outcome.MERGED):
        objection = verdict.objections[0]
        raise Problem(objection.code, objection.detail)
    return Switched(switch.absent, switch.substitutes, verdict)

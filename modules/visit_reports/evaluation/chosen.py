"""Which reports are evaluated, and the groups that they are in: by month, market and person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from syncengine.model.conditions import InSubtree
from syncengine.model.rights import Right, Rights
from syncengine.store.accounts import shown_to
from syncengine.store.conditions import as_sql
from syncengine.store.store import Store

TEMPLATE, REPORT, ANSWER, VISIT = "report_template", "report", "report_answer", "visit"
READ = (TEMPLATE, REPORT, ANSWER)  # what whoever evaluates has to be allowed to view
RETURNED = ("returned",)
WITH_CONFIRMED = ("confirmed", "returned")


class By(StrEnum):
    """What the reports are told apart by."""

    NOTHING = ""
    MONTH = "month"
    MARKET = "market"
    EMPLOYEE = "employee"


@dataclass(frozen=True)
class Chosen:
    """The returned reports of a family of templates. template: of this edition alone. confirmed:
    those that wait to return, too. market: of customers there or below. employee: of visits by that
    person or whom they lead. since, until: the instants between which the visit began.
    """

    family: str
    template: bytes | None = None
    confirmed: bool = False
    market: bytes | None = None
    employee: bytes | None = None
    since: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class Grouping:
    """months: when each begins, ascending. A report's group is the number of months that have begun
    at its visit; or the market or person right below the chosen one (without one: a top one, or
    right below whom the user is limited to) where it belongs, itself where it belongs to the chosen
    one or to nobody below; None: to nowhere.
    """

    by: By = By.NOTHING
    months: Sequence[int] = ()


def may_evaluate(rights: Rights) -> bool:
    """Whether a user may view what figures are made of."""
    return all(rights.may(Right.VIEW, name) for name in READ)


def reports(
    store: Store,
    rights: Rights,
    chosen: Chosen,
    *columns: sa.ColumnElement[Any],
    grouping: Grouping | None = None,
) -> sa.Select[Any]:
    """The chosen reports that the user may see: id, template, group, then these columns of the
    tables report, report_template, visit and customer.
    """
    report, template, visit = (store.tables[name] for name in (REPORT, TEMPLATE, VISIT))
    customer = store.tables["customer"]
    source: sa.FromClause = (
        sa.join(report, template, report.c.template == template.c.id)
        .outerjoin(visit, report.c.visit == visit.c.id)
        .outerjoin(customer, report.c.customer == customer.c.id)
    )
    source, group = _grouped(store, rights, chosen, grouping or Grouping(), source)
    return (
        sa.select(report.c.id, report.c.template, group.label("grouped"), *columns)
        .select_from(source)
        .where(shown_to(rights, store.schema, store.tables, REPORT), *_where(store, chosen))
        .where(sa.true() if may_evaluate(rights) else sa.false())
    )


def _where(store: Store, chosen: Chosen) -> list[sa.ColumnElement[bool]]:
    report, template, visit = (store.tables[name].c for name in (REPORT, TEMPLATE, VISIT))
    states = WITH_CONFIRMED if chosen.confirmed else RETURNED
    found = [template.family == chosen.family, report.status.in_(states)]
    if chosen.template is not None:
        found.append(report.template == chosen.template)
    for name, field, node, parent in (
        ("customer", "market", chosen.market, "parent"),
        (VISIT, "employee", chosen.employee, "manager"),
    ):
        if node is not None:
            below = InSubtree(field, node, parent)
            found.append(as_sql(below, store.tables, store.schema.entities[name]))
    if chosen.since is not None:
        found.append(visit.checked_in_at >= chosen.since)
    if chosen.until is not None:
        found.append(visit.checked_in_at < chosen.until)
    return found


def leader(rights: Rights, chosen: Chosen) -> bytes | None:
    """The person below whom people are told apart: who is limited sees nobody above. None: all."""
    return chosen.employee or rights.limit


def _grouped(
    store: Store, rights: Rights, chosen: Chosen, grouping: Grouping, source: sa.FromClause
) -> tuple[sa.FromClause, sa.ColumnElement[Any]]:
    match grouping.by:
        case By.MONTH:
            at = store.tables[VISIT].c.checked_in_at
            begun = [(at < instant, number) for number, instant in enumerate(grouping.months)]
            whens = [(at.is_(None), None), *begun]
            return source, sa.case(*whens, else_=len(grouping.months))
        case By.MARKET:
            place = store.tables["customer"].c.market
            return _below(source, place, store.tables["market"], "parent", chosen.market)
        case By.EMPLOYEE:
            place, top = store.tables[VISIT].c.employee, leader(rights, chosen)
            return _below(source, place, store.tables["employee"], "manager", top)
    return source, sa.literal(None, sa.Integer())


def _below(
    source: sa.FromClause,
    place: sa.ColumnElement[Any],
    nodes: sa.Table,
    parent: str,
    top: bytes | None,
) -> tuple[sa.FromClause, sa.ColumnElement[Any]]:
    """Each place with the node right below `top` that it is at or under; else with itself."""
    above = nodes.c[parent]
    first = above.is_(None) if top is None else above == top
    walk = sa.select(nodes.c.id, nodes.c.id.label("top")).where(first).cte(recursive=True)
    walk = walk.union(sa.select(nodes.c.id, walk.c.top).join(walk, above == walk.c.id))
    return source.outerjoin(walk, walk.c.id == place), sa.func.coalesce(walk.c.top, place)

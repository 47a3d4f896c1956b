"""The reports, the newest first: by template, customer, rep, day of the visit and state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.responses import Response

from modules.visit_reports.portal.reading import REPORT, TEMPLATE
from modules.visit_reports.reports import STATES
from server.portal.public import Asked, Portal, Unclear, Unseen, Wrong, midnight, referred
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.marks import Mark
from syncengine.store.store import Store

REPORTS = "/portal/visit_reports/reports"
PANEL = "visit_reports/reports"  # what changes on these pages by itself
PAGE = 50  # reports on a page
OFFERED = 300  # templates that can be chosen
FILTERS = ("template", "customer", "employee", "from", "until")


@dataclass
class Narrowed:
    """What a list is narrowed to: texts of the inputs, what is wrong with them, and the condition
    that the others come to.
    """

    texts: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    where: list[sa.ColumnElement[bool]] = field(default_factory=list)


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see reports."""
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, REPORT):
        raise Unseen
    return rights


def mark(store: Store) -> Mark:
    """Changes with every report and every visit."""
    columns = [
        sa.select(sa.func.max(store.tables[name].c.version)).scalar_subquery()
        for name in (REPORT, "visit")
    ]
    with reading(store.engine) as connection:
        return tuple(connection.execute(sa.select(*columns)).one())


def reports(portal: Portal, asked: Asked) -> Response:
    """A page of them."""
    rights, store, state = viewer(asked), portal.store, asked.value("state")
    if state not in ("", *STATES):
        raise Unclear
    narrowed = _narrowed(portal, asked)
    found, more = _page(store, rights, narrowed, state, _after(asked))
    said = {n: t for n, t in narrowed.texts.items() if t}
    onward = {**said, "state": state, "after": to_text(found[-1].id) if more else ""}
    page = "reports_rows" if asked.partial else "reports"
    return portal.page(
        asked, f"visit_reports/{page}.html", open_="visit_reports/reports", panel=PANEL,
        lines=found, place=REPORTS, form=narrowed, state=state, later=bool(asked.value("after")),
        states=[(name, _address({**said, "state": name})) for name in ("", *STATES)],
        templates=families(store, rights), first=_address({**said, "state": state}),
        following=_address(onward) if more else "", **_called(store, rights, found),
        may_see_places=rights.may(Right.VIEW, "visit_setting"),
        may_see_visits=rights.may(Right.VIEW, "visit"),
    )  # fmt: skip


def _address(said: Mapping[str, str]) -> str:
    known = {name: text for name, text in said.items() if text}
    return f"{REPORTS}?{urlencode(known)}" if known else REPORTS


def _after(asked: Asked) -> bytes | None:
    text = asked.value("after")
    try:
        return from_text(text) if text else None
    except ValueError:
        raise Unclear from None


def _narrowed(portal: Portal, asked: Asked) -> Narrowed:
    """What is asked for; what does not fit is told at its input and asks for nothing."""
    tables, w = portal.store.tables, asked.words
    report, visit, template = (tables[name].c for name in (REPORT, "visit", TEMPLATE))
    found = Narrowed({name: asked.value(name).strip()[:100] for name in FILTERS})
    for name, text in found.texts.items():
        if not text:
            continue
        try:
            match name:
                case "template":
                    found.where.append(template.family == text)
                case "customer":
                    found.where.append(report.customer == referred(portal, asked, name, text))
                case "employee":
                    found.where.append(visit.employee == referred(portal, asked, name, text))
                case "from":
                    found.where.append(visit.checked_in_at >= midnight(w, text, 0))
                case _:
                    found.where.append(visit.checked_in_at < midnight(w, text, 1))
        except Wrong as wrong:
            found.errors[name] = str(wrong)
            found.where.append(sa.false())
    return found


def _page(
    store: Store, rights: Rights, narrowed: Narrowed, state: str, after: bytes | None
) -> tuple[list[sa.Row[Any]], bool]:
    """(a page of reports with their visit and template, whether there are more)."""
    report, visit, template = (store.tables[name] for name in (REPORT, "visit", TEMPLATE))
    wanted = (
        sa.select(
            report, visit.c.employee, visit.c.checked_in_at, template.c.title, template.c.edition
        )
        .outerjoin_from(report, visit, report.c.visit == visit.c.id)
        .outerjoin(template, report.c.template == template.c.id)
        .where(shown_to(rights, store.schema, store.tables, REPORT), *narrowed.where)
        .order_by(report.c.id.desc())
        .limit(PAGE + 1)
    )
    if state:
        wanted = wanted.where(report.c.status == state)
    if after is not None:
        wanted = wanted.where(report.c.id < after)
    with reading(store.engine) as connection:
        rows = connection.execute(wanted).all()
    return list(rows[:PAGE]), len(rows) > PAGE


def families(store: Store, rights: Rights) -> list[tuple[str, str]]:
    """(family, title of its newest edition) of those that can be chosen, by title."""
    t = store.tables[TEMPLATE]
    wanted = (
        sa.select(t.c.family, t.c.title)
        .where(shown_to(rights, store.schema, store.tables, TEMPLATE), t.c.status != "draft")
        .order_by(t.c.edition)
        .limit(OFFERED * 4)
    )
    with reading(store.engine) as connection:
        found = dict(connection.execute(wanted).all())
    return sorted(found.items(), key=lambda one: one[1].casefold())[:OFFERED]


def _called(store: Store, rights: Rights, found: list[sa.Row[Any]]) -> dict[str, Any]:
    people = {p for r in found for p in (r.employee, r.confirmed_by, r.confirmed_for) if p}
    with reading(store.engine) as connection:
        customers = {row.customer for row in found}
        return {
            "customers": listing.titles(connection, store, rights, "customer", customers),
            "people": listing.titles(connection, store, rights, "employee", people),
        }

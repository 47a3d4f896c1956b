"""One template: its questions, whom it reaches, its editions; the next edition, and its end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.responses import Response

from modules.visit_reports.portal.drafts import form_in
from modules.visit_reports.portal.reach import REACHED, reached
from modules.visit_reports.portal.reading import (
    AIM,
    PANEL,
    REPORT,
    TARGET,
    TEMPLATE,
    TEMPLATES,
    counted,
    editions,
    may_design,
    state_of,
    targets_of,
    viewer,
)
from modules.visit_reports.portal.telling import Telling
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    found_row,
    operation_on,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed

AIMS = ("market", "customer", "employee", "audience")
COPIED = ("title", "kind", "family", "form", "starts_at", "ends_at")


def template(portal: Portal, asked: Asked) -> Response:
    """What it asks, and how far it has come."""
    viewer(asked)
    return _page(portal, asked, found_row(portal, asked, portal.store.schema.entities[TEMPLATE]))


def _page(portal: Portal, asked: Asked, row: Listed, wrong: Sequence[str] = ()) -> Response:
    store, rights = portal.store, asked.signed_in.rights
    now, kind = store.environment.now(), str(row.values["kind"])
    targets = targets_of(store, rights, row.id)
    open_, done = counted(store, rights, str(row.values["family"]))
    return portal.page(
        asked, f"visit_reports/{'template_parts' if asked.partial else 'template'}.html",
        422 if wrong else 200, wrong=wrong, open_="visit_reports/templates", row=row.values,
        row_id=to_text(row.id), panel=PANEL,
        place=f"{TEMPLATES}/{to_text(row.id)}", state=state_of(row.values, now),
        editions=[(e, state_of(e.values, now)) for e in editions(store, rights, row)],
        form=form_in(row), tell=Telling(portal, asked), targets=_called(portal, asked, targets),
        reached=reached(portal, asked, kind, [one.values for one in targets]),
        recipients=REACHED[kind], open_reports=open_, done_reports=done,
        may_design=may_design(portal, rights), may_see_reports=rights.may(Right.VIEW, REPORT),
        saved=asked.value("saved"),
    )  # fmt: skip


def _called(portal: Portal, asked: Asked, targets: Sequence[Listed]) -> list[tuple[str, bool, str]]:
    """(what it names, whether everybody below, what that is called) of each target."""
    store, rights = portal.store, asked.signed_in.rights
    tell = Telling(portal, asked)
    titles = listing.reference_titles(store, rights, store.schema.entities[TARGET], targets)
    found = []
    for one in targets:
        condition = one.values["condition"]
        if condition is not None:
            found.append(("condition", False, tell.aim(str(condition))))
        found += [
            (name, bool(one.values["below"]), titles.get((name, value), ""))
            for name in AIMS
            if isinstance(value := one.values[name], bytes)
        ]
    return found


def end(portal: Portal, asked: Asked) -> Response:
    """What that means; with POST: nobody begins it any more."""
    store, rights = portal.store, viewer(asked)
    if not may_design(portal, rights):
        raise NotAllowed
    entity = store.schema.entities[TEMPLATE]
    row = found_row(portal, asked, entity)
    place, form = f"{TEMPLATES}/{to_text(row.id)}", Form({}, {}, row.version)
    if row.values["status"] != "published":
        return to(place)
    if asked.method == "POST":
        ended: dict[str, Stored] = {"status": "ended"}
        write(portal, asked, [operation_on(portal, Action.UPDATE, entity, row.id, ended)], form)
        if not form.general:
            return to(f"{place}?saved=ended")
    open_, done = counted(store, rights, str(row.values["family"]))
    return portal.page(
        asked, "visit_reports/end.html", 422 if form.general else 200, row=row.values, place=place,
        open_="visit_reports/templates", form=form, open_reports=open_, done_reports=done,
    )  # fmt: skip


def edition(portal: Portal, asked: Asked) -> Response:
    """The next edition as a draft, with questions, targets and period of this one; where there is a
    draft already, that one.
    """
    store, rights = portal.store, viewer(asked)
    if not may_design(portal, rights):
        raise NotAllowed
    row = found_row(portal, asked, store.schema.entities[TEMPLATE])
    newest = editions(store, rights, row)[0]
    if newest.values["status"] == "draft":
        return to(f"{TEMPLATES}/{to_text(newest.id)}/design")
    form, row_id = Form({}, {}), store.environment.new_id()
    number = newest.values["edition"]
    assert isinstance(number, int)
    given: dict[str, Any] = {n: row.values[n] for n in COPIED}
    given |= {"edition": number + 1, "status": "draft"}
    operations = [_inserted(portal, TEMPLATE, row_id, given)]
    for target in targets_of(store, rights, row.id):
        copied = {name: target.values[name] for name in AIM} | {"template": row_id}
        operations.append(_inserted(portal, TARGET, store.environment.new_id(), copied))
    write(portal, asked, operations, form)
    if form.general:
        return _page(portal, asked, row, form.general)
    return to(f"{TEMPLATES}/{to_text(row_id)}/design")


def _inserted(portal: Portal, entity: str, row_id: bytes, values: dict[str, Stored]) -> Operation:
    given = {name: value for name, value in values.items() if value is not None}
    return operation_on(portal, Action.INSERT, portal.store.schema.entities[entity], row_id, given)

"""Publishing a draft: whom it is for and how long, whom that reaches, in one changeset."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial

from starlette.responses import Response

from modules.visit_reports.portal import aims as writing
from modules.visit_reports.portal.aims import Aims, offered
from modules.visit_reports.portal.drafts import draft_row, form_in, is_draft, place_of
from modules.visit_reports.portal.reach import REACHED, reached
from modules.visit_reports.portal.reading import (
    AIM,
    TARGET,
    TEMPLATE,
    editions,
    targets_of,
)
from modules.visit_reports.portal.telling import Telling
from server.portal.public import (
    MOST_TARGETS,
    TARGET_KINDS,
    Asked,
    Portal,
    Words,
    hint,
    operation_on,
    parts,
    target_called,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.author import Expected
from syncengine.store.listing import Listed

KINDS = ("standard", "dynamic")


def publish(portal: Portal, asked: Asked) -> Response:
    """What it would reach; with POST: a row more or less, or it is published."""
    row = draft_row(portal, asked)
    if not is_draft(row):
        return to(place_of(row))
    if asked.method == "GET":
        return _page(portal, asked, row, writing.shown(portal, asked, row))
    aims, do = writing.sent(portal, asked), asked.value("do")
    if do != "publish":
        writing.calm(aims)
        return _page(portal, asked, row, aims)
    writing.whole(asked.words, aims, bool(form_in(row).questions))
    if aims.form.version != row.version:
        aims.form.version = row.version
        aims.form.general.append(_changed(asked.words))
    if aims.fits:
        key = (portal.store.schema.tags[TEMPLATE], row.id)
        made = list(_operations(portal, asked, row, aims))
        if not write(portal, asked, made, aims.form, Expected({key: row.version})):
            aims.form.general.append(_changed(asked.words))
        if aims.fits:
            return to(f"{place_of(row)}?saved=published")
    return _page(portal, asked, row, aims, 422)


def _changed(w: Words) -> str:
    return w("Somebody else has changed the template meanwhile. Look at it, then publish again.")


def _operations(portal: Portal, asked: Asked, row: Listed, aims: Aims) -> Iterator[Operation]:
    """Targets and period written, the edition before ended, this one published."""
    store, rights = portal.store, asked.signed_in.rights
    entity, target = store.schema.entities[TEMPLATE], store.schema.entities[TARGET]
    changed = {n: v for n, v in aims.values.items() if row.values[n] != v}
    if changed:
        yield operation_on(portal, Action.UPDATE, entity, row.id, changed)
    wanted = [_full(one) for one in writing.targets(aims)]
    for one in targets_of(store, rights, row.id):
        if (own := _full(one.values)) in wanted:
            wanted.remove(own)
        else:
            yield operation_on(portal, Action.DELETE, target, one.id, {})
    for values in wanted:
        given = {n: v for n, v in values.items() if v is not None} | {"template": row.id}
        yield operation_on(portal, Action.INSERT, target, store.environment.new_id(), given)
    for before in editions(store, rights, row):
        if before.values["status"] == "published":
            yield operation_on(portal, Action.UPDATE, entity, before.id, {"status": "ended"})
    yield operation_on(portal, Action.UPDATE, entity, row.id, {"status": "published"})


def _full(values: Mapping[str, Stored]) -> dict[str, Stored]:
    """All fields of a target that it is told apart by."""
    found = {name: values.get(name) for name in AIM}
    return found | {"below": bool(found["below"]) or None}


def _called(w: Words, kind: str) -> str:
    """A kind of target; of a rule it is what it says now that is published."""
    return w("Condition of a rule, as it is now") if kind == "rule" else target_called(w, kind)


def _page(portal: Portal, asked: Asked, row: Listed, aims: Aims, status: int = 200) -> Response:
    store, tell = portal.store, Telling(portal, asked)
    do = asked.value("do") if asked.method == "POST" else ""
    template = "publish"
    if asked.partial:
        template = "publish_beside" if do == "look" else "publish_form"
    customer = store.schema.entities["customer"]
    form = form_in(row)
    return portal.page(
        asked, f"visit_reports/{template}.html", status, open_="visit_reports/templates",
        row=row.values, place=place_of(row), aims=aims, form=aims.form, sorts=KINDS,
        target_kinds=offered(portal, asked, aims.kind), picked=TARGET_KINDS, do=do,
        most=MOST_TARGETS, target_called=partial(_called, asked.words),
        conditions_said=[tell.aim(one) for one in aims.conditions],
        reached=reached(portal, asked, aims.kind, aims.all), recipients=REACHED[aims.kind],
        incomplete=len(aims.rows) - len(aims.found), questions=len(form.questions),
        sections=len(form.sections), target=customer, tree=aims.tree, hint=hint, focus=do,
        **parts(portal, asked, customer),
    )  # fmt: skip

"""Visibility (D3): which rows a rule shows to whom. Built as a form, counted while it is built, and
shown with its effect on every device before it is saved.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from starlette.responses import Response

from server.portal import builder
from server.portal.asked import Asked
from server.portal.forms import Form, compare, operation_on, previewed, read_form, texts, write
from server.portal.lines import Group, Line
from server.portal.lists import found_row
from server.portal.pages import Portal, to
from server.portal.pickers import choices
from server.portal.refusals import Unseen
from server.portal.rule_rows import (
    condition_in,
    described,
    parts,
    target_named,
    targets,
    term_of,
)
from server.portal.values import hint, shown
from syncengine.model.changeset import Operation
from syncengine.model.condition_data import read_condition, write_condition
from syncengine.model.conditions import AllOf, Condition
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.model.terms import Rules
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.matching import Matched, matched
from syncengine.store.overview import rows_by_rule
from syncengine.store.preview import Preview

LISTED = 500  # rules on their page
EVERYTHING = AllOf(())


@dataclass
class Draft:
    """A rule that is being built. condition: of the tree; None where something does not fit."""

    form: Form
    values: dict[str, Stored]
    target: Entity
    tree: Group
    condition: Condition | None
    everything: bool  # a rule without a condition is meant
    exact: bool = True  # the tree stands for the condition that the rule has


def rules(portal: Portal, asked: Asked) -> Response:
    """Every rule, with how many rows it has now."""
    term, entity = term_of(portal, asked)
    store, rights = portal.store, asked.signed_in.rights
    wanted = Wanted(entity.name, order="number" if "number" in entity.by_name else None)
    found, more = listing.page(store, rights, wanted, LISTED, None)
    titles, counts = listing.reference_titles(store, rights, entity, found), rows_by_rule(store)
    w = asked.words
    names = [n for n in ("number", "name") if n in entity.by_name]
    lines = [
        {
            "id": to_text(row.id),
            "title": " · ".join(str(row.values[n]) for n in names) or to_text(row.id)[:8],
            "target": w.entities(str(row.values[term.target])),
            "audience": shown(w, entity.by_name[term.audience], row.values[term.audience], titles),
            "active": bool(row.values[term.active]),
            "rows": counts.get(row.id, 0),
            "starts": row.values[term.starts],
            "ends": row.values[term.ends],
        }
        for row in found
    ]
    return portal.page(
        asked, "rules.html", open_="visibility", lines=lines, more=more,
        may_add=rights.may(Right.ADD, entity.name), entity=entity,
    )  # fmt: skip


def new(portal: Portal, asked: Asked) -> Response:
    """A rule that is not there yet."""
    term, entity = term_of(portal, asked, Right.ADD)
    if asked.method == "GET":
        form = Form({f.name: "" for f in entity.fields} | {term.active: "true"}, {})
        kinds = targets(portal, asked)
        if not kinds:
            raise Unseen
        target = kinds[0]
        tree = Group("all", [Line(target.fields[0].name, "equal")])
        return _page(portal, asked, None, Draft(form, {}, target, tree, None, False))
    draft = _draft(portal, asked, term, entity)
    operation = None
    if not draft.form.errors and draft.condition is not None:
        given = {name: value for name, value in draft.values.items() if value is not None}
        row_id = portal.store.environment.new_id()
        operation = operation_on(portal, Action.INSERT, entity, row_id, given)
    return _answer(portal, asked, None, draft, operation)


def rule(portal: Portal, asked: Asked) -> Response:
    """One rule."""
    term, entity = term_of(portal, asked)
    row = found_row(portal, asked, entity, "rule")
    now = texts(portal, asked, entity, row)
    if asked.method == "GET":
        target = target_named(portal, asked, str(row.values[term.target]))
        condition = condition_in(portal, target, row.values[term.condition])
        tree = builder.tree_of(portal, asked, target, condition)
        form, everything = Form(dict(now), now, row.version), condition == EVERYTHING
        again = builder.condition_of(portal, asked, target, tree)
        exact = again is not None and write_condition(target, again) == write_condition(
            target, condition
        )
        draft = Draft(form, {}, target, tree, condition, everything, exact)
        return _page(portal, asked, row, draft)
    draft = _draft(portal, asked, term, entity)
    form = draft.form
    for name in form.texts:
        if asked.value(f"take.{name}") == "theirs":
            form.texts[name] = form.was[name]
    changed = {name for name in form.texts if form.texts[name] != form.was.get(name, "")}
    if row.version != form.version and asked.value("do") in ("preview", "save"):
        compare(form, now, changed)
        form.texts |= {name: now[name] for name in now.keys() - changed}
        if form.theirs:
            form.was, form.version = now, row.version
            return _page(portal, asked, row, draft, 409)
    changed = {name for name in changed if form.texts[name] != now[name]}
    form.errors = {name: said for name, said in form.errors.items() if name in changed}
    operation = None
    if not form.errors and draft.condition is not None and changed:
        values = {name: draft.values[name] for name in changed}
        operation = operation_on(portal, Action.UPDATE, entity, row.id, values)
    return _answer(portal, asked, row, draft, operation)


def _answer(
    portal: Portal, asked: Asked, row: Listed | None, draft: Draft, operation: Operation | None
) -> Response:
    """To a form: a changed builder, a count, a preview, or the rule as it is saved."""
    do = asked.value("do")
    if do in ("count", "refresh") or "." in do:
        draft.form.errors.clear()
        return _page(portal, asked, row, draft)
    if draft.condition == EVERYTHING and not draft.everything:
        said = asked.words("Without a condition every row is shown. Say that this is meant.")
        draft.form.general.append(said)
    fits = draft.condition is not None and not draft.form.errors and not draft.form.general
    if do == "preview" or (fits and operation and asked.value("seen") != _seen(draft.form)):
        found = previewed(portal, asked, draft.form, operation) if fits and operation else None
        wrong = bool(draft.form.errors or draft.form.general or not fits)
        return _page(portal, asked, row, draft, 422 if wrong else 200, (found, operation is None))
    if fits and operation is not None:
        write(portal, asked, [operation], draft.form)
    if not fits or draft.form.errors or draft.form.general:
        return _page(portal, asked, row, draft, 422)
    row_id = operation.row_id if operation else row.id if row else b""
    return to(f"/portal/visibility/{to_text(row_id)}?saved=1")


def _seen(form: Form) -> str:
    """Tells what was previewed: only that is saved."""
    return hashlib.sha256(json.dumps(form.texts, sort_keys=True).encode()).hexdigest()[:16]


def _draft(portal: Portal, asked: Asked, term: Rules, entity: Entity) -> Draft:
    """What the form holds, after what its button does to the tree."""
    target, do = target_named(portal, asked, asked.value(f"v.{term.target}")), asked.value("do")
    tree = builder.read_tree(asked, portal.store.schema, target)
    if "." in do:
        builder.change_tree(tree, target, do)
    condition = builder.condition_of(portal, asked, target, tree)
    made = {term.condition: asked.value(f"was.{term.condition}")}
    if condition is not None:
        data = write_condition(target, condition)
        try:
            read_condition(target, portal.store.schema, data)
            made[term.condition] = str(entity.by_name[term.condition].type.store(data))
        except InvalidValue as error:
            tree.error, condition = asked.words.reason(error.code, error.detail), None
    form, values = read_form(portal, asked, entity, made)
    form.errors.pop(term.condition, None)
    return Draft(form, values, target, tree, condition, asked.value("everything") == "1")


def _page(
    portal: Portal, asked: Asked, row: Listed | None, draft: Draft, status: int = 200,
    tried: tuple[Preview | None, bool] | None = None,
) -> Response:  # fmt: skip
    term, entity = term_of(portal, asked)
    store, rights, w = portal.store, asked.signed_in.rights, asked.words
    do, form = asked.value("do") if asked.method == "POST" else "", draft.form
    template = "rule.html"
    if asked.partial:
        template = {
            "count": "rule_count.html",
            "preview": "rule_preview.html",
            "save": template,
        }.get(do, "rule_builder.html")
    if do in ("count", "refresh") or "." in do:
        draft.tree.calm()
    found: Matched | None = None
    if draft.condition is not None:
        found = matched(store, rights, draft.target, draft.condition)
    titles = listing.reference_titles(store, rights, entity, [row]) if row else {}
    seats = tried[0].seats if tried and tried[0] else ()
    with reading(store.engine) as connection:
        people = [seat.person for seat in seats]
        called = listing.titles(connection, store, rights, store.schema.people, people)
    offered = choices(portal, asked, entity) | {
        term.target: [(e.name, w.entities(e.name)) for e in targets(portal, asked)]
    }
    theirs = form.theirs.get(term.condition)
    return portal.page(
        asked, template, status, open_="visibility", entity=entity, term=term, form=form, hint=hint,
        row_id=to_text(row.id) if row else "", title=form.was.get("name", "") or form.was.get(
            "number", ""), place=f"/portal/visibility/{to_text(row.id) if row else 'new'}",
        target=draft.target, tree=draft.tree, everything=draft.everything, exact=draft.exact,
        matched=found,
        may_edit=rights.may(Right.EDIT if row else Right.ADD, entity.name), choices=offered,
        saved=bool(asked.value("saved")), tried=tried is not None and status == 200,
        seen=_seen(form), nothing=bool(tried and tried[1]), seats=seats, called=called,
        focus=do, titled={name: title for (name, _), title in titles.items()},
        theirs=described(portal, asked, draft.target, theirs) if theirs else None,
        **parts(portal, asked, draft.target),
    )  # fmt: skip

"""The versions of a rule, from its history, and the way back to one of them."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.forms import Form, operation_on, previewed, write
from server.portal.lines import Group
from server.portal.lists import found_row
from server.portal.pages import Portal, to
from server.portal.refusals import NotAllowed, Unclear
from server.portal.rule_rows import described, parts, target_named, term_of
from server.portal.values import shown
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.model.terms import Rules
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.history import HistoryEntry
from syncengine.store.history import history as entries_of
from syncengine.store.listing import Listed
from syncengine.store.past import single

VERSIONS = 30  # shown, the newest


@dataclass(frozen=True)
class Version:
    """The rule as it was from then on. tree: nothing where its condition fits no longer."""

    entry: HistoryEntry
    values: dict[str, str]
    tree: Group | None
    current: bool


def versions(portal: Portal, asked: Asked) -> Response:
    """What the rule was, version by version; with POST: a preview of going back, or going back."""
    term, entity = term_of(portal, asked)
    row, rights = found_row(portal, asked, entity, "rule"), asked.signed_in.rights
    may = rights.may(Right.EDIT, entity.name)
    form, found, asked_for = Form({}, {}), None, 0
    if asked.method == "POST":
        if not may:
            raise NotAllowed
        asked_for = _number(asked)
        operation = _back(portal, entity, row, asked_for)
        if asked.value("do") == "back":
            if operation is not None:
                write(portal, asked, [operation], form)
            if not form.general:
                return to(f"/portal/visibility/{to_text(row.id)}?saved=1")
        elif operation is not None:
            found = previewed(portal, asked, form, operation)
    target = target_named(portal, asked, str(row.values[term.target]))
    seats = found.seats if found else ()
    with reading(portal.store.engine) as connection:
        people = [seat.person for seat in seats]
        called = listing.titles(
            connection, portal.store, rights, portal.store.schema.people, people
        )
    return portal.page(
        asked, "rule_versions.html", 422 if form.general else 200, open_="visibility",
        entity=entity, term=term, row_id=to_text(row.id), target=target, may=may, limit=VERSIONS,
        title=row.values.get("name") or row.values.get("number") or "", general=form.general,
        versions=_versions(portal, asked, term, entity, row), asked_for=asked_for,
        seats=seats, form=form,
        called=called, tried=asked.method == "POST" and not form.general,
        **parts(portal, asked, target),
    )  # fmt: skip


def _versions(
    portal: Portal, asked: Asked, term: Rules, entity: Entity, row: Listed
) -> list[Version]:
    store, found, seen = portal.store, list[Version](), set[int]()
    for entry in entries_of(store, store.schema.tags[entity.name], row.id, VERSIONS):
        if entry.version in seen:
            continue
        seen.add(entry.version)
        values = _values_at(portal, entity, row, entry.version)
        titles = listing.reference_titles(
            store, asked.signed_in.rights, entity, [Listed(row.id, entry.version, values)]
        )
        said = {
            f.name: shown(asked.words, f, values[f.name], titles)
            for f in entity.fields
            if f.name not in (term.condition, term.target)
        }
        target = target_named(portal, asked, str(values[term.target]))
        tree = described(portal, asked, target, values[term.condition])
        found.append(Version(entry, said, tree, values == dict(row.values)))
    return found


def _values_at(portal: Portal, entity: Entity, row: Listed, version: int) -> dict[str, Stored]:
    store, tag = portal.store, portal.store.schema.tags[entity.name]
    with reading(store.engine) as connection:
        then = single(connection, store, [(tag, row.id)], version)[tag].get(row.id)
    if then is None:
        raise Unclear
    return {f.name: then[f.name] for f in entity.fields}


def _number(asked: Asked) -> int:
    text = asked.value("version")
    if not text.isdecimal() or len(text) > 18:
        raise Unclear
    return int(text)


def _back(portal: Portal, entity: Entity, row: Listed, version: int) -> Operation | None:
    """The change that writes the old values; None where nothing differs."""
    then = _values_at(portal, entity, row, version)
    changed = {name: value for name, value in then.items() if value != row.values[name]}
    return operation_on(portal, Action.UPDATE, entity, row.id, changed) if changed else None

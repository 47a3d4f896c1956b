"""Who holds a record, and why: each with a sentence; and why somebody does (not) hold it, also at
any past moment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.lists import entity_of, found_row
from server.portal.pages import Portal
from server.portal.pickers import options, referred
from server.portal.record import title_of
from server.portal.refusals import Unseen
from server.portal.telling import Teller
from server.portal.values import Wrong
from syncengine.model.entity import Entity
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.explain import explain
from syncengine.store.explanation import Explanation, Reasoning, StepKind
from syncengine.store.holders import holders
from syncengine.store.overview import DeviceLine, device_lines
from syncengine.store.past import OutOfReach, rows_numbered

SHOWN = 50  # holders on the page of a record


@dataclass(frozen=True)
class Told:
    """An explanation in the reader's language: ways as sentences, those that matter first."""

    held: bool
    ways: list[tuple[bool, list[str]]]
    others: list[tuple[bool, list[str]]]
    version: int | None = None
    instant: int | None = None


@dataclass(frozen=True)
class HolderLine:
    """Somebody who holds the record, with their devices and the first reason."""

    person: str
    title: str
    devices: list[DeviceLine]
    reason: list[str]


def held_by(portal: Portal, asked: Asked) -> Response:
    """Who holds a record now."""
    entity = entity_of(portal, asked)
    row, store, rights = found_row(portal, asked, entity), portal.store, asked.signed_in.rights
    people, tag = store.schema.people, store.schema.tags[entity.name]
    if not rights.may(Right.VIEW, people):
        raise Unseen
    found = holders(store, tag, row.id)
    seen = listing.visible(store, rights, people, found.people)
    shown = [person for person in found.people if person in seen]
    told = [explain(store, person, tag, row.id) for person in shown[:SHOWN]]
    tell = _teller(portal, asked, told)
    devices = device_lines(store, rights)
    with reading(store.engine) as connection:
        titles = listing.titles(connection, store, rights, people, shown[:SHOWN])
    lines = [
        HolderLine(
            to_text(person), titles[person], [d for d in devices if d.person == person],
            _sentences(tell, one.ways[0], row.id),
        )
        for person, one in zip(shown[:SHOWN], told, strict=True)
    ]  # fmt: skip
    return portal.page(
        asked, "held_by.html", open_=entity.name, entity=entity, row_id=to_text(row.id),
        title=title_of(portal, asked, entity, row), everybody=found.everybody,
        lines=sorted(lines, key=lambda line: line.title), limit=SHOWN,
        more=found.more or len(shown) > SHOWN, devices=len(devices), asks=bool(entity.terms),
        form={"person": "", "entity": entity.name, "row": _typed(portal, asked, entity, row.id),
              "at": ""}, errors={}, kinds=kinds(portal, asked),
    )  # fmt: skip


def why(portal: Portal, asked: Asked) -> Response:
    """Why somebody does, or does not, hold a record: the question, and its answer."""
    store = portal.store
    if not asked.signed_in.rights.may(Right.VIEW, store.schema.people):
        raise Unseen
    form = {name: asked.value(name).strip()[:200] for name in ("person", "entity", "row", "at")}
    errors: dict[str, str] = {}
    told, names = None, ("", "")
    if form["person"] and form["row"]:
        told, names = _answer(portal, asked, form, errors)
    return portal.page(
        asked, "why.html", 422 if errors else 200, open_="why", form=form, errors=errors,
        kinds=kinds(portal, asked), told=told, person=names[0], row=names[1],
    )  # fmt: skip


def pick(portal: Portal, asked: Asked) -> Response:
    """What the picker for a record offers, of the kind that is chosen beside it."""
    entity = portal.store.schema.entities.get(asked.value("entity"))
    if entity is None or not asked.signed_in.rights.may(Right.VIEW, entity.name):
        raise Unseen
    return options(portal, asked, entity, asked.value("row"))


def kinds(portal: Portal, asked: Asked) -> list[str]:
    """The kinds of rows that devices hold and the user may view."""
    rights = asked.signed_in.rights
    return [e.name for e in portal.store.schema.by_tag.values()
            if e.terms and rights.may(Right.VIEW, e.name)]  # fmt: skip


def _answer(
    portal: Portal, asked: Asked, form: dict[str, str], errors: dict[str, str]
) -> tuple[Told | None, tuple[str, str]]:
    """(the answer, who and what it is about); what does not fit comes into `errors`."""
    store, w, rights = portal.store, asked.words, asked.signed_in.rights
    people, entity = store.schema.people, store.schema.entities.get(form["entity"])
    if entity is None or not rights.may(Right.VIEW, entity.name):
        raise Unseen
    person = row = None
    try:
        at = w.instant(dt.datetime.fromisoformat(form["at"])) if form["at"] else None
    except (ValueError, OverflowError):
        at, errors["at"] = None, w("A day and a time are needed.")
    try:
        person = referred(portal, asked, people, form["person"])
    except Wrong as wrong:
        errors["person"] = str(wrong)
    try:
        row = _row(portal, asked, entity, form["row"], at)
    except Wrong as wrong:
        errors["row"] = str(wrong)
    except OutOfReach:
        errors["at"] = w("The history does not reach to this moment.")
    if person is None or row is None or errors:
        return None, ("", "")
    try:
        found = explain(store, person, store.schema.tags[entity.name], row, at)
    except OutOfReach:
        errors["at"] = w("The history does not reach to this moment.")
        return None, ("", "")
    form["person"] = _typed(portal, asked, store.schema.entities[people], person)
    form["row"] = _typed(portal, asked, entity, row)
    with reading(store.engine) as connection:
        names = (
            listing.titles(connection, store, rights, people, [person])[person],
            listing.titles(connection, store, rights, entity.name, [row])[row],
        )
    return _told(_teller(portal, asked, [found]), found, row), names


def _row(portal: Portal, asked: Asked, entity: Entity, text: str, at: dt.datetime | None) -> bytes:
    """The row that is asked about; one that was deleted since, only by somebody without a limit."""
    store = portal.store
    if at is not None and asked.signed_in.rights.limit is None:
        tag = store.schema.tags[entity.name]
        if "number" in entity.by_name:
            then = rows_numbered(store, tag, text, at)
            if len(then) == 1:
                return then[0]
        try:
            return from_text(text)
        except ValueError:
            pass
    return referred(portal, asked, entity.name, text)


def _typed(portal: Portal, asked: Asked, entity: Entity, row_id: bytes) -> str:
    found = listing.one(portal.store, asked.signed_in.rights, entity.name, row_id)
    number = found.values.get("number") if found else None  # it may be gone since
    return str(number) if number else to_text(row_id)


def _teller(portal: Portal, asked: Asked, found: Sequence[Explanation]) -> Teller:
    sentences = [step.sentence for one in found for way in one.ways for step in way.steps]
    return Teller(portal, asked, sentences)


def _told(tell: Teller, found: Explanation, row: bytes) -> Told:
    when, said = found.moment, [(way.holds, _sentences(tell, way, row)) for way in found.ways]
    matter = [way for way in said if way[0] is found.held]
    others = [way for way in said if way[0] is not found.held]
    return Told(
        found.held, matter, others, when.version if when else None, when.instant if when else None
    )


def _sentences(tell: Teller, way: Reasoning, row: bytes) -> list[str]:
    """A way without what goes without saying: the record itself, and whose bucket it is in."""
    return [
        tell(step.sentence)
        for step in way.steps
        if step.kind is not StepKind.BUCKET
        and not (step.kind is StepKind.ROW and step.data.get("id") == row)
    ]

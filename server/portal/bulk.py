"""Editing many rows of a list at once: which rows, which field, what would happen, the edit."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from server.bulk_edit import MOST, Edit, LeftOut, Plan, plan, write
from server.portal.asked import Asked
from server.portal.effects import Told, told
from server.portal.forms import Form, previewed_all
from server.portal.lists import View, entity_of, viewed
from server.portal.pages import Portal, to
from server.portal.pickers import choices, referred
from server.portal.refusals import NotAllowed, Unclear
from server.portal.values import Wrong, hint, read, shown
from server.problem import Problem
from syncengine.model.entity import Entity, Field
from syncengine.model.errors import SyncError
from syncengine.model.fields import Reference, Stored
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import clock as clocks
from syncengine.store import listing
from syncengine.store.bulk import BulkUnfinished, ChangeRefused
from syncengine.store.database import reading
from syncengine.store.listing import Listed

ASKED = 100  # an edit of more rows asks whether so many are meant
CHOSEN = 500  # rows that are chosen one by one
NAMED = 50  # rows that are left out, with their names
VALUES = 10  # different values of before
UNSUITED = ("json", "blobreference")  # kinds of fields that are edited row by row


@dataclass
class Bulk:
    """What the form says, and what comes of it. gone: chosen rows that are not there any more.
    done: how many rows were written.
    """

    view: View
    scope: str
    seen: int
    rows: Sequence[Listed]
    gone: int = 0
    field: Field | None = None
    value: Stored = None
    form: Form = dataclasses.field(default_factory=lambda: Form({}, {}))
    plan: Plan | None = None
    told: Told | None = None
    left_out: Sequence[LeftOut] = ()
    done: int | None = None

    @property
    def wrong(self) -> bool:
        """Something does not fit."""
        return bool(self.form.errors or self.form.general)


def bulk(portal: Portal, asked: Asked) -> Response:
    """The form, with what would happen, or what became of it."""
    entity_of(portal, asked, Right.EDIT)
    view = viewed(portal, asked)
    if asked.method == "GET":
        return to(view.address())
    found, do = _chosen(portal, asked, view), asked.value("do", "choose")
    if do not in ("choose", "preview", "save"):
        raise Unclear
    if not found.rows and not found.form.general:
        said = "Choose at least one row." if found.scope == "chosen" else "Nothing was found."
        found.form.general.append(asked.words(said))
    if do != "choose" and not found.wrong:
        _read(portal, asked, found)
    if do != "choose" and not found.wrong:
        _plan(portal, asked, found)
    if do == "preview" and not found.wrong and found.plan and found.plan.operations:
        tried = previewed_all(portal, asked, found.form, found.plan.operations)
        found.told = told(tried.seats if tried else ())
    if do == "save" and not found.wrong:
        _save(portal, asked, found)
    return _page(portal, asked, found)


def fields_of(entity: Entity) -> list[Field]:
    """What can be the same in many rows: no keys, and nothing that is not typed in one input."""
    return [one for one in entity.fields if one.name != "number" and hint(one) not in UNSUITED]


def _chosen(portal: Portal, asked: Asked, view: View) -> Bulk:
    """The rows that the form names, or all that the view finds."""
    store, rights, scope = portal.store, asked.signed_in.rights, asked.value("scope")
    named, w = asked.form.get("row", []), asked.words
    try:
        seen = int(asked.value("seen"))
        ids = list(dict.fromkeys(from_text(text) for text in named))
    except ValueError:
        raise Unclear from None
    with reading(store.engine) as connection:
        if not 0 <= seen <= clocks.read(connection).version:
            raise Unclear
    if scope == "chosen" and len(ids) <= CHOSEN:
        rows = listing.several(store, rights, view.entity.name, ids)
        return Bulk(view, scope, seen, rows, len(ids) - len(rows))
    if scope != "all":
        raise Unclear
    rows, more = listing.page(store, rights, view.wanted, MOST, None)
    found = Bulk(view, scope, seen, rows)
    if more:
        most = w.number(MOST)
        said = w("At most %(number)s rows are edited at once: filter for fewer.", number=most)
        found.form.general.append(said)
    return found


def _read(portal: Portal, asked: Asked, found: Bulk) -> None:
    """Which field, and what it becomes."""
    by_name = {one.name: one for one in fields_of(found.view.entity)}
    one = by_name.get(asked.value("field"))
    if one is None:
        raise Unclear
    text = asked.value(f"v.{one.name}").replace("\r\n", "\n")
    found.field, found.form.texts = one, {one.name: text}
    try:
        if isinstance(one.type, Reference) and text.strip():
            found.value = referred(portal, asked, one.type.entity, text.strip())
        else:
            found.value = read(asked.words, one, text)
    except Wrong as wrong:
        found.form.errors[one.name] = str(wrong)


def _plan(portal: Portal, asked: Asked, found: Bulk) -> None:
    assert found.field is not None
    edit = Edit(found.view.entity, found.field, found.value, found.seen)
    try:
        found.plan = plan(portal.store, asked.signed_in.author("portal"), edit, found.rows)
        found.left_out = found.plan.left_out
    except (Problem, SyncError) as error:
        found.form.general.append(asked.words.reason(error.code, error.detail))


def _save(portal: Portal, asked: Asked, found: Bulk) -> None:
    assert found.plan is not None
    w, many = asked.words, len(found.plan.operations)
    sure = asked.value("sure")
    if many > ASKED and not (sure.isdecimal() and len(sure) < 9 and many <= int(sure)):
        found.form.general.append(w("Confirm that so many rows are meant."))
        return
    try:
        found.done, refused = write(portal.store, asked.signed_in.author("portal"), found.plan)
        found.left_out = [*found.left_out, *refused]
    except BulkUnfinished:
        said = w("Another large change is being written. Try again when it is finished.")
        found.form.general.append(said)
    except ChangeRefused as error:
        if any(one.code == "access.denied" for one in error.objections):
            raise NotAllowed from None
        found.form.general += dict.fromkeys(
            w.reason(one.code, one.detail) for one in error.objections
        )


def _titles(portal: Portal, asked: Asked, entity: str, ids: Iterable[Stored]) -> dict[bytes, str]:
    with reading(portal.store.engine) as connection:
        return listing.titles(connection, portal.store, asked.signed_in.rights, entity, ids)


def _page(portal: Portal, asked: Asked, found: Bulk) -> Response:
    w, view, store = asked.words, found.view, portal.store
    entity, one = view.entity, found.field or _asked_for(asked, view.entity)
    before, after = list[tuple[str, int]](), ""
    if found.plan is not None and one is not None:
        values = sorted(found.plan.before.items(), key=lambda pair: -pair[1])
        kept = [value for value, _ in values[:VALUES]]
        called = {}
        if isinstance(one.type, Reference):
            target = _titles(portal, asked, one.type.entity, [*kept, found.value])
            called = {(one.name, i): title for i, title in target.items()}
        before = [(shown(w, one, value, called), number) for value, number in values[:VALUES]]
        after = shown(w, one, found.value, called)
    left_out = [(to_text(x.row), w.reason(x.code, x.said)) for x in found.left_out[:NAMED]]
    ids = [x.row for x in found.left_out[:NAMED]]
    people = [seat.person for seat in found.told.seats] if found.told else []
    names = {to_text(i): title for i, title in _titles(portal, asked, entity.name, ids).items()}
    return portal.page(
        asked, "bulk.html", 422 if found.wrong else 200, open_=entity.name, bulk=found, view=view,
        entity=entity, fields=fields_of(entity), field=one, form=found.form, hint=hint,
        choices=choices(portal, asked, entity), before=before, after=after, left_out=left_out,
        names=names, told=found.told, asks=ASKED, counted=entity.name if entity.terms else "",
        called=_titles(portal, asked, store.schema.people, people),
        chosen=[to_text(row.id) for row in found.rows] if found.scope == "chosen" else [],
    )  # fmt: skip


def _asked_for(asked: Asked, entity: Entity) -> Field | None:
    return next((one for one in fields_of(entity) if one.name == asked.value("field")), None)

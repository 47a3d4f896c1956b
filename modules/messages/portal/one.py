"""One info: who has come how far with it, what it says, and taking it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

from starlette.responses import Response

from modules.messages.markdown import as_html
from modules.messages.portal.reading import (
    INFO,
    OVERDUE,
    PANEL,
    Line,
    Place,
    counted,
    lines,
    linked,
    seen_since,
    state_of,
    viewer,
)
from modules.messages.portal.remind import may_remind
from modules.messages.receipts import OPEN, STATES
from modules.messages.recipients import RECIPIENT
from modules.messages.reminding import last_reminder
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    found_row,
    operation_on,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted

PARTS = 200  # tasks, targets, links or attachments of an info that are shown
TARGETS = ("employee", "customer", "market", "audience", "rule")


def info(portal: Portal, asked: Asked) -> Response:
    """The matrix, a page of it; `state`: those in that one only."""
    store, rights = portal.store, viewer(asked)
    row = found_row(portal, asked, store.schema.entities[INFO])
    counts = counted(store, rights, [row.id])[row.id]
    state = state_of(row.values, counts, store.environment.now())
    chosen = asked.value("state")
    late = [name for name in (OVERDUE,) if state == OVERDUE]
    if chosen not in ("", *late, *STATES):
        chosen = ""  # what was overdue is not any more
    wanted = {"": STATES, OVERDUE: OPEN}.get(chosen, (chosen,))
    found, more = lines(store, rights, row.id, wanted, _after(asked))
    place, kind = f"/portal/messages/infos/{to_text(row.id)}", str(row.values["kind"])
    onward = {"state": chosen, "after": _text(found[-1].place) if more else ""}
    open_ = sum(counts.get(name, 0) for name in OPEN)
    reminded = last_reminder(store, row.id)
    return portal.page(
        asked, "messages/receipts.html" if asked.partial else "messages/info.html",
        open_="messages/infos", row=row.values, row_id=to_text(row.id), state=state, panel=PANEL,
        place=place, kind=kind, recipient=RECIPIENT[kind], chosen=chosen, lines=found,
        tabs=[
            ("", sum(counts.values())), *((name, open_) for name in late),
            *((name, counts.get(name, 0)) for name in STATES),
        ],
        open_states=OPEN if state == OVERDUE else (), confirmed=counts.get("confirmed", 0),
        later=bool(asked.value("after")), now_open=open_,
        following=f"{place}?{urlencode({n: v for n, v in onward.items() if v})}" if more else "",
        reminded=reminded, seen=seen_since(store, rights, row.id, reminded) if reminded else 0,
        may_remind=may_remind(rights, state, open_),
        may_withdraw=row.values["status"] == "published" and rights.may(Right.EDIT, INFO),
        saved=asked.value("saved"), **_people(portal, asked, found, kind),
        **({} if asked.partial else said(portal, asked, row)),
    )  # fmt: skip


def _people(portal: Portal, asked: Asked, found: Sequence[Line], kind: str) -> dict[str, Any]:
    """What those are called who are named in the lines."""
    store, rights = portal.store, asked.signed_in.rights
    people = [person for line in found for person in (line.owner, line.by) if person]
    with reading(store.engine) as connection:
        ids = [line.recipient for line in found]
        return {
            "titles": listing.titles(connection, store, rights, RECIPIENT[kind], ids),
            "called": listing.titles(connection, store, rights, "employee", people),
        }


def _text(place: Place) -> str:
    rank, number, row_id = place
    return f"{rank}.{to_text(row_id)}.{number}"


def _after(asked: Asked) -> Place | None:
    text = asked.value("after")
    if not text:
        return None
    rank, _, rest = text.partition(".")
    row_id, _, number = rest.partition(".")
    try:
        return int(rank) % len(STATES), number[:100], from_text(row_id)
    except ValueError:
        raise Unclear from None


def said(portal: Portal, asked: Asked, row: Listed) -> dict[str, Any]:
    """What the info says, and whom it is for."""
    store, rights = portal.store, asked.signed_in.rights

    def of(entity: str, order: str | None = None) -> list[Listed]:
        wanted = Wanted(entity, filters=((INFO, row.id),), order=order)
        return listing.page(store, rights, wanted, PARTS, None)[0]

    targets = of("info_target")
    entity = store.schema.entities["info_target"]
    titles = listing.reference_titles(store, rights, entity, targets)
    return {
        "html": as_html(str(row.values["text"] or "")),
        "tasks": [task.values for task in of("info_task", "position")],
        "files": [
            (one.values["title"], f"/portal/data/info_attachment/{to_text(one.id)}/attachment/file")
            for one in of("info_attachment")
        ],
        "linked": linked(portal, asked, _links(portal, (one.values for one in of("info_link")))),
        "targets": [
            (name, bool(one.values["below"]), titles.get((name, value), ""))
            for one in targets
            for name in TARGETS
            if isinstance(value := one.values[name], bytes)
        ],
    }


def _links(portal: Portal, links: Iterable[Mapping[str, object]]) -> Iterator[tuple[str, bytes]]:
    """(kind, id) of those that lead to a kind of row that there is."""
    for link in links:
        kind = str(link["kind"])
        if kind in portal.store.schema.entities and kind in portal.store.tables:
            with suppress(ValueError):
                yield kind, from_text(str(link["row"]))


def withdraw(portal: Portal, asked: Asked) -> Response:
    """What would go; with POST: take it back."""
    store, rights = portal.store, viewer(asked)
    if not rights.may(Right.EDIT, INFO):
        raise NotAllowed
    entity = store.schema.entities[INFO]
    row = found_row(portal, asked, entity)
    place, form = f"/portal/messages/infos/{to_text(row.id)}", Form({}, {}, row.version)
    if row.values["status"] != "published":
        return to(place)
    if asked.method == "POST":
        values = {"status": "withdrawn"}
        write(portal, asked, [operation_on(portal, Action.UPDATE, entity, row.id, values)], form)
        if not form.general:
            return to(f"{place}?saved=withdrawn")
    counts = counted(store, rights, [row.id])[row.id]
    return portal.page(
        asked, "messages/withdraw.html", 422 if form.general else 200, open_="messages/infos",
        row=row.values, place=place, form=form, confirmed=counts.get("confirmed", 0),
        counts=[(name, number) for name in OPEN if (number := counts.get(name, 0))],
        going=sum(counts.get(name, 0) for name in OPEN),
    )  # fmt: skip

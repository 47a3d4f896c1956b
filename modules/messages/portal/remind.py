"""Reminding those who have not confirmed an info: how many that would be, and doing it."""

from __future__ import annotations

from starlette.responses import Response

from modules.messages.portal.reading import (
    INFO,
    OVERDUE,
    REMINDER,
    counted,
    seen_since,
    state_of,
    viewer,
)
from modules.messages.receipts import OPEN, WAITING
from modules.messages.reminding import TooSoon, last_reminder, reminder
from server.portal.public import Asked, Form, NotAllowed, Portal, found_row, to, write
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights


def may_remind(rights: Rights, state: str, open_: int) -> bool:
    """Whether the user is offered to: whom it reaches is not cut to a user's limit."""
    mine = rights.limit is None and rights.may(Right.ADD, REMINDER)
    return mine and state in ("running", OVERDUE) and open_ > 0


def remind(portal: Portal, asked: Asked) -> Response:
    """Whom it would reach, or from when on it can be done again; with POST: do it."""
    store, rights = portal.store, viewer(asked)
    if rights.limit is not None or not rights.may(Right.ADD, REMINDER):
        raise NotAllowed
    row = found_row(portal, asked, store.schema.entities[INFO])
    place, form = f"/portal/messages/infos/{to_text(row.id)}", Form({}, {})
    counts = counted(store, rights, [row.id])[row.id]
    open_ = sum(counts.get(name, 0) for name in OPEN)
    if not may_remind(rights, state_of(row.values, counts, store.environment.now()), open_):
        return to(place)
    again = None
    try:
        operation = reminder(store, row.id)
        if asked.method == "POST":
            write(portal, asked, [operation], form)
            if not form.general:
                return to(f"{place}?saved=reminded")
            reminder(store, row.id)  # where somebody else was faster, that is why
    except TooSoon as soon:
        again = soon.again
        form.general.clear()
    last = last_reminder(store, row.id)
    refused = asked.method == "POST"
    return portal.page(
        asked, "messages/remind.html", 422 if refused else 200, open_="messages/infos",
        row=row.values, place=place, form=form, again=again, last=last, refused=refused,
        going=open_, unseen=sum(counts.get(name, 0) for name in WAITING),
        seen=seen_since(store, rights, row.id, last) if last else 0,
    )  # fmt: skip

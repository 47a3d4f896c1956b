"""An employee leaves (D4): who takes over, what goes to whom, what it does to each device."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import msgspec
from starlette.responses import Response

from server.handover import AUTHOR, Plan, devices_of, plan
from server.leaver_errand import KIND, Wanted
from server.portal.asked import Asked
from server.portal.board import names
from server.portal.holding import person_of
from server.portal.pages import Portal, to
from server.portal.pickers import referred
from server.portal.refusals import NotAllowed, Unclear, Unseen
from server.portal.values import Wrong
from server.problem import Problem
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.errands import TooManyErrands
from syncengine.store.preview import Preview, PreviewTooLarge, preview

Below = Literal["successor", "manager"]
BELOW: dict[str, Below] = {"successor": "successor", "manager": "manager"}


class Tried:
    """What the form asks for, and what would come of it."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.preview: Preview | None = None
        self.too_large = False
        self.wrong = ""  # with the successor
        self.errors: list[str] = []


def leave(portal: Portal, asked: Asked) -> Response:
    """The form; with POST: what would happen, or the hand-over itself, as the user."""
    person = person_of(portal, asked)
    store, rights, people = portal.store, asked.signed_in.rights, portal.store.schema.people
    if not rights.may(Right.EDIT, people):
        raise Unseen
    tried, do = Tried(), asked.value("do")
    below = asked.value("below", "successor")
    if below not in BELOW or (asked.method == "POST" and do not in ("preview", "leave")):
        raise Unclear
    if asked.method == "POST":
        _try(portal, asked, person, BELOW[below], tried)
        if do == "leave" and tried.plan is not None and not tried.errors:
            _leave(portal, asked, person, tried.plan.successor, BELOW[below], tried)
            if not tried.errors:
                return to(f"/portal/leaving/{to_text(person)}")
    last = next((e for e in portal.errands.of(person, 1) if e.kind == KIND), None)
    if asked.partial and last is not None:
        again = last.finished  # the page has more to say now
        headers = {"hx-redirect": f"/portal/leaving/{to_text(person)}"} if again else {}
        part = portal.page(asked, "leave_progress.html", last=last, person=to_text(person))
        part.headers.update(headers)
        return part
    row = listing.one(store, rights, people, person)
    seats = tried.preview.seats if tried.preview else ()
    found = devices_of(store, person)
    called = names(portal, asked, [person, *(seat.person for seat in seats)])
    return portal.page(
        asked, "leave.html", 422 if tried.wrong or tried.errors else 200, open_="employee",
        person=to_text(person), title=called[person], called=called, tried=tried, below=below,
        successor=asked.value("v.successor"), lock=asked.value("lock") == "1", seats=seats,
        devices=found, working=row is not None and row.values.get("active") is not False,
        last=last if asked.method == "GET" else None, people_entity=people,
    )  # fmt: skip


def _try(portal: Portal, asked: Asked, person: bytes, below: Below, tried: Tried) -> None:
    """The plan, and what it would do to each device; or what is wrong with it."""
    store, w, text = portal.store, asked.words, asked.value("v.successor").strip()
    author = replace(AUTHOR, user=asked.signed_in.user_id)
    try:
        if not text:
            raise Wrong(w("This is needed."))
        tried.plan = plan(store, person, referred(portal, asked, store.schema.people, text), below)
        if tried.plan.operations and asked.value("do") == "preview":
            tried.preview = preview(store, author, tried.plan.operations)
            objections = tried.preview.verdict.objections
            if any(o.code == "access.denied" for o in objections):
                raise NotAllowed
            tried.errors = list(dict.fromkeys(w.reason(o.code, o.detail) for o in objections))
    except Wrong as wrong:
        tried.wrong = str(wrong)
    except PreviewTooLarge:
        tried.too_large = True
    except Problem as problem:
        tried.wrong = w.reason(problem.code, problem.detail)


def _leave(
    portal: Portal, asked: Asked, person: bytes, successor: bytes, below: Below, tried: Tried
) -> None:
    """Have it done, one at a time for a person."""
    user = asked.signed_in.author("hand-over").user  # with a password of one's own only
    assert user is not None
    if any(not errand.finished for errand in portal.errands.of(person, 1)):
        return
    wanted = msgspec.msgpack.encode(Wanted(successor, below, asked.value("lock") == "1"))
    try:
        portal.errands.ask(KIND, user, "hand-over", person, wanted)
    except TooManyErrands as refused:
        tried.errors = [asked.words.reason(refused.code, refused.detail)]
    portal.running.hasten()

"""What waits for a decision, as a list; several entries decided at once, each by itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.board import names
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from syncengine.model.errors import SyncError
from syncengine.model.rights import Right
from syncengine.store import listing, review_queue
from syncengine.store.database import reading
from syncengine.store.overview import touched
from syncengine.store.review_queue import Entry, ReviewRefused, ReviewUnreadable, Shown
from syncengine.store.reviews import Kind, ReviewDecided, ReviewUnknown, State

LISTED = 200  # entries of the list, and so of one decision
MAX_REASON = 500  # characters
MAX_NUMBER = 2**31 - 1


@dataclass(frozen=True)
class Outcome:
    """What became of one entry of several."""

    number: int
    done: bool
    said: str


@dataclass(frozen=True)
class Bounded:
    """A number that is counted up to a bound. more: there may be more."""

    number: int
    more: bool = False


def reviews(portal: Portal, asked: Asked) -> Response:
    """Conflicts or quarantined work, open or decided; with POST: decide some of it."""
    kind = kind_of(asked.value("kind", Kind.CONFLICT))
    if asked.signed_in.rights.limit is not None:
        raise Unseen
    error, outcomes = "", list[Outcome]()
    if asked.method == "POST":
        error, outcomes = _decide_all(portal, asked, kind)
    decided = asked.value("decided") == "1"
    found = decidable(portal, asked, kind, decided)
    counts = {str(k): waiting(portal, asked, k) for k in Kind}
    wrong = bool(error) or any(not outcome.done for outcome in outcomes)
    chosen = {number for number in asked.form.get("number", []) if error}
    return portal.page(
        asked, "reviews.html", 422 if wrong else 200, open_="reviews", kind=str(kind),
        entries=found, counts=counts, decided=decided, error=error, outcomes=outcomes,
        titles=titles_of(portal, asked, found), people=_people(portal, asked, found),
        reason=asked.value("reason") if error else "", chosen=chosen, most=LISTED,
        max_reason=MAX_REASON, state=lambda state: said_of(asked, state),
        done=asked.value("done") if asked.value("done").isdigit() else "",
    )  # fmt: skip


def kind_of(text: str) -> Kind:
    """Unclear for anything that is none."""
    try:
        return Kind(text)
    except ValueError:
        raise Unclear from None


def decidable(portal: Portal, asked: Asked, kind: Kind, decided: bool = False) -> list[Entry]:
    """The entries about rows that the user may view; LISTED at most."""
    found, _ = review_queue.entries(portal.store, kind, decided, LISTED)
    return [entry for entry in found if may_view(asked, entry)]


def waiting(portal: Portal, asked: Asked, kind: Kind) -> Bounded:
    """How many open entries there are that `decidable` would have."""
    rights = asked.signed_in.rights
    found = touched(portal.store, kind, LISTED + 1)
    seen = sum(all(rights.may(Right.VIEW, entity) for entity in some) for some in found[:LISTED])
    return Bounded(seen, len(found) > LISTED)


def may_view(asked: Asked, entry: Entry) -> bool:
    """Only what is about kinds of rows that the user may view, and only without a limit to some
    people: a decision concerns rows that may be somebody else's by now.
    """
    rights = asked.signed_in.rights
    return rights.limit is None and all(rights.may(Right.VIEW, kind) for kind, _ in entry.touched)


def seen(portal: Portal, asked: Asked, kind: Kind, number: int) -> Shown:
    """An entry with its values; Unseen where there is none that the user may view."""
    try:
        found = review_queue.show(portal.store, kind, number)
    except ReviewUnknown:
        raise Unseen from None
    if not may_view(asked, found.entry):
        raise Unseen
    return found


def number_of(text: str) -> int:
    """An entry's number; Unclear."""
    if not (text.isascii() and text.isdigit() and len(text) <= 10 and int(text) <= MAX_NUMBER):
        raise Unclear
    return int(text)


def reason_in(asked: Asked) -> str:
    """The reason of a decision; Unclear where it is longer than the form lets it be."""
    reason = asked.value("reason").replace("\r\n", "\n").strip()
    if len(reason) > MAX_REASON:
        raise Unclear
    return reason


def why_not(asked: Asked, error: SyncError) -> list[str]:
    """Why a decision did not take effect, in the reader's language."""
    w = asked.words
    match error:
        case ReviewDecided():
            return [w("Somebody else has decided this meanwhile.")]
        case ReviewUnreadable():
            return [w("This comes from an app too old to be read. It can only be rejected.")]
        case ReviewRefused():
            return [
                w("Your rights do not allow this. Ask whoever administers the users.")
                if objection.code == "access.denied" else w.reason(objection.code, objection.detail)
                for objection in error.objections
            ]  # fmt: skip
        case _:
            return [w.reason(error.code, error.detail)]


def titles_of(portal: Portal, asked: Asked, found: Iterable[Entry]) -> dict[tuple[str, bytes], str]:
    """What the rows of entries are called."""
    wanted: dict[str, set[bytes]] = {}
    for entry in found:
        for entity, row_id in entry.touched:
            wanted.setdefault(entity, set()).add(row_id)
    store, rights = portal.store, asked.signed_in.rights
    with reading(store.engine) as connection:
        return {
            (entity, row_id): title
            for entity, ids in wanted.items()
            for row_id, title in listing.titles(connection, store, rights, entity, ids).items()
        }


def _people(portal: Portal, asked: Asked, found: list[Entry]) -> dict[bytes, str]:
    return names(portal, asked, {x for entry in found for x in (entry.person, entry.behalf)})


def _decide_all(portal: Portal, asked: Asked, kind: Kind) -> tuple[str, list[Outcome]]:
    """(what is wrong with the form, or what became of each entry)."""
    w, do, reason = asked.words, asked.value("do"), reason_in(asked)
    numbers = list(dict.fromkeys(number_of(text) for text in asked.form.get("number", [])))
    if do not in ("accept", "reject") or len(numbers) > LISTED:
        raise Unclear
    if not numbers:
        return w("Choose at least one entry."), []
    if do == "reject" and not reason:
        return w("A reason is needed to reject work: it is kept with the decision."), []
    return "", [_decide(portal, asked, kind, number, reason) for number in numbers]


def _decide(portal: Portal, asked: Asked, kind: Kind, number: int, reason: str) -> Outcome:
    """One of them, whatever becomes of the others."""
    w, store, user = asked.words, portal.store, asked.signed_in.user_id
    try:
        seen(portal, asked, kind, number)
        if asked.value("do") == "accept":
            review_queue.accept(store, kind, number, reason, user)
            return Outcome(number, True, said_of(asked, State.ACCEPTED))
        review_queue.reject(store, kind, number, reason, user)
        return Outcome(number, True, said_of(asked, State.REJECTED))
    except Unseen:
        return Outcome(number, False, w("This page does not exist, or it is not yours to see."))
    except SyncError as error:
        return Outcome(number, False, " ".join(why_not(asked, error)))


def said_of(asked: Asked, state: str) -> str:
    """Where an entry stands."""
    w = asked.words
    return {
        State.OPEN: w("waits"),
        State.ACCEPTED: w("accepted as it was entered"),
        State.EDITED: w("accepted with other values"),
        State.REJECTED: w("rejected"),
    }[State(state)]

"""What a calendar's address asks for: which days, and whose appointments."""

from __future__ import annotations

import datetime as dt
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from modules.masterdata.portal.spans import EARLIEST, LATEST, Span, View
from server.portal.public import Asked, Portal, Unclear, Unseen
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

PLACE = "/portal/masterdata/calendar"
MAX_REPS = 12  # on a page
MAX_TEAMS = 300  # to choose from
PEOPLE = "employee"
ACTIVE = (("active", True),)
ID_BYTES, SHORT = 16, 22  # of an id, and of its characters in an address


@dataclass(frozen=True)
class Where:
    """A page of the calendar. reps: chosen one by one; team: who leads them; after: the last rep of
    the page before, where nobody is chosen. cancelled: those are shown, too.
    """

    span: Span
    reps: tuple[bytes, ...] = ()
    team: bytes | None = None
    after: bytes | None = None
    cancelled: bool = False

    @property
    def address(self) -> str:
        """Of this page."""
        pairs = [("view", str(self.span.view)), ("day", self.span.day.isoformat())]
        pairs += [("rep", _short(self.reps))] if self.reps else []
        pairs += [(n, to_text(v)) for n, v in (("team", self.team), ("after", self.after)) if v]
        pairs += [("cancelled", "1")] if self.cancelled else []
        return f"{PLACE}?{urlencode(pairs)}"

    def at(self, day: dt.date, view: View | None = None) -> Where:
        """The same people at another time."""
        day = min(max(day, EARLIEST), LATEST)
        return replace(self, span=Span(view or self.span.view, day))

    def of(self, *reps: bytes) -> Where:
        """The same days of these people."""
        return replace(self, reps=reps, team=None, after=None)

    def beyond(self, rep: bytes) -> Where:
        """The next people, after this one."""
        return replace(self, reps=(), team=None, after=rep)


def where(asked: Asked, today: dt.date) -> Where:
    """What the address asks for; Unclear."""
    team, after = asked.value("team"), asked.value("after")
    try:
        view = View(asked.value("view") or View.WEEK)
        day = dt.date.fromisoformat(asked.value("day") or today.isoformat())
        found = Where(
            Span(view, day), _ids(asked.query.get("rep", [])),
            from_text(team) if team else None, from_text(after) if after else None,
            asked.value("cancelled") == "1",
        )  # fmt: skip
    except ValueError:
        raise Unclear from None
    if not EARLIEST <= day <= LATEST or len(found.reps) > MAX_REPS:
        raise Unclear
    return found


def _short(ids: Sequence[bytes]) -> str:
    """Ids in one parameter: each appointment's link has all of them."""
    return ".".join(urlsafe_b64encode(row_id).decode().rstrip("=") for row_id in ids)


def _ids(texts: Sequence[str]) -> tuple[bytes, ...]:
    """What `_short` made, or ids as they are written elsewhere; ValueError."""
    found = []
    for text in filter(None, ".".join(texts).split(".")):
        row_id = urlsafe_b64decode(text + "==") if len(text) == SHORT else from_text(text)
        if len(row_id) != ID_BYTES:
            raise ValueError(text)
        found.append(row_id)
    return tuple(dict.fromkeys(found))


def chosen(portal: Portal, rights: Rights, place: Where) -> tuple[list[Listed], bool]:
    """(the people of the page, whether there are more); Unseen."""
    store = portal.store
    if place.reps:
        found = {row.id: row for row in listing.several(store, rights, PEOPLE, place.reps)}
        if len(found) < len(place.reps):
            raise Unseen
        return [found[rep] for rep in place.reps], False
    if place.team is not None:
        lead = listing.one(store, rights, PEOPLE, place.team)
        if lead is None:
            raise Unseen
        of = Wanted(PEOPLE, filters=(*ACTIVE, ("manager", lead.id)), order="number")
        members, more = listing.page(store, rights, of, MAX_REPS - 1, None)
        return [lead, *members], more
    after = None
    if place.after is not None:
        last = listing.one(store, rights, PEOPLE, place.after)
        if last is None:
            raise Unseen
        after = last.values["number"], last.id
    owners = Wanted(PEOPLE, filters=ACTIVE, held_by=("customer", "owner"), order="number")
    rows, more = listing.page(store, rights, owners, MAX_REPS, after)
    if not rows and after is None:  # nobody has customers yet
        everybody = Wanted(PEOPLE, filters=ACTIVE, order="number")
        rows, more = listing.page(store, rights, everybody, MAX_REPS, None)
    return rows, more


def leaders(portal: Portal, rights: Rights) -> Sequence[Listed]:
    """Whose teams can be chosen."""
    of = Wanted(PEOPLE, filters=ACTIVE, held_by=(PEOPLE, "manager"), order="number")
    return listing.page(portal.store, rights, of, MAX_TEAMS, None)[0]

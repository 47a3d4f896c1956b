"""Appointments as a page shows them: with the reader's times, and what is to be said of each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from modules.masterdata.portal.bookings import Reach
from modules.masterdata.portal.plan import Booked, Piece
from server.portal.public import Words
from syncengine.model.ids import to_text

TOLD = 3  # appointments that are named where one clashes with more
APPOINTMENTS = "/portal/masterdata/appointments"


@dataclass(frozen=True)
class Item:
    """A piece on the page. start, end: of the whole appointment. notes: what is wrong with it;
    tone: how wrong. place: its classes in a column of hours.
    """

    id: str
    href: str
    subject: str
    shop: str
    rep: str
    start: str
    end: str
    place: str
    tone: str
    notes: tuple[str, ...]
    series: bool
    booked: Booked


class Items:
    """Makes them: with whom each clashes, whom it reaches, and what people and shops are called."""

    def __init__(
        self, w: Words, called: Mapping[bytes, str], clashes: Mapping[bytes, Sequence[Booked]],
        reach: Reach, back: str,
    ) -> None:  # fmt: skip
        self._w = w
        self._called = called
        self._clashes = clashes
        self._reach = reach
        self._back = urlencode({"next": back})

    def of(self, piece: Piece, first_hour: int = 0) -> Item:
        """first_hour: with which the page's columns begin."""
        one, w = piece.booked, self._w
        tone, notes = self.notes(one)
        width = {5: 6}.get(piece.lanes, piece.lanes)
        place = f"s{piece.slot - 4 * first_hour} n{piece.slots} w{width} l{piece.lane + 1}"
        return Item(
            to_text(one.id), f"{APPOINTMENTS}/{to_text(one.id)}?{self._back}", one.subject,
            self._called.get(one.customer, ""), self._called.get(one.rep, ""),
            *times(w, one, piece.day), place, "off" if not one.active else tone, notes,
            one.series is not None, one,
        )  # fmt: skip

    def notes(self, one: Booked) -> tuple[str, tuple[str, ...]]:
        """(how wrong, what is)."""
        w, notes, tone = self._w, list[str](), ""
        if not one.active:
            return "off", (w("Cancelled"),)
        if away := self._reach.away(one.rep, one.window):
            names = " → ".join(self._called[person] for person in self._reach.instead(one))
            said = w("The rep is away; %(names)s has it.", names=names)
            notes.append(said if names else w("The rep is away; nobody else has it."))
            tone = "away" if names else "bad"
        if others := self._clashes.get(one.id, ()):
            told = ", ".join(f"{clock(w, x.starts)} {x.subject}" for x in others[:TOLD])
            notes.append(w("At the same time as: %(others)s", others=told))
            tone = "bad"
        if not away and not self._reach.has(one.rep, one):
            notes.append(w("Not on the rep's device: it does not hold the customer."))
            tone = tone or "away"
        return tone, tuple(notes)


def clock(w: Words, instant: int) -> str:
    """The time of day."""
    return f"{w.local(instant):%H:%M}"


def times(w: Words, one: Booked, day: dt.date) -> tuple[str, str]:
    """(from when, until when), as it is read on that day: what is on another one has an arrow."""
    begins, ends = w.local(one.starts), w.local(one.until)
    start = f"{begins:%H:%M}" if begins.date() >= day else "←"
    midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time())
    ended = ends.replace(tzinfo=None) <= midnight
    if one.ends is None:
        return start, ""
    return start, f"\N{EN DASH}{ends:%H:%M}" if ended else " →"

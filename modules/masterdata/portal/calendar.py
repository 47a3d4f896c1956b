"""The calendar (D3): reps' appointments by day, week or month, with clashes and absences."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from babel import dates
from starlette.responses import Response

from modules.masterdata.portal import bookings, plan
from modules.masterdata.portal.choice import (
    MAX_REPS,
    PEOPLE,
    Where,
    chosen,
    leaders,
    where,
)
from modules.masterdata.portal.items import APPOINTMENTS, Item, Items
from modules.masterdata.portal.moving import moved
from modules.masterdata.portal.spans import WEEK, View, microseconds
from server.portal.public import Asked, Portal, Unseen, Words, Wrong, referred, to
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.model.windows import Window
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed

IN_A_CELL = {View.MONTH: 4, View.WEEK: 8}  # appointments that a small cell shows
FIRST_HOUR = 9  # of an appointment that is made for a day


@dataclass(frozen=True)
class Cell:
    """A day of a rep, or of all of the page. away: who stands in for the rep. more: appointments
    that there is no room for. rep: nothing, where it is several.
    """

    day: dt.date
    rep: str
    heading: str
    items: Sequence[Item]
    more: int
    away: str
    today: bool
    outside: bool
    href: str
    add: str


def calendar(portal: Portal, asked: Asked) -> Response:
    """A page of it; `add`: with one rep more, by number."""
    rights, w = asked.signed_in.rights, asked.words
    if not (rights.may(Right.VIEW, bookings.ENTITY) and rights.may(Right.VIEW, PEOPLE)):
        raise Unseen
    place = where(asked, w.local(portal.store.environment.now()).date())
    reps, more = chosen(portal, rights, place)
    wrong = ""
    if text := asked.value("add").strip():
        try:
            ids = dict.fromkeys([*place.reps, referred(portal, asked, PEOPLE, text)])
            return to(place.of(*list(ids)[-MAX_REPS:]).address)
        except Wrong as error:
            wrong = str(error)
    sheet = _Sheet(portal, asked, place, reps)
    return portal.page(
        asked, "masterdata/calendar.html", 422 if wrong else 200, open_="masterdata/calendar",
        place=place, wrong=wrong, saved=bool(asked.value("saved")), most=bookings.MAX_SHOWN,
        moved=moved(portal, asked, sheet.called), full=sheet.full, count=sheet.count,
        may_edit=rights.may(Right.EDIT, bookings.ENTITY),
        add=sheet.new() if sheet.may_add else "",
        more=place.beyond(reps[-1].id).address if more else "",
        **_ways(w, place, sheet.today), **_people(portal, asked, place, reps), **sheet.parts(),
    )  # fmt: skip


def _ways(w: Words, place: Where, today: dt.date) -> dict[str, Any]:
    """To other days and views."""
    return {
        "heading": heading(w, place), "views": list(View), "today": today,
        "earlier": place.at(place.span.beside(-1)).address,
        "later": place.at(place.span.beside(1)).address, "to_today": place.at(today).address,
    }  # fmt: skip


def _people(portal: Portal, asked: Asked, place: Where, reps: Sequence[Listed]) -> dict[str, Any]:
    """Whose appointments are shown, each with the page without them, and whose teams may be."""
    store, rights = portal.store, asked.signed_in.rights
    leading = leaders(portal, rights)
    with reading(store.engine) as connection:
        ids = [row.id for row in (*reps, *leading)]
        called = listing.titles(connection, store, rights, PEOPLE, ids)
    return {
        "reps": [
            (row.id, called[row.id], place.of(*(r for r in place.reps if r != row.id)))
            for row in reps
        ],
        "leaders": [(row.id, called[row.id]) for row in leading],
    }  # fmt: skip


def heading(w: Words, place: Where) -> str:
    """What time a page is about."""
    days = place.span.days
    match place.span.view:
        case View.DAY:
            return str(dates.format_date(days[0], "full", locale=w.locale))
        case View.WEEK:
            said = dates.format_interval(days[0], days[-1], "yMMMd", locale=w.locale)
            return f"{said} · " + w("Week %(number)s", number=days[0].isocalendar().week)
        case View.MONTH:
            return str(dates.format_skeleton("yMMMM", place.span.day, locale=w.locale))


def day_name(w: Words, day: dt.date) -> str:
    """As the head of a column."""
    return str(dates.format_skeleton("MMMEd", day, locale=w.locale))


def weekday(w: Words, day: dt.date) -> str:
    """As the head of a month's column."""
    return str(dates.format_skeleton("E", day, locale=w.locale))


class _Sheet:
    """What a page shows, read once."""

    def __init__(self, portal: Portal, asked: Asked, place: Where, reps: Sequence[Listed]) -> None:
        store, self._rights, self._w = portal.store, asked.signed_in.rights, asked.words
        self._place, self._reps, self._days = place, [row.id for row in reps], place.span.days
        self.today = self._w.local(store.environment.now()).date()
        self.may_add = self._rights.may(Right.ADD, bookings.ENTITY)
        self._numbers: Mapping[bytes, str] = {r.id: str(r.values["number"]) for r in reps}
        self._window = Window(self._begin(self._days[0]), self._begin(self._after(self._days[-1])))
        window = self._window.starts or 0, self._window.ends or 0
        with reading(store.engine) as connection:
            booked, self.full = bookings.booked(
                connection, store, self._rights, self._reps, window, place.cancelled
            )
            reach = bookings.reach(connection, store, self._rights, booked, window)
            people = reach.people(self._reps)
            self.called = {
                row_id: title
                for entity, ids in ((PEOPLE, people), ("customer", {b.customer for b in booked}))
                for row_id, title in listing.titles(
                    connection, store, self._rights, entity, ids
                ).items()
            }
            found = plan.pieces(booked, self._days, self._w.local)
            if self._with_hours:
                found = {key: plan.in_lanes(some) for key, some in found.items()}
            self._hours = plan.hours(found.values())
            items = Items(self._w, self.called, plan.clashes(booked), reach, place.address)
            self._items = {
                key: [items.of(piece, self._hours[0]) for piece in some]
                for key, some in found.items()
            }
        self._reach, self.count = reach, len(booked)

    @property
    def _with_hours(self) -> bool:
        """In columns, where there are not too many; else as lists."""
        view = self._place.span.view
        return view is View.DAY or (view is View.WEEK and len(self._reps) <= 1)

    def parts(self) -> dict[str, Any]:
        """One of the three ways to show it, with the names of the days."""
        view, few = self._place.span.view, self._with_hours
        named = weekday if view is View.MONTH else day_name
        return {
            "days": [(day, named(self._w, day)) for day in self._days[:WEEK]],
            "columns": self.columns() if few else [], "hours": self._hours,
            "table": self.table() if view is View.WEEK and not few else [],
            "month": self.month() if view is View.MONTH else [],
        }  # fmt: skip

    def columns(self) -> list[Cell]:
        """Of hours: a day's reps, or a rep's days."""
        if self._place.span.view is View.DAY:
            day = self._days[0]
            return [self._cell(day, [rep], self.called[rep]) for rep in self._reps]
        return [self._cell(day, self._reps, day_name(self._w, day)) for day in self._days]

    def table(self) -> list[tuple[str, str, list[Cell]]]:
        """(rep, address of the rep's own week, cells) of reps below each other."""
        return [
            (
                self.called[rep],
                self._place.of(rep).address,
                [self._cell(day, [rep], day_name(self._w, day))
                 for day in self._days],
            )
            for rep in self._reps
        ]  # fmt: skip

    def month(self) -> list[list[Cell]]:
        """Weeks of days, each with everybody's appointments."""
        cells = [self._cell(day, self._reps, day_name(self._w, day)) for day in self._days]
        return [cells[n : n + WEEK] for n in range(0, len(cells), WEEK)]

    def new(self, day: dt.date | None = None, rep: bytes | None = None) -> str:
        """The address of a form for a new appointment."""
        given = {"next": self._place.address}
        if day is not None:
            given["with.starts_at"] = f"{day.isoformat()}T{FIRST_HOUR:02}:00"
            given["with.ends_at"] = f"{day.isoformat()}T{FIRST_HOUR + 1:02}:00"
        if rep is not None or len(self._reps) == 1:
            given["with.employee"] = self._numbers[rep or self._reps[0]]
        return f"{APPOINTMENTS}/new?{urlencode(given)}"

    def _cell(self, day: dt.date, reps: Sequence[bytes], said: str) -> Cell:
        items = [item for rep in reps for item in self._items.get((rep, day), ())]
        if len(reps) > 1:
            items.sort(key=lambda item: (item.booked.starts, item.id))
        shown = items if self._with_hours else items[: IN_A_CELL[self._place.span.view]]
        rep = reps[0] if len(reps) == 1 else None
        return Cell(
            day, to_text(rep) if rep else "", said, shown, len(items) - len(shown),
            self._away(rep, day) if rep else "", day == self.today,
            self._place.span.view is View.MONTH and day.month != self._place.span.day.month,
            self._of_day(day, rep), self.new(day, rep) if self.may_add else "",
        )  # fmt: skip

    def _of_day(self, day: dt.date, rep: bytes | None) -> str:
        there = self._place.at(day, View.DAY)
        return there.of(rep).address if rep else there.address

    def _away(self, rep: bytes, day: dt.date) -> str:
        window = Window(self._begin(day), self._begin(self._after(day)))
        links = self._reach.away(rep, window)
        if not links:
            return ""
        names = ", ".join(dict.fromkeys(self.called[link.substitute] for link in links))
        return self._w("away: %(names)s", names=names)

    def _begin(self, day: dt.date) -> int:
        return microseconds(self._w.instant(dt.datetime.combine(day, dt.time())))

    @staticmethod
    def _after(day: dt.date) -> dt.date:
        return day + dt.timedelta(days=1)

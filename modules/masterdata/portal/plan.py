"""Appointments on the days of a page: where each is drawn, and what it clashes with. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from syncengine.model.windows import Window

MINUTE = 60_000_000  # microseconds
USUAL = 30 * MINUTE  # how long one takes that does not say when it ends
SLOT = 15  # minutes; a day has 96 of them by its clock, whether it has 23 hours or 25
SLOTS = 24 * 60 // SLOT
LEAST = 2  # slots that are drawn for the shortest one
LANES = 6  # beside each other; more lie on top of each other in the last one
WORKDAY = (7, 19)  # hours that are drawn, whatever happens in them


@dataclass(frozen=True)
class Booked:
    """An appointment as it is stored. ends: None or nonsense counts as USUAL later."""

    id: bytes
    version: int
    rep: bytes
    customer: bytes
    subject: str
    starts: int
    ends: int | None
    active: bool
    series: str | None

    @property
    def until(self) -> int:
        """When it is over."""
        if self.ends is None or self.ends <= self.starts:
            return self.starts + USUAL
        return self.ends

    @property
    def window(self) -> Window:
        """When it takes place."""
        return Window(self.starts, self.until)


@dataclass(frozen=True)
class Piece:
    """What of an appointment lies in one day. slot, slots: by the clock of that day. lane: which of
    `lanes` beside each other.
    """

    booked: Booked
    day: dt.date
    slot: int
    slots: int
    lane: int = 0
    lanes: int = 1


def clashes(booked: Iterable[Booked]) -> dict[bytes, list[Booked]]:
    """The active ones of the same rep that are at the same time, by the appointment's id."""
    found: dict[bytes, list[Booked]] = {}
    open_: dict[bytes, list[Booked]] = {}
    for one in sorted((b for b in booked if b.active), key=lambda b: (b.starts, b.id)):
        still = [other for other in open_.get(one.rep, []) if other.until > one.starts]
        for other in still:
            found.setdefault(one.id, []).append(other)
            found.setdefault(other.id, []).append(one)
        open_[one.rep] = [*still, one]
    return found


def pieces(
    booked: Iterable[Booked], days: Sequence[dt.date], local: Callable[[int], dt.datetime]
) -> dict[tuple[bytes, dt.date], list[Piece]]:
    """By rep and day, as they come; local: an instant by the reader's clock. What lasts for days
    has a piece in each.
    """
    first, last = days[0], days[-1]
    found: dict[tuple[bytes, dt.date], list[Piece]] = {}
    for one in booked:
        begins, ends = local(one.starts), local(one.until - 1)
        day = max(begins.date(), first)
        while day <= min(ends.date(), last):
            start = _slot(begins) if day == begins.date() else 0
            end = _slot(ends) + 1 if day == ends.date() else SLOTS
            slots = max(end - start, LEAST)
            piece = Piece(one, day, min(start, SLOTS - slots), slots)
            found.setdefault((one.rep, day), []).append(piece)
            day += dt.timedelta(days=1)
    return {key: sorted(some, key=_order) for key, some in found.items()}


def _order(piece: Piece) -> tuple[int, int, bytes]:
    return piece.booked.starts, piece.booked.until, piece.booked.id


def _slot(local: dt.datetime) -> int:
    return (local.hour * 60 + local.minute) // SLOT


def in_lanes(column: Iterable[Piece]) -> list[Piece]:
    """Beside each other where they would be drawn on top of each other."""
    group: list[Piece] = []
    found: list[Piece] = []
    for piece in sorted(column, key=lambda p: (p.slot, -p.slots, p.booked.id)):
        if group and all(p.slot + p.slots <= piece.slot for p in group):
            found += _laned(group)
            group = []
        group.append(piece)
    return found + _laned(group)


def _laned(group: Sequence[Piece]) -> list[Piece]:
    """Of a group that hangs together: each in the first lane that is free."""
    free: list[int] = []  # by lane: from which slot on
    lanes: list[int] = []
    for piece in group:
        lane = next((n for n, slot in enumerate(free) if slot <= piece.slot), len(free))
        if lane == len(free) and lane < LANES:
            free.append(0)
        lane = min(lane, LANES - 1)
        free[lane] = max(free[lane], piece.slot + piece.slots)
        lanes.append(lane)
    return [
        Piece(p.booked, p.day, p.slot, p.slots, lane, len(free))
        for p, lane in zip(group, lanes, strict=True)
    ]


def hours(columns: Iterable[Iterable[Piece]]) -> tuple[int, int]:
    """From which hour until which the page draws: those of work, and whatever is outside."""
    per = 60 // SLOT
    starts, ends = WORKDAY
    for column in columns:
        for piece in column:
            starts = min(starts, piece.slot // per)
            ends = max(ends, -(-(piece.slot + piece.slots) // per))
    return starts, ends

"""What reps do with their working time on their devices, by the module's facade and past all rules:
taps, times by hand, months handed in. The whole of a life.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from device_sdk.errors import Refused
from modules.timesheets.device import NoSpan, NotReady, Timesheets
from modules.timesheets.spans import Kind
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.office import PEOPLE
from tests.simulation.reckoning import EPOCH, HOUR, Row, number, wrong_on
from tests.simulation.seat import SimulatedSeat
from tests.simulation.spent import BELONGS, COUNTED, SHEET, SPAN, STATES, TRIP
from tests.simulation.travelling import RARELY, UTC, TravellingLife
from tests.simulation.witness import real, seated

TAPS = (
    "start_day",
    "start_day",
    "start_travel",
    "end_travel",
    "start_break",
    "end_break",
    "end_day",
)
HOURS = (4, 4, 8, 8, 10)
TOO_MANY = 26
FORGED: dict[str, dict[str, Stored]] = {
    TRIP: {"purpose": "Forged"},
    SHEET: {"zone": "UTC"},
    "trip_stage": {"place": "Forged"},
    "trip_meal": {"paid": 2},
    "trip_drive": {"route": "Forged"},
    "trip_item": {"remark": "Forged"},
    "trip_receipt": {"position": 6},
    SPAN: {"remark": "Forged"},
}
OF_OFFICE: dict[str, dict[str, Stored]] = {
    TRIP: {"total": 10**6, "currency": "EUR"},
    SHEET: {"minutes": 10},
}
CORRECTED: dict[str, dict[str, Stored]] = {
    TRIP: {"difference": 10**6},
    SHEET: {"day": "2026-09-01", "minutes": 60},
}


class ClockingLife(TravellingLife):
    """The whole of it."""

    def timesheets(self, which: int) -> Timesheets:
        """Of a device."""
        return Timesheets(real(self.seat(which)).device)

    # -- acts

    def tap(self, which: int, drawn: int) -> None:
        """By the device's own clock; what cannot be is told."""
        timesheets, random = self.timesheets(which), Random(f"tap {drawn}")
        for _ in range(random.randint(1, 2)):
            try:
                getattr(timesheets, random.choice(TAPS))()
            except NoSpan:
                self.counts["tap_refused_here"] += 1
            self.wrote(which)

    def record_time(self, which: int, drawn: int) -> None:
        """A day, travel or a break by hand; what was recorded is changed, ended or taken out."""
        seat, random = seated(self.seat(which)), Random(f"record {drawn}")
        timesheets = self.timesheets(which)
        there = [
            row for row in self.shown_rows(seat, SPAN)
            if self.paper_of[row] in self.shown_in(seat, SHEET, "recorded")
        ]  # fmt: skip
        open_ = [row for row in there if "ends_at" not in self._should_show(seat, SPAN, row)]
        if open_ and random.random() < 0.7:
            for row in open_:
                starts = number(self._should_show(seat, SPAN, row), "starts_at")
                ends = EPOCH + dt.timedelta(microseconds=starts, hours=random.choice((1, 7)))
                timesheets.change(row, ends_at=ends)
        elif there and random.random() < 0.2:
            timesheets.remove(random.choice(there))
        elif there and random.random() < 0.2:
            timesheets.change(random.choice(there), remark=random.choice(("Stocktaking", "Fair")))
        else:
            day = self.today() - dt.timedelta(days=random.randint(0, 40))
            starts_at = dt.datetime.combine(day, dt.time(random.choice((7, 8, 12))), UTC)
            wrong = random.random() < RARELY
            hours = random.choice((-1, TOO_MANY)) if wrong else random.choice(HOURS)
            ends_at = starts_at + dt.timedelta(hours=hours)
            kind = random.choice((Kind.DAY, Kind.DAY, Kind.DAY, Kind.BREAK, Kind.TRAVEL))
            timesheets.add(kind, starts_at, ends_at)
        self.wrote(which)

    def hand_in_month(self, which: int, one: int, drawn: int) -> None:
        """The device refuses a month that is wrong by the rows that it shows, and takes another. An
        app without the facade does not ask.
        """
        seat = seated(self.seat(which))
        recorded = self.shown_in(seat, SHEET, "recorded")
        if not recorded:
            return
        sheet = self.pick(recorded, one)
        if drawn % 5 == 0:
            with real(seat).device.changeset() as changes:
                changes.update(SHEET, sheet, status="submitted")
            self.wrote(which)
            return
        month = str(self._should_show(seat, SHEET, sheet)["month"])
        faults = set[str]()
        for row in recorded:
            told = self._should_show(seat, SHEET, row)
            if told["month"] == month:
                faults |= wrong_on(told, self._spans_on(seat, [row]), self._counted_on(seat))
        day = dt.date.fromisoformat(month)
        said = {fault.code for fault in self.timesheets(which).month(day).faults}
        assert said == faults, f"the device says {said}, not {faults}"
        try:
            self.timesheets(which).submit(day)
        except NotReady:
            assert faults, "a month with which nothing is wrong is not handed in"
            self.counts["month_not_ready"] += 1
        else:
            assert not faults, f"handed in with {faults}"
        self.wrote(which)

    def _counted_on(self, seat: SimulatedSeat) -> list[Row]:
        return self._spans_on(seat, self.shown_in(seat, SHEET, *COUNTED))

    def _spans_on(self, seat: SimulatedSeat, sheets: list[bytes]) -> list[Row]:
        rows = [row for row in self.shown_rows(seat, SPAN) if self.paper_of[row] in sheets]
        return [self._should_show(seat, SPAN, row) for row in rows]

    def record_again(self, which: int, one: int) -> None:
        """A new sheet of one that came back: with all its spans, linked to it, and once."""
        seat = seated(self.seat(which))
        rejected = self.shown_in(seat, SHEET, "rejected")
        if not rejected:
            return
        old, sheets = self.pick(rejected, one), self.shown_rows(seat, SHEET)
        new = self.timesheets(which).again(old).bytes
        self.wrote(which)
        there = new in sheets
        assert self._should_show(seat, SHEET, new).get("replaces") == old, "another sheet than that"
        if not there:
            were, now = (
                sorted((number(s, "starts_at"), str(s["kind"])) for s in self._spans_on(seat, [of]))
                for of in (old, new)
            )
            assert were == now, "the new sheet has other spans"
        self.counts["sheet_there_again" if there else "sheet_again"] += 1

    def month_through(self, who: str, drawn: int) -> None:
        """Somebody's working time and what becomes of it, one after the other."""
        random, which = Random(f"month {drawn}"), PEOPLE.index(who)
        for place in range(random.randint(1, 3)):
            self.record_time(which, drawn + place)
        self.hand_in_month(which, -1, drawn)
        self.session(which, None)
        self.review_money(None)
        self.decide_paper(-1, random.choice(("approved", "rejected")), drawn)
        self.correct_paper(-1, drawn)
        self.end_act()
        self.session(which, None)
        self.record_again(which, -1)
        self.add_up(which)

    # -- past the facade

    def force_money(self, which: int, one: int, drawn: int) -> None:
        """A client that asks nobody writes to any trip or sheet, whosever and in whatever state."""
        oracle, random = self.spent, Random(f"force {drawn}")
        if not oracle.paper:
            return
        row = self.pick(list(oracle.paper), one)
        entity, pieces = (
            oracle.paper[row].entity,
            [r for r, p in oracle.piece.items() if p.of == row],
        )
        match random.choice(("step", "step", "edit", "delete", "add", "office", "correct")):
            case "step":
                self._force_one(which, entity, row, {"status": random.choice(STATES[entity])})
            case "edit":
                some = random.choice([row, *pieces])
                kind = entity if some == row else oracle.piece[some].entity
                self._force_one(which, kind, some, FORGED[kind])
            case "delete" if pieces:
                some = random.choice(pieces)
                self._force(which, Action.DELETE, oracle.piece[some].entity, some, None, {})
            case "add":
                self._force_piece(which, row)
            case "office":
                self._force_one(which, entity, row, OF_OFFICE[entity])
            case "correct":
                said = {entity: row, "reason": "Forged", **CORRECTED[entity]}
                self._force(which, Action.INSERT, f"{entity}_correction", None, None, said)
        self.counts["forged_money"] += 1

    def _force_one(self, which: int, entity: str, row: bytes, said: dict[str, Stored]) -> None:
        self._force(which, Action.UPDATE, entity, row, None, said)

    def _force_piece(self, which: int, paper: bytes) -> None:
        is_trip = self.spent.paper[paper].entity == TRIP
        kind = "trip_drive" if is_trip else SPAN
        said: dict[str, Stored] = {BELONGS[kind]: paper}
        if is_trip:
            said |= {"day": self.today().isoformat(), "vehicle": "car", "kilometres": 9_990}
        else:
            said |= {"kind": "day", "starts_at": self.now, "ends_at": self.now + HOUR}
        made = self._force(which, Action.INSERT, kind, None, None, said)
        self.file_in(kind, made, said)

    def touch_frozen(self, which: int, one: int) -> None:
        """An app that does without the facade: the device itself refuses to change what was handed
        in.
        """
        seat, device = seated(self.seat(which)), real(self.seat(which)).device
        frozen = [*self.shown_in(seat, TRIP, *COUNTED), *self.shown_in(seat, SHEET, *COUNTED)]
        there = {
            r: n for r, n in self.shown_rows(seat, *BELONGS).items() if self.paper_of[r] in frozen
        }
        if not there:
            return
        row = self.pick(list(there), one)
        try:
            with device.changeset() as changes:
                changes.delete(there[row], row)
        except Refused:
            self.counts["frozen_here"] += 1
        else:
            raise AssertionError(f"a device changes {there[row]} of what was handed in")

    # -- what it comes to

    def add_up(self, which: int) -> None:
        super().add_up(which)
        seat = seated(self.seat(which))
        known = self.known_spent(seat)
        for row in self.shown_in(seat, SHEET, *COUNTED, "rejected"):
            total = known.total(row) if known is not None and row in known.paper else None
            if total is not None:
                day = dt.date.fromisoformat(str(self._should_show(seat, SHEET, row)["month"]))
                (sheet,) = [
                    s for s in self.timesheets(which).month(day).sheets if s.id.bytes == row
                ]
                assert sheet.minutes == total, f"a sheet has {sheet.minutes}, not {total}"
                self.counts["sheet_added_up"] += 1

    def settle(self) -> None:
        """What was handed in is reviewed; every device of a person shows what came of it."""
        if not self.kind.has(TRIP):
            super().settle()
            return
        self.narrow(is_narrow=False)
        for place in range(len(self.seats)):
            self.skews[place] = 0
            self.session(place, None)
        self.review_money(None)
        self.end_act()
        super().settle()
        self.compare_money()
        self.audit_money()
        for place, seat in enumerate(self.seats):
            self.add_up(place)
            self.keeps_typed(seated(seat))

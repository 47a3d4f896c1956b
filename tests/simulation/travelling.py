"""What reps do with trips on their devices, by the module's facade: write, hand in, write again."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from random import Random
from typing import cast
from zoneinfo import ZoneInfo

from modules.expenses.device import Expenses, NotReady
from syncengine.model.entity import Action
from tests.fleet.office import PEOPLE
from tests.simulation.handed_in import HandedInLife
from tests.simulation.reckoning import EPOCH, Value, comes_to, wrong_with
from tests.simulation.seat import SimulatedSeat
from tests.simulation.spent import COUNTED, PARTS, TRIP, journey_of
from tests.simulation.witness import real, seated

PURPOSES = ("Fair in Cologne", "Training", "Stand-in")
UTC = ZoneInfo("UTC")
DAYS_AGO = (-2, -1, -1, 0)
HOURS_AWAY = (5, 5, 9, 12, 30, 30, 54)
GROSS = ("10.00", "23.80", "23.80", "49.99", "49.99", "60.00")
RARELY = 0.06  # something is wrong
LINKED = ("trip_stage", "trip_drive", "trip_item")


class TravellingLife(HandedInLife):
    """Acts on devices."""

    def expenses(self, which: int) -> Expenses:
        """Of a device."""
        return Expenses(real(self.seat(which)).device)

    def today(self) -> dt.date:
        """By everybody's calendar, whatever a device's clock shows."""
        return (EPOCH + dt.timedelta(microseconds=self.now)).date()

    def shown_rows(self, seat: SimulatedSeat, *entities: str) -> dict[bytes, str]:
        """What a device shows by its own clock: its rows of some kinds, in order."""
        number = self.seats.index(seat)
        shown = seat.expected(self.now + self.skews[number])
        return {row: name for name, row in sorted(shown) if name in entities}

    def shown_in(self, seat: SimulatedSeat, entity: str, *states: str) -> list[bytes]:
        """Trips or sheets that a device shows in some states."""
        rows = self.shown_rows(seat, entity)
        return [r for r in rows if self._should_show(seat, entity, r).get("status") in states]

    # -- acts

    def travel(self, which: int, drawn: int) -> None:
        """A new trip with some parts, maybe handed in."""
        random = Random(f"travel {drawn}")
        trip = self._begin_trip(which, random)
        for _ in range(random.randint(1, 4)):
            self._write_on(which, trip, random)
        self._end(which, trip, random)

    def _end(self, which: int, trip: bytes, random: Random) -> None:
        """It is handed in, also by an app that does not ask what is wrong; or it stays a draft."""
        chance = random.random()
        if chance < 0.6:
            self._hand_in(which, trip)
        elif chance < 0.75:
            with real(self.seat(which)).device.changeset() as changes:
                changes.update(TRIP, trip, status="submitted")
            self.wrote(which)

    def _begin_trip(self, which: int, random: Random) -> bytes:
        made = self.expenses(which).begin(random.choice(PURPOSES), random.choice((None, "4711")))
        self.wrote(which)
        return made.bytes

    def go_on(self, which: int, one: int, drawn: int) -> None:
        """A draft gets more, other values or less; it is handed in, or thrown away."""
        seat, random = seated(self.seat(which)), Random(f"go on {drawn}")
        drafts = self.shown_in(seat, TRIP, "draft")
        if not drafts:
            return
        trip = self.pick(drafts, one)
        for _ in range(random.randint(0, 2)):
            self._write_on(which, trip, random)
        for _ in range(random.randint(0, 2)):
            self._change(which, trip, random)
        if random.random() < 0.15:
            self.expenses(which).discard(trip)
            self.wrote(which)
            self.counts["trip_discarded"] += 1
        else:
            self._end(which, trip, random)

    def _write_on(self, which: int, trip: bytes, random: Random) -> None:
        """One part more."""
        expenses, wrong = self.expenses(which), random.random() < RARELY
        stages = real(self.seat(which)).device.rows("trip_stage", "trip=?", [trip])
        day = self.today() + dt.timedelta(days=random.choice(DAYS_AGO))
        if stages and not wrong:
            day = cast(dt.datetime, stages[0]["starts_at"]).date()
        kinds = ["meal", "drive", "item", "item"] + ["stage"] * wrong
        match random.choice(kinds) if stages or random.random() < 0.2 else "stage":
            case "stage":
                hour = random.choice((6, 9, 13))
                starts = dt.datetime.combine(day, dt.time(hour), UTC)
                away = -1 if wrong else random.choice(HOURS_AWAY)
                ends = starts + dt.timedelta(hours=away)
                expenses.add_stage(trip, "DE", starts, ends, random.choice((None, "Cologne")))
            case "meal":
                paid = random.choice((None, None, Decimal("2.00"), Decimal("20.00")))
                expenses.add_meal(trip, day, random.choice(("breakfast", "lunch", "dinner")), paid)
            case "drive":
                vehicle = "boat" if wrong else random.choice(("car", "car", "other"))
                far = Decimal(0 if wrong else random.choice(("12.5", "100.0")))
                expenses.add_drive(trip, day, vehicle, far)
            case "item":
                currency = random.choice(("EUR", "EUR", "CHF"))
                rate = None if wrong or currency == "EUR" else Decimal("1.055")
                gross = Decimal("600.00" if wrong else random.choice(GROSS))
                item = expenses.add_item(trip, day, self.taxi, gross, currency, rate)
                if gross > 50 or random.random() < 0.3:
                    self.wrote(which)
                    photo = self.attach(which, self.content(random), random)  # maybe after a crash
                    self.expenses(which).add_receipt(item, photo)
        self.wrote(which)

    def _change(self, which: int, trip: bytes, random: Random) -> None:
        """A part of a draft is another, or gone; or what the trip is for is."""
        seat, expenses = seated(self.seat(which)), self.expenses(which)
        parts = {r: n for r, n in self.shown_rows(seat, *PARTS).items() if self.paper_of[r] == trip}
        if not parts or random.random() < 0.2:
            expenses.describe(trip, random.choice(PURPOSES), random.choice((None, "4712")))
        elif random.random() < 0.4:
            row = random.choice(list(parts))
            expenses.remove(parts[row], row)
        else:
            row = random.choice(list(parts))
            values: dict[str, dict[str, object]] = {
                "trip_stage": {"place": random.choice(("Bonn", "Ulm")), "remark": "Late"},
                "trip_meal": {"paid": random.choice((None, Decimal("3.00")))},
                "trip_drive": {"kilometres": Decimal(random.choice(("7.0", "80.0")))},
                "trip_item": {"gross": Decimal(random.choice(GROSS)), "remark": "Taxi"},
            }
            if parts[row] in values:
                expenses.change(parts[row], row, **values[parts[row]])
        self.wrote(which)

    def _hand_in(self, which: int, trip: bytes) -> None:
        """The device refuses what is wrong by the rows that it shows, and takes what is not."""
        seat = seated(self.seat(which))
        faults, total, sure = self._stands(seat, trip)
        standing = self.expenses(which).statement(trip)
        told = {fault.code for fault in standing.faults}
        assert told or not faults, f"{faults} of a trip is not told"
        if sure:
            assert told == faults, f"the device says {told}, not {faults}"
            shown = standing.total
            assert faults or (shown and int(shown.amount * 100) == total), f"{shown}, not {total}"
        try:
            self.expenses(which).submit(trip)
        except NotReady:
            assert told, "a trip with which nothing is wrong is not handed in"
            self.counts["trip_not_ready"] += 1
        else:
            assert not told, f"handed in with {told}"
        self.wrote(which)

    def _stands(self, seat: SimulatedSeat, trip: bytes) -> tuple[set[str], int | None, bool]:
        """(what is wrong with a draft, what it comes to, whether the device must say the same): as
        long as all other trips near it are settled, and the device has the rates.
        """
        parts = self.shown_rows(seat, *PARTS)
        others = [row for row in self.shown_in(seat, TRIP, *COUNTED) if row != trip]
        known = self.known_spent(seat)
        if known is None or not known.common <= seat.checkpoint:
            return set(), None, False

        def shown(
            one: bytes, given: Mapping[int, int]
        ) -> dict[bytes, tuple[str, dict[str, Value]]]:
            return {
                r: (n, self._should_show(seat, n, r))
                for r, n in parts.items() if self.paper_of[r] == one
            }  # fmt: skip

        settled = {row: known.paper[row].given for row in others if row in known.paper}
        near = [journey_of(shown(r, {}), settled.get(r, {})) for r in others]
        mine = journey_of(shown(trip, {}))
        faults = wrong_with(mine, near)
        sure = all(self._should_show(seat, TRIP, row).get("total") is not None for row in others)
        return faults, None if faults else comes_to(mine, near), sure

    def write_again(self, which: int, one: int) -> None:
        """A new draft of a trip that came back: with all its parts, each linked to the one before,
        and what was wrong beside it.
        """
        seat = seated(self.seat(which))
        rejected = self.shown_in(seat, TRIP, "rejected")
        if not rejected:
            return
        old = self.pick(rejected, one)
        before = {r: n for r, n in self.shown_rows(seat, *PARTS).items() if self.paper_of[r] == old}
        new = self.expenses(which).again(old)
        self.wrote(which)
        made = {work.row: work for work in seat.work[-1].operations}
        assert made[new.bytes].fields.get("replaces") == old, "the new draft forgot the old one"
        assert all(work.action is Action.INSERT for work in made.values())
        for kind in PARTS:
            were = [r for r, name in before.items() if name == kind]
            now = [work for work in made.values() if work.entity == kind]
            assert len(were) == len(now), f"{len(now)} of {kind}, not {len(were)}"
            links = {work.fields.get("replaces") for work in now}
            assert kind not in LINKED or links == set(were), f"a new {kind} forgot the old one"
        self._says_what_was_wrong(
            which, old, new, {w.fields.get("replaces"): r for r, w in made.items()}
        )
        self.counts["trip_again"] += 1

    def _says_what_was_wrong(
        self, which: int, old: bytes, new: uuid.UUID, now: Mapping[Value, bytes]
    ) -> None:
        known = self.known_spent(seated(self.seat(which)))
        assert known is not None
        wanted = []
        for piece in known.added.values():
            if piece.entity == "trip_objection" and piece.of == old:
                about = next(
                    (piece.values[n] for n in ("stage", "drive", "item") if n in piece.values), None
                )
                wanted.append((str(piece.values["reason"]), now.get(about) if about else None))
        told = self.expenses(which).objections(new)
        found = [(o.reason, o.row.bytes if o.row else None) for o in told]
        assert sorted(found, key=str) == sorted(wanted, key=str), (
            "the draft does not say what was wrong"
        )

    # -- a person with two devices

    def both_travel(self, who: str, drawn: int) -> None:
        """Two devices of a person write the same draft, without network; one hands it in."""
        random, numbers = Random(f"both travel {drawn}"), self.devices_of(who)
        trip = self._begin_trip(numbers[0], random)
        self._write_on(numbers[0], trip, random)
        for number in numbers:
            self.session(number, None)
        for number in numbers:
            if trip in self.shown_in(seated(self.seat(number)), TRIP, "draft"):
                self._change(number, trip, random)
                self._write_on(number, trip, random)
                if random.random() < 0.5:
                    self._end(number, trip, random)
                elif random.random() < 0.3:
                    self.expenses(number).discard(trip)
                    self.wrote(number)
        for number in (*numbers, numbers[0]):
            self.session(number, None)
        self.counts["both_travelled"] += 1

    def devices_of(self, who: str) -> list[int]:
        """The numbers of somebody's two devices; the second one comes when it is asked for."""
        found = [number for number, seat in enumerate(self.seats) if seat.person == who]
        if len(found) < 2:
            self._enrol_at(len(self.seats), who)
            found.append(len(self.seats) - 1)
            self.counts["second_device"] += 1
        return found

    def see_through(self, who: str, drawn: int) -> None:
        """A trip of somebody and what becomes of it, one after the other, as far as it comes."""
        random, number = Random(f"through {drawn}"), PEOPLE.index(who)
        self.session(number, None)  # with the rates
        self.travel(number, drawn)
        self.session(number, None)
        self.review_money(None)
        for place, to in enumerate(random.choice((("approved", "reimbursed"), ("rejected",)))):
            self.decide_paper(-1, to, drawn + place)
            self.correct_paper(-1, drawn + place)
        self.end_act()
        self.session(number, None)
        self.write_again(number, -1)
        self.add_up(number)

    # -- what it comes to

    def add_up(self, which: int) -> None:
        """What the server reckoned, with counter-entries: on the device, too."""
        seat = seated(self.seat(which))
        known = self.known_spent(seat)
        for row in self.shown_in(seat, TRIP, *COUNTED, "rejected"):
            total = known.total(row) if known is not None and row in known.paper else None
            if total is not None:
                standing = self.expenses(which).statement(row)
                assert standing.total is not None
                found = int(standing.total.amount * 100)
                assert found == total, f"a trip comes to {found}, not {total}"
                self.counts["trip_added_up"] += 1

"""A day with a trip, after the documents: two stages over midnight, written without network,
checked by the server, approved and stated, while a substitute has everything else of who
travelled.

What must come of it is written down here: 36.00 for each day in France, 10.60 off for a breakfast,
30.00 for 100 kilometres, and 24.50 for a taxi.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from modules.expenses.device import Expenses
from modules.expenses.perdiem import Rule
from server.demo.calendar import Calendar
from server.demo.fleet import Rep
from server.demo.names import Names
from server.demo.office import Office, settle
from server.demo.papers import photo
from server.jobs import Jobs
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.store.compaction import Retention
from syncengine.store.files import Files
from syncengine.store.store import Store

TRAVELLER, STAND_IN = "282", "283"
RATES, REVIEW = "expenses.rates", "expenses.review"  # the jobs
STATEMENTS = "expenses.statements"
TOTAL = Decimal("115.90")
BERLIN, PARIS = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Paris")
ONE_DAY = dt.timedelta(days=1)


def take_rates(store: Store) -> None:
    """What comes with the module, for an installation that has none."""
    Jobs(store, Retention(0, 0)).run(RATES)


class ExpensesDay:
    """Played once. `checks` has what had to be so, `counts` the trips by their status."""

    def __init__(
        self,
        store: Store,
        reps: dict[str, Rep],
        names: Names,
        calendar: Calendar,
        files: Files,
    ) -> None:
        self._store = store
        self._office = Office(store, "expenses")
        self._reps = reps
        self._names = names
        self._today = (EPOCH + calendar.now() * MICROSECOND).date()
        self._jobs = Jobs(store, Retention(0, 0), files=files)
        self._device = reps[TRAVELLER].device
        self._app = Expenses(self._device)
        self.checks: dict[str, bool] = {}
        self.counts: dict[str, int] = {}

    def play(self) -> None:
        """From the office's rates to the trip that is approved."""
        switch = self._prepare()
        trip = self._write()
        self._sync()
        self.checks["a draft of a trip is at the server and on no other device"] = (
            self._status() == {"draft": 1} and self._is_alone()
        )
        days = [(day.rule, day.amount.amount) for day in self._app.statement(trip).days]
        self.checks["the device says what each day is given, and why"] = days == [
            (Rule.TRAVEL_DAY, Decimal("36.00")),
            (Rule.TRAVEL_DAY, Decimal("25.40")),
        ]
        self._app.submit(trip)
        self._forge(trip)
        self._jobs.run(REVIEW)
        self._office.write(self._office.update("trip", trip.bytes, status="approved"))
        settle(self._jobs, STATEMENTS)
        self._sync()
        told = self._app.statement(trip)
        self.checks["the trip is approved with the total of its device"] = (
            told.status == "approved" and told.total is not None and told.total.amount == TOTAL
        )
        self.checks["the approved trip has its statement, a PDF that its traveller can open"] = (
            self._stated()
        )
        self.checks["who stands in for the traveller has none of it"] = self._is_alone()
        self._office.write(self._office.update("substitution", switch, active=False))
        self._sync()
        self.counts = self._status()

    def _stated(self) -> bool:
        (row,) = self._office.rows("trip_statement")
        (mine,) = self._device.rows("trip_statement")
        file = mine["file"]
        assert isinstance(file, bytes)
        self._device.attachments.fetch(file)
        content = b"".join(self._device.attachments.read(file))
        return (
            hashlib.sha256(content).digest() == row["file"]
            and content.startswith(b"%PDF-")
            and row["total"] == int(TOTAL * 100)
        )

    def _prepare(self) -> bytes:
        """A rate for France, and somebody who stands in; the switch."""
        people = {
            "absent": self._names.row("employee", {"number": TRAVELLER}),
            "substitute": self._names.row("employee", {"number": STAND_IN}),
        }
        switch = self._store.environment.new_id()
        self._office.write(
            self._office.insert(
                "per_diem_rate", country="FR", valid_from="2024-01-01", currency="EUR",
                whole_day=5_300, part_day=3_600, longer_than=480, breakfast_percent=2_000,
                lunch_percent=4_000, dinner_percent=4_000, source="the demo",
            ),
            self._office.insert("substitution", switch, **people, active=True),
        )  # fmt: skip
        self._sync()
        return switch

    def _write(self) -> uuid.UUID:
        """The day before yesterday in the evening to France, yesterday back; without network."""
        back = self._today - ONE_DAY
        there = back - ONE_DAY
        trip = self._app.begin("A fair in Strasbourg", "4711")
        begin, border, end = (
            dt.datetime.combine(there, dt.time(18), BERLIN),
            dt.datetime.combine(there, dt.time(23), PARIS),
            dt.datetime.combine(back, dt.time(16), PARIS),
        )
        self._app.add_stage(trip, "FR", border, end, "Strasbourg")
        self._app.add_stage(trip, "DE", begin, border)
        self._app.add_meal(trip, back, "breakfast")
        self._app.add_drive(trip, there, "car", Decimal(100))
        kind = self._device.rows("expense_type", "1 ORDER BY number LIMIT 1")[0].id
        item = self._app.add_item(trip, back, kind, Decimal("24.50"), "EUR")
        receipt = self._device.attachments.attach(BytesIO(photo()))
        self._app.add_receipt(item, receipt)
        return trip

    def _forge(self, trip: uuid.UUID) -> None:
        """What an app with a fault would send after the submission."""
        self._sync()
        with self._device.changeset() as draft:
            change = self._office.update("trip", trip.bytes, purpose="Another fair")
            draft.operations.append(change)
        self._sync()
        refused = [i for i in self._device.inbox() if i.reasons[0].code == "lifecycle.protected"]
        (row,) = self._office.rows("trip")
        self.checks["what is submitted is not changed by its own device"] = (
            len(refused) == 1 and row["purpose"] == "A fair in Strasbourg"
        )
        for item in refused:
            self._device.dismiss(item.sequence)

    def _is_alone(self) -> bool:
        """Whether the traveller's device alone has the trip."""
        held = {number: rep.device.counts()["trip"] for number, rep in self._reps.items()}
        return held == dict.fromkeys(held, 0) | {TRAVELLER: 1}

    def _status(self) -> dict[str, int]:
        return self._office.statuses("trip")

    def _sync(self) -> None:
        for rep in self._reps.values():
            rep.sync()

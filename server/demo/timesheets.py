"""A day of work, after the trip: recorded offline, with a visit from its check-in, submitted,
checked and approved, while a substitute has everything else of who works.

What must come of it is written down here: six hours less half an hour.
"""

from __future__ import annotations

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from modules.timesheets.device import Timesheets
from modules.timesheets.hours import Notice
from modules.timesheets.sheet import DEFAULT_ZONE
from modules.timesheets.spans import Kind
from modules.visit_reports.device import Reports
from server.demo.calendar import Calendar
from server.demo.fleet import Rep
from server.demo.names import Names
from server.demo.office import Office, settle
from server.jobs import Jobs
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.store.compaction import Retention
from syncengine.store.store import Store

WORKER, STAND_IN = "286", "287"
REVIEW = "timesheets.review"  # the job
HOUR = dt.timedelta(hours=1)
MINUTES = 330
PARTS = ("timesheet", "time_span", "timesheet_day")


class TimesheetsDay:
    """Played once. `checks` has what had to be so, `counts` the sheets by their status."""

    def __init__(
        self, store: Store, reps: dict[str, Rep], names: Names, calendar: Calendar
    ) -> None:
        self._office = Office(store, "timesheets")
        self._store = store
        self._reps = reps
        self._names = names
        self._calendar = calendar
        self._jobs = Jobs(store, Retention(0, 0))
        self._device = reps[WORKER].device
        self._app = Timesheets(self._device)
        self.checks: dict[str, bool] = {}
        self.counts: dict[str, int] = {}

    def play(self) -> None:
        """From the check-in to the month that is approved."""
        switch = self._stand_in()
        month = self._work()
        self._sync()
        self.checks["recorded time is at the server and on no other device"] = (
            self._status() == {"recorded": 1} and self._is_alone()
        )
        (sheet,) = self._app.submit(month).sheets
        self._forge(sheet.id)
        settle(self._jobs, REVIEW)
        self._office.write(self._office.update("timesheet", sheet.id.bytes, status="approved"))
        self._sync()
        (told,) = self._app.month(month).sheets
        outside = any(Notice.OUTSIDE in day.notices for day in told.days)
        self.checks["the month is approved with the hours of its device, its visit within them"] = (
            told.status,
            told.minutes,
            outside,
        ) == ("approved", MINUTES, False) and sheet.minutes == MINUTES
        self.checks["who stands in for the worker has none of it"] = self._is_alone()
        self._office.write(self._office.update("substitution", switch, active=False))
        self._sync()
        self.counts = self._status()

    def _stand_in(self) -> bytes:
        """Somebody who has everything else; the switch."""
        switch = self._store.environment.new_id()
        people = {
            "absent": self._names.row("employee", {"number": WORKER}),
            "substitute": self._names.row("employee", {"number": STAND_IN}),
        }
        self._office.write(self._office.insert("substitution", switch, **people, active=True))
        self._sync()
        return switch

    def _work(self) -> dt.date:
        """Six hours until now, a visit at their end; the month."""
        shops = self._device.rows("customer", "owner=? LIMIT 1", [self._device.person])
        reports = Reports(self._device)
        begins = self._now() - 6 * HOUR
        visit = reports.check_in(shops[0].id)
        reports.check_out(visit.id)
        self._app.add(Kind.DAY, begins, begins + 6 * HOUR + dt.timedelta(seconds=59))
        self._app.add(Kind.TRAVEL, begins, begins + HOUR)
        self._app.add(Kind.BREAK, begins + 3 * HOUR, begins + 3.5 * HOUR)
        return begins.date()

    def _now(self) -> dt.datetime:
        return (EPOCH + self._calendar.now() * MICROSECOND).astimezone(ZoneInfo(DEFAULT_ZONE))

    def _forge(self, sheet: uuid.UUID) -> None:
        """What an app with a fault would send after the submission."""
        self._sync()
        (span,) = self._device.rows("time_span", "timesheet=? AND kind='break'", [sheet.bytes])
        with self._device.changeset() as draft:
            draft.operations.append(self._office.update("time_span", span.id.bytes, kind="travel"))
        self._sync()
        refused = [i for i in self._device.inbox() if i.reasons[0].code == "lifecycle.protected"]
        kinds = sorted(str(row["kind"]) for row in self._office.rows("time_span"))
        self.checks["submitted time is not changed by its own device"] = len(
            refused
        ) == 1 and kinds == ["break", "day", "travel"]
        for item in refused:
            self._device.dismiss(item.sequence)

    def _is_alone(self) -> bool:
        """Whether the worker's device alone has any of it."""
        held = {
            number: sum(rep.device.counts()[part] for part in PARTS) > 0
            for number, rep in self._reps.items()
        }
        return held == dict.fromkeys(held, False) | {WORKER: True}

    def _status(self) -> dict[str, int]:
        return self._office.statuses("timesheet")

    def _sync(self) -> None:
        for rep in self._reps.values():
            rep.sync()

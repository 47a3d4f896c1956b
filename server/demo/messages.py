"""A day with messages, after the phases: a daily info, a check-in, tasks that have to be done, a
reminder.

What must come of it is written down here: who has which receipt in which status.
"""

from __future__ import annotations

from device_sdk.errors import Refused
from modules.messages.device import Messages
from modules.messages.reminding import reminder
from server.demo.calendar import Calendar
from server.demo.fleet import Rep
from server.demo.names import Names
from server.demo.office import Office, settle
from server.jobs import Jobs
from syncengine.model.fields import Stored
from syncengine.model.windows import DAY
from syncengine.store.compaction import Retention
from syncengine.store.store import Store

REP, READER = "276", "275"  # one does all of it, one only reads
DAY_TEXT = (
    "The **autumn displays** arrive today:\n\n- ask at the delivery\n- call us if one is missing"
)
DISPLAY_TEXT = "It came with the last delivery."
RECIPIENTS = "messages.recipients"  # the job that makes receipts


class MessagesDay:
    """Played once. `checks` has what had to be so, `counts` the receipts by their status."""

    def __init__(
        self, store: Store, reps: dict[str, Rep], names: Names, calendar: Calendar
    ) -> None:
        self._store = store
        self._office = Office(store, "messages")
        self._reps = reps
        self._names = names
        self._calendar = calendar
        self._jobs = Jobs(store, Retention(0, 0))
        self._apps = {number: Messages(rep.device) for number, rep in reps.items()}
        self.checks: dict[str, bool] = {}
        self.counts: dict[str, int] = {}

    def play(self) -> None:
        """From the office's morning to what it sees in the evening."""
        people = [{"employee": self._names.row("employee", {"number": n})} for n in self._reps]
        morning = self._publish("daily", "Good morning", DAY_TEXT, people, [])
        own = self._reps[REP].device.rows(
            "customer", "owner=?", [self._names.row("employee", {"number": REP})]
        )
        customer = min(own, key=lambda row: str(row["number"])).id.bytes
        tasks = [
            ("check", "Put the display beside the till", True),
            ("text", "What do people say?", False),
        ]
        self._publish("action", "Autumn display", DISPLAY_TEXT, [{"customer": customer}], tasks)
        settle(self._jobs, RECIPIENTS)
        self._sync()
        for app in self._apps.values():
            app.received()
        self._sync()
        logins = {number: app.at_day_login() for number, app in self._apps.items()}
        self.checks["every rep finds the one daily info at the day's login"] = all(
            [message.title for message in found] == ["Good morning"] for found in logins.values()
        )
        for number in (REP, READER):
            self._apps[number].show(logins[number][0].receipt)
        self._apps[REP].confirm(logins[REP][0].receipt)
        self._visit(customer)
        self._sync()
        self.checks["what was confirmed has left the device"] = not (
            self._apps[REP].at_day_login() or self._apps[REP].at_check_in(customer)
        )
        self._remind(morning)
        self.counts = self._office.statuses("info_receipt")
        delivered = len(self._reps) - 2
        self.checks["the office sees what became of each message"] = self.counts == {
            "confirmed": 2,
            "delivered": delivered,
            "shown": 1,
        }

    def _visit(self, customer: bytes) -> None:
        """Check-in: shown, refused, done, confirmed; without network."""
        app = self._apps[REP]
        found = app.at_check_in(customer)
        self.checks["the check-in shows the customer's action info"] = len(found) == 1
        for message in found:
            try:
                app.confirm(message.receipt)
            except Refused as refused:
                why = "all mandatory tasks have to be done" in refused.detail
            else:
                why = False
            self.checks["confirming is refused while a mandatory task is open"] = why
            for task in app.show(message.receipt).missing:
                app.complete_task(task.answer, True)
            app.confirm(message.receipt)

    def _remind(self, info: bytes) -> None:
        """One who has only read it sees it as new again, and looks at it."""
        self._office.write(reminder(self._store, info))
        self._sync()
        app = self._apps[READER]
        before = [message.reminded for message in app.at_day_login()]
        for message in app.at_day_login():
            app.show(message.receipt)
        after = [message.reminded for message in app.at_day_login()]
        self.checks["a reminder is new again until it is shown"] = (before, after) == (
            [True],
            [False],
        )
        self._sync()

    def _publish(
        self,
        kind: str,
        title: str,
        text: str,
        targets: list[dict[str, bytes]],
        tasks: list[tuple[str, str, bool]],
    ) -> bytes:
        """In one changeset; the info."""
        info = self._store.environment.new_id()
        ends = "expires_at" if kind == "daily" else "due_at"
        today = self._calendar.now()
        days = {"starts_at": today, ends: today + DAY}
        values = {
            "kind": kind,
            "title": title,
            "text": text,
            "priority": "normal",
            "status": "draft",
        }
        write = [self._office.insert("info", info, **values, **days)]
        for position, (of, name, mandatory) in enumerate(tasks):
            task: dict[str, Stored] = {"position": position, "title": name, "kind": of}
            write.append(self._office.insert("info_task", info=info, mandatory=mandatory, **task))
        write += [self._office.insert("info_target", info=info, **target) for target in targets]
        self._office.write(*write, self._office.update("info", info, status="published"))
        return info

    def _sync(self) -> None:
        for rep in self._reps.values():
            rep.sync()

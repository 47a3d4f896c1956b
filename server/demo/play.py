"""Playing the script: actions, syncs, and after each phase the comparison, device by device."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.demo.calendar import Calendar
from server.demo.compare import differences, untold
from server.demo.delivery import deliver
from server.demo.documents import DocumentsDay
from server.demo.expected import Expectation
from server.demo.expenses import ExpensesDay
from server.demo.fleet import Rep, Tally, stored
from server.demo.messages import MessagesDay
from server.demo.names import Held, Names
from server.demo.reasons import Answer, answer
from server.demo.reports import ReportsDay
from server.demo.table import Line, LiveTable
from server.demo.timesheets import TimesheetsDay
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.entity import Action
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.files import Files
from syncengine.store.store import Store
from syncengine.store.uploads import Uploads

OFFICE = "office"
FIRST = "initial"  # after this phase the files are delivered once more
SWITCHES = ("substitution", "rule")  # they change who holds what, and no customer


class Play:
    """One run. `phases`, `answers`, `checks`, `lifecycles` and `ok` hold the result."""

    def __init__(
        self,
        store: Store,
        reps: dict[str, Rep],
        names: Names,
        expectations: dict[str, dict[str, Expectation]],
        table: LiveTable,
        calendar: Calendar,
    ) -> None:
        self._store = store
        self._reps = reps
        self._names = names
        self._expectations = expectations
        self._table = table
        self._calendar = calendar
        self.phases: list[dict[str, Any]] = []
        self.answers: list[Answer] = []
        self.checks: dict[str, bool] = {}
        self.lifecycles: dict[str, dict[str, int]] = {}

    @property
    def ok(self) -> bool:
        """Whether everything so far was exact."""
        devices = [device for phase in self.phases for device in phase["devices"]]
        return all(self.checks.values()) and not any(d["differences"] for d in devices)

    def result(self) -> dict[str, Any]:
        """For the JSON file."""
        explained = [given.as_data() for given in self.answers]
        return {
            "phases": self.phases,
            "explain": explained,
            "checks": self.checks,
            "lifecycles": self.lifecycles,
            "ok": self.ok,
        }

    def messages(self) -> None:
        """The day with messages."""
        self._title("messages", "syncing")
        day = MessagesDay(self._store, self._reps, self._names, self._calendar)
        day.play()
        self.checks |= day.checks
        self.lifecycles["messages"] = day.counts
        self._title("messages", "done")

    def documents(self, uploads: Uploads) -> None:
        """The day with documents."""
        self._title("documents", "syncing")
        day = DocumentsDay(self._store, self._reps, self._names, self._calendar, uploads)
        day.play()
        self.checks |= day.checks
        self.lifecycles["documents"] = day.counts
        self._title("documents", "done")

    def expenses(self, files: Files) -> None:
        """The day with a trip."""
        self._title("expenses", "syncing")
        day = ExpensesDay(self._store, self._reps, self._names, self._calendar, files)
        day.play()
        self.checks |= day.checks
        self.lifecycles["expenses"] = day.counts
        self._title("expenses", "done")

    def timesheets(self) -> None:
        """The day whose hours are recorded."""
        self._title("timesheets", "syncing")
        day = TimesheetsDay(self._store, self._reps, self._names, self._calendar)
        day.play()
        self.checks |= day.checks
        self.lifecycles["timesheets"] = day.counts
        self._title("timesheets", "done")

    def visit_reports(self) -> None:
        """The day with a visit report."""
        self._title("visit reports", "syncing")
        day = ReportsDay(self._store, self._reps, self._names, self._calendar)
        day.play()
        self.checks |= day.checks
        self.lifecycles["visit_reports"] = day.counts
        self._title("visit reports", "done")

    def phase(self, phase: dict[str, Any]) -> None:
        """Play one phase to its end and compare every device."""
        name = phase["name"]
        for rep in self._reps.values():
            rep.tally = Tally()
        for step in phase["steps"]:
            self._calendar.turn(step.get("days", 0))
            self._title(name, "syncing")
            for action in step["actions"]:
                self._act(action)
            for number in step["sync"]:
                self._reps[number].sync()
                self._show(name, number)
        actions = [action for step in phase["steps"] for action in step["actions"]]
        devices = [self._judged(name, rep, actions) for rep in self._reps.values()]
        self.phases.append({"name": name, "devices": devices})
        for asked in phase.get("explain", ()):
            self._ask(name, asked)
        self._title(name, "done")
        if name == FIRST:
            self._deliver_again()

    def _title(self, phase: str, state: str) -> None:
        self._table.title(f"{phase}, {self._calendar.today}: {state}")

    def _ask(self, phase: str, asked: dict[str, Any]) -> None:
        """Have it explained; the explanation must not contradict the expectation."""
        given = answer(self._store, self._names, phase, asked)
        expected = self._expectations[phase][given.employee].rows[asked["row"]["entity"]]
        check = f"{phase}: explain tells rightly whether {given.employee} holds {given.row}"
        self.checks[check] = given.explanation.held is (asked["row"]["number"] in expected)
        self.answers.append(given)

    def _act(self, action: dict[str, Any]) -> None:
        if action["by"] != OFFICE:
            self._reps[action["by"]].act(action, self._names)
            return
        customers = self._customers()
        operations = [self._office_operation(change) for change in action["changeset"]]
        author = Author(Source.OFFICE, None, f"demo: {action['id']}")
        verdict = self._store.write(author, operations)
        if verdict.outcome not in (Outcome.ACCEPTED, Outcome.MERGED):
            raise Problem("demo.refused", f"{action['id']}: {verdict.objections[0].detail}")
        if any(change["entity"] in SWITCHES for change in action["changeset"]):
            check = f"{action['id']} wrote no customer row"
            self.checks[check] = self._customers() == customers

    def _office_operation(self, change: dict[str, Any]) -> Operation:
        entity = change["entity"]
        values = self._names.values(entity, change["set"])
        fields = stored(self._store.schema, entity, values)
        tag = self._store.schema.tags[entity]
        if change["op"] == "update":
            return Operation(Action.UPDATE, tag, self._names.row(entity, change["row"]), fields)
        row_id = self._store.environment.new_id()
        self._names.add(change["row"]["key"], row_id)
        return Operation(Action.INSERT, tag, row_id, fields)

    def _customers(self) -> tuple[int, int]:
        """How many customers there are, and the newest version of any."""
        c = self._store.tables["customer"].c
        with reading(self._store.engine) as connection:
            counted = sa.select(sa.func.count(c.id), sa.func.max(c.version))
            count, newest = connection.execute(counted).one()
        return count, newest

    def _judged(self, phase: str, rep: Rep, actions: list[dict[str, Any]]) -> dict[str, Any]:
        """The device's entry in the result; its `differences` are empty when all is exact."""
        held = Held(rep.device, self._names)
        expectation = self._expectations[phase][rep.employee]
        found = differences(held, expectation, rep.tally.verdicts)
        for action in actions:
            if action["by"] == rep.employee:
                found += untold(rep.device, action, self._names)
        if rep.device.pending():
            found.append(f"{rep.device.pending()} changesets wait unanswered")
        customers = len(held.identities["customer"])
        self._table.show(self._line(rep, held.total, customers, phase, not found))
        return {
            "employee": rep.employee,
            "device": rep.seat,
            "customers": customers,
            "rows": held.total,
            "rows_expected": expectation.total,
            "bytes_received": rep.tally.bytes_received,
            "sync_ms": round(rep.tally.milliseconds, 1),
            "changesets_sent": rep.tally.changesets_sent,
            "verdicts": rep.tally.verdicts,
            "differences": found,
        }

    def _show(self, phase: str, number: str) -> None:
        rep = self._reps[number]
        counts = rep.device.counts()
        self._table.show(self._line(rep, sum(counts.values()), counts["customer"], phase, None))

    def _line(self, rep: Rep, rows: int, customers: int, phase: str, exact: bool | None) -> Line:
        tally = rep.tally
        return Line(
            rep.employee, customers, rows, self._expectations[phase][rep.employee].total,
            tally.bytes_received, tally.milliseconds, tally.changesets_sent, tally.verdicts, exact,
        )  # fmt: skip

    def _deliver_again(self) -> None:
        """The same files once more: nothing happens, anywhere."""
        self._table.title("the same files again")
        version = self._store.status().version
        deliver(self._store)
        self.checks["the same files again made no new version"] = (
            self._store.status().version == version
        )
        for rep in self._reps.values():
            rep.tally = Tally()
            rep.sync()
        rows = sum(rep.tally.rows_received for rep in self._reps.values())
        self.checks["the same files again sent no row to any device"] = rows == 0

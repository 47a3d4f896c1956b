"""What the office does in steps: files of the leading system, and changes of many rows. The server
may crash between two steps, and devices sync there.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from server.importer import apply_plan, load_mapping, plan_import
from syncengine.model.entity import Action
from syncengine.store.bulk import write_change
from syncengine.store.bulk_steps import Progress, resume
from syncengine.store.store import Store
from tests.simulation.faults import BULK_POINTS
from tests.simulation.sharing import SharedLife
from tests.support.world import OFFICE, Crash

MAPPING = """
file = "customers.csv"
[[output]]
entity = "customer"
key = ["number"]
[output.fields]
number = { column = "No" }
name = { column = "Name" }
owner = { column = "Rep", lookup = "number", leads = "last" }
phone = { column = "Phone" }
active = { value = true }
"""
Fields = dict[str, str | None]  # owner by name, phone: those that change


class ImportingLife(SharedLife):
    """A life with imports and large changes, in steps of a few rows."""

    def import_file(
        self, which: list[int], new: int, owner: str | None, phone: str, at: int, sync: int
    ) -> None:
        """Some customers that are there, and new ones. Who owns a customer is the office's until
        the leading system says something new; every other file has the owners of the last one. The
        phone is the leading system's.
        """
        there = len(self.customers)
        numbers = [*sorted({one % there for one in which}), *range(there, there + new)]
        folder = Path(self.folder.name)
        said = {n: self._said(n, owner, again=sync % 2 == 0) for n in numbers}
        lines = [f"{n},Shop {n},{said[n] or ''},{phone}" for n in numbers]
        (folder / "customers.csv").write_text("\n".join(["No,Name,Rep,Phone", *lines, ""]))
        (folder / "mapping.toml").write_text(MAPPING)
        mapping = load_mapping(folder / "mapping.toml", self.schema)
        plan = plan_import(self.world.store, folder / "customers.csv", mapping)
        changes = {n: self._changes(n, {"owner": said[n], "phone": phone or None}) for n in numbers}
        waiting = {n: fields for n, fields in changes.items() if n >= there or fields}
        try:
            assert plan.errors == []
            found = f"{plan.operations} rows, and not {len(waiting)}"
            assert plan.operations == len(waiting), found
            self._in_steps(
                waiting, at, sync, lambda told: apply_plan(self.world.store, plan, True, told)
            )
        finally:
            plan.close()
        for n, fields in waiting.items():
            self.oracle.imported.setdefault(self.customers[n], {}).update(fields)
        self.counts["rows_imported"] += len(waiting)

    def _said(self, number: int, owner: str | None, again: bool) -> str | None:
        """Whom the file names as owner. again: the one that it named last."""
        there = number < len(self.customers)
        told = self.oracle.imported.get(self.customers[number]) if there else None
        return told["owner"] if again and told is not None and "owner" in told else owner

    def _changes(self, number: int, said: Fields) -> Fields:
        """What becomes of a customer by a line of the file."""
        if number >= len(self.customers):
            return {name: value for name, value in said.items() if value is not None}
        row, oracle = self.customers[number], self.oracle
        now: Fields = {"owner": oracle.owner[row], "phone": oracle.phone[row]}
        changed = {name: value for name, value in said.items() if value != now[name]}
        told = oracle.imported.get(row)
        if told is not None and told.get("owner") == said["owner"]:
            changed.pop("owner", None)
        return changed

    def hand_out(self, to: str | None, at: int, sync: int) -> None:
        """All customers become somebody's, in steps."""
        owner = self.world.people[to] if to else None
        operation = self.world.operation
        made = [operation(Action.UPDATE, "customer", row, owner=owner) for row in self.customers]
        waiting: dict[int, Fields] = {n: {"owner": to} for n in range(len(made))}
        change = self.world.environment.new_id()
        self._in_steps(
            waiting, at, sync,
            lambda told: write_change(self.world.store, OFFICE, made, change, told),
        )  # fmt: skip
        self.counts["rows_handed_out"] += len(made)

    def _in_steps(
        self, waiting: dict[int, Fields], at: int, sync: int, write: Callable[[Progress], object]
    ) -> None:
        """at: where the server crashes, if it does; sync: who syncs while it is under way."""
        left, faults = dict(waiting), self.world.server_faults
        asked = [sync]

        def told(_what: str, _rows: int) -> None:
            self._as_written(left)
            self.end_act()
            if asked and self._syncing is None:
                self.counts["sync_between_steps"] += 1
                self.session(asked.pop(), None)

        if at < len(BULK_POINTS):
            faults.crash_at = BULK_POINTS[at]
        try:
            write(told)
        except Crash:
            self.counts[f"crash:{BULK_POINTS[at]}"] += 1
            environment = self.world.environment
            self.world.store = Store(self.world.store.engine, self.schema, environment)
            self._restart()
            told("", 0)
            resume(self.world.store, told)
        finally:
            faults.crash_at = None
        told("", 0)
        assert not left, f"a change that was decided is not made: {left}"

    def _as_written(self, left: dict[int, Fields]) -> None:
        """What the tables have of it, the oracle has from now on."""
        c = self.world.store.tables["customer"].c
        people = {row: name for name, row in self.oracle.people.items()}
        with self.world.store.engine.connect() as connection:
            found = connection.execute(sa.select(c.number, c.id, c.owner, c.phone)).all()
        for number, row, owner, phone in sorted(found, key=lambda one: int(one.number)):
            wanted = left.get(int(number))
            now: Fields = {"owner": people.get(owner), "phone": phone}
            if wanted is None or any(now[name] != value for name, value in wanted.items()):
                continue
            if row not in self.oracle.owner:
                self.oracle.owner[row], self.oracle.phone[row] = None, None
                self.oracle.made[row] = wanted.get("phone")
            if "owner" in wanted:
                self.oracle.owner[row] = wanted["owner"]
            if "phone" in wanted:
                self.oracle.phone[row] = wanted["phone"]
            del left[int(number)]

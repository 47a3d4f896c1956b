"""Random targets, markets, owners and periods: every device holds exactly what is meant for it and
shows what its clock says (invariants 5, 7, 8, 10, 18).

The oracle keeps plain dictionaries and shares no code with the engine.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from device_sdk import Device
from syncengine.model.entity import Action
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from tests.support.machine import run_machine
from tests.support.world import DAY
from tests.targeting.letters import PEOPLE, Letters, index, period, person
from tests.targeting.module import SCHEMA, Targeted

TARGETED = ("bulletin", "task", "survey", "question", "leaflet", "page", "letter")


class Targets(Letters):
    """Three people, each with a device."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.forget()
        self.folder = tempfile.TemporaryDirectory()
        url = self.url or f"sqlite:///{self.folder.name}/s.db"
        self.world = Targeted(url, Path(self.folder.name), 1_790_000_000_000_000)
        self.devices: dict[str, Device] = {name: self.world.enrol(name) for name in PEOPLE}
        for _ in range(3):
            self.market(None)

    @rule(above=st.none() | index)
    def market(self, above: int | None) -> None:
        parent = self._pick({**self.above}, above)
        number = str(len(self.above))
        row = self.world.insert("market", number=number, name="x", parent=parent)
        self.above[row] = parent

    @rule(which=index, to=st.none() | index)
    def move_market(self, which: int, to: int | None) -> None:
        row, parent = self._pick({**self.above}, which), self._pick({**self.above}, to)
        if row is None:
            return
        verdict = self.world.update("market", row, parent=parent)
        assert bool(verdict.objections) == (parent is not None and row in self.up(parent))
        if not verdict.objections:
            self.above[row] = parent

    @rule(which=index)
    def turn_over(self, which: int) -> None:
        """A market and the one above it change places, in one changeset."""
        row = self._pick({**self.above}, which)
        parent = self.above[row] if row is not None else None
        if row is None or parent is None:
            return
        write, top = self.world.operation, self.above[parent]
        self.world.write(
            [
                write(Action.UPDATE, "market", parent, parent=row),
                write(Action.UPDATE, "market", row, parent=top),
            ]
        )
        self.above[parent], self.above[row] = row, top

    @rule(which=index)
    def close_market(self, which: int) -> None:
        """Those below come under the one above, in the same changeset; not while it is in use."""
        row = self._pick({**self.above}, which)
        if row is None:
            return
        top, below = self.above[row], [m for m, above in self.above.items() if above == row]
        write = self.world.operation
        verdict = self.world.write(
            [
                *(write(Action.UPDATE, "market", market, parent=top) for market in below),
                write(Action.DELETE, "market", row),
            ]
        )
        used = row in self.survey.values() or row in (m for _, m in self.customer.values())
        assert bool(verdict.objections) == used, verdict
        if not used:
            self.above |= dict.fromkeys(below, top)
            del self.above[row]

    @rule(owner=st.none() | person, market=st.none() | index)
    def open_shop(self, owner: str | None, market: int | None) -> None:
        node = self._pick({**self.above}, market)
        row = self.world.customer(owner, str(len(self.customer)), market=node)
        self.customer[row] = owner, node

    @rule(which=st.lists(index, min_size=1, max_size=4), owner=st.none() | person, market=index)
    def reassign(self, which: list[int], owner: str | None, market: int) -> None:
        """Customers in bulk: another owner, another market."""
        rows = {row for n in which if (row := self._pick({**self.customer}, n))}
        node = self._pick({**self.above}, market)
        who = self.world.people[owner] if owner else None
        operations = [
            self.world.operation(Action.UPDATE, "customer", row, owner=who, market=node)
            for row in rows
        ]
        if operations:
            self.world.write(operations)
            self.customer |= dict.fromkeys(rows, (owner, node))

    @rule(which=index)
    def close_shop(self, which: int) -> None:
        row = self._pick({**self.customer}, which)
        if row and all(row != customer for _, customer, _ in self.letter.values()):
            self.world.write([self.world.operation(Action.DELETE, "customer", row)])
            del self.customer[row]

    @rule(market=st.none() | index, questions=st.integers(0, 2))
    def ask(self, market: int | None, questions: int) -> None:
        node = self._pick({**self.above}, market)
        row = self.world.insert("survey", market=node)
        self.survey[row] = node
        for _ in range(questions):
            self.child[self.world.insert("question", survey=row)] = "question", row

    @rule(which=index, market=index)
    def ask_elsewhere(self, which: int, market: int) -> None:
        row, node = self._pick({**self.survey}, which), self._pick({**self.above}, market)
        if row:
            self.world.update("survey", row, market=node)
            self.survey[row] = node

    @rule(days=period, people=st.sets(person), tasks=st.integers(0, 2))
    def inform(self, days: tuple[int | None, int | None], people: set[str], tasks: int) -> None:
        starts, ends = self._instants(days)
        row = self.world.insert("bulletin", visible_from=starts, visible_until=ends)
        self.bulletin[row] = starts, ends
        for _ in range(tasks):
            self.child[self.world.insert("task", bulletin=row)] = "task", row
        for name in sorted(people):
            self._address(row, name)

    @rule(which=index, days=period)
    def postpone(self, which: int, days: tuple[int | None, int | None]) -> None:
        row = self._pick({**self.bulletin}, which)
        if row:
            starts, ends = self._instants(days)
            self.world.update("bulletin", row, visible_from=starts, visible_until=ends)
            self.bulletin[row] = starts, ends

    @rule(which=index, name=person)
    def address(self, which: int, name: str) -> None:
        row = self._pick({**self.bulletin}, which)
        if row:
            self._address(row, name)

    def _address(self, row: bytes, name: str) -> None:
        made = self.world.insert("recipient", bulletin=row, person=self.world.people[name])
        self.recipient[made] = row, name

    @rule(which=index)
    def take_back(self, which: int) -> None:
        made = self._pick({**self.recipient}, which)
        if made:
            self.world.write([self.world.operation(Action.DELETE, "recipient", made)])
            del self.recipient[made]

    @rule(absent=st.sampled_from(["a", "b"]))
    def switch_on(self, absent: str) -> None:
        substitute = "b" if absent == "a" else "a"
        if not self.switch:
            people = self.world.people
            row = self.world.insert(
                "substitution",
                absent=people[absent], substitute=people[substitute], active=True,
            )  # fmt: skip
            self.switch[row] = absent, substitute

    @rule()
    def switch_off(self) -> None:
        for row in self.switch:
            self.world.update("substitution", row, active=False)
        self.switch.clear()

    @rule(hours=st.integers(1, 40))
    def wait(self, hours: int) -> None:
        self.world.at += hours * DAY // 24

    @rule(who=person)
    def sync(self, who: str) -> None:
        self.devices[who].sync()
        self._look(who)

    def _look(self, who: str) -> None:
        """After a sync."""
        device, held = self.devices[who], self.held(who)
        database = device._store.database.connection
        for entity in TARGETED:
            rows = set(database.execute(f"SELECT id FROM row_{entity}"))  # hidden ones, too
            assert {row for (row,) in rows} == held[entity], entity
            assert self._shown(who, entity) == {r for r in held[entity] if self.begun(r)}
            for row in {**self.survey, **self.bulletin, **self.leaflet, **self.child}:
                tag = SCHEMA.tags[entity]
                if self.kind(row) == entity:
                    told = explain(self.world.store, self.world.people[who], tag, row)
                    assert told.held == (row in held[entity]), told

    def _shown(self, who: str, entity: str) -> set[bytes]:
        return {row for (row,) in self.devices[who].query(f"SELECT id FROM {entity}")}  # type: ignore[misc]

    @rule(who=person, hours=st.integers(1, 40))
    def stay_offline(self, who: str, hours: int) -> None:
        """Without network, what begins shows and what ends is hidden by the device's own clock."""
        self.sync(who)
        held = self.held(who)
        self.world.at += hours * DAY // 24
        for entity in ("bulletin", "task", "leaflet", "page"):
            shown = {r for r in held[entity] if self.begun(r) and not self.over(r)}
            assert self._shown(who, entity) == shown

    def teardown(self) -> None:
        if hasattr(self, "world"):
            for who in PEOPLE:
                self.sync(who)
                self.devices[who].close()
            if not self.url:
                assert doctor(self.world.store).findings == []
            self.world.close()
            self.folder.cleanup()


def test_devices_hold_what_is_meant_for_them_on_sqlite() -> None:
    run_machine(Targets, 25, 25)


@pytest.mark.slow
def test_devices_hold_what_is_meant_for_them_for_longer() -> None:
    run_machine(Targets, 500, 60)


def test_devices_hold_what_is_meant_for_them_on_postgresql(fresh_postgres: str) -> None:
    class OnPostgres(Targets):
        url = fresh_postgres

    run_machine(OnPostgres, 5, 20)

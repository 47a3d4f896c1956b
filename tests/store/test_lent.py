"""Random lists, owners, switches, windows and chains: every device ends up with exactly what is
its own, stood in for, or lent (invariants 5, 7, 16, 18, 24).

The oracle keeps plain dictionaries of what was accepted; it shares no code with the engine.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Stored
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from syncengine.store.explanation import Explanation
from tests.support.calendar import TODAY
from tests.support.machine import run_machine
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, SCHEMA, World

PEOPLE = ("boss", "a", "b", "c")
CUSTOMER = SCHEMA.tags["customer"]
person = st.sampled_from(PEOPLE)
index = st.integers(0, 10**6)
few = st.integers(0, 2)


@dataclass(frozen=True)
class StandIn:
    """A substitution as the office entered it."""

    absent: str
    substitute: str
    listed: bool
    starts: int | None = None
    ends: int | None = None
    lead: int = 0
    active: bool = True

    def holds(self, at: int) -> bool:
        """Whether the substitute holds something by it at that instant."""
        begun = self.starts is None or self.starts - self.lead * DAY <= at
        return self.active and begun and not (self.ends is not None and self.ends <= at)


class Office(RuleBasedStateMachine):
    """`boss` leads `a` and `b`, nobody leads `c`; everybody has a device."""

    url = ""
    latest: ClassVar[list[int]] = []  # where an earlier example left the database's clock

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now = self.latest[-1] if self.latest else TODAY
        url = self.url or f"sqlite:///{self.folder.name}/s.db"
        self.world = World(url, Path(self.folder.name), now=lambda: self.now)
        self.world.people["c"] = self.world.insert("employee", number="c", active=True)
        self.owner: dict[bytes, str | None] = {}
        self.contact: dict[bytes, bytes] = {}
        self.stands: dict[bytes, StandIn] = {}
        self.lists: dict[bytes, tuple[bytes, bytes]] = {}  # line -> (substitution, customer)
        self.then: dict[tuple[int, str, bytes], tuple[bool, ...]] = {}
        self.devices = {name: NaiveDevice(self.world, name) for name in PEOPLE}
        for who in ("a", "b", "a"):
            self.customer(who)
        self.stand_in("a", "c", True, None, 1, 0)
        self.enlist(0, 0)

    def _write(self, action: Action, entity: str, row: bytes, **fields: Stored) -> bool:
        operation = self.world.operation(action, entity, row, **fields)
        return not self.world.write([operation]).objections

    def _fields(self, made: StandIn) -> dict[str, Stored]:
        people = self.world.people
        return {
            "absent": people[made.absent], "substitute": people[made.substitute],
            "active": made.active, "starts_at": made.starts, "ends_at": made.ends,
            "lead_days": made.lead, "only_listed": made.listed or None,
        }  # fmt: skip

    @rule(owner=st.none() | person)
    def customer(self, owner: str | None) -> None:
        row = self.world.customer(owner, str(len(self.owner)))
        contact = self.world.insert("contact", customer=row, name="Ann", active=True)
        self.owner[row], self.contact[row] = owner, contact

    @rule(which=index, owner=st.none() | person)
    def reassign(self, which: int, owner: str | None) -> None:
        row = list(self.owner)[which % len(self.owner)]
        self.world.update("customer", row, owner=self.world.people[owner] if owner else None)
        self.owner[row] = owner

    @rule(
        absent=person, substitute=person, listed=st.booleans(), begin=st.none() | few,
        days=st.none() | few, lead=few,
    )  # fmt: skip
    def stand_in(
        self,
        absent: str,
        substitute: str,
        listed: bool,
        begin: int | None,
        days: int | None,
        lead: int,
    ) -> None:
        starts = None if begin is None else self.now + (begin - 1) * DAY
        ends = None if days is None else (starts or self.now) + days * DAY
        made = StandIn(absent, substitute, listed, starts, ends, lead)
        row = self.world.environment.new_id()
        done = self._write(Action.INSERT, "substitution", row, **self._fields(made))
        if listed:
            assert done is not (absent == substitute or (starts is not None and days == 0))
        if done:
            self.stands[row] = made

    @rule(
        which=index, to=person, what=st.sampled_from(["active", "listed", "absent", "substitute"])
    )
    def change_stand_in(self, which: int, to: str, what: str) -> None:
        if not self.stands:
            return
        row = list(self.stands)[which % len(self.stands)]
        was = self.stands[row]
        made = {
            "active": replace(was, active=not was.active),
            "listed": replace(was, listed=not was.listed),
            "absent": replace(was, absent=to),
            "substitute": replace(was, substitute=to),
        }[what]
        if self._write(Action.UPDATE, "substitution", row, **self._fields(made)):
            self.stands[row] = made

    @rule(which=index, customer=index)
    def enlist(self, which: int, customer: int) -> None:
        if not self.stands:
            return
        row = list(self.owner)[customer % len(self.owner)]
        by = list(self.stands)[which % len(self.stands)]
        line = self.world.insert("substitution_customer", substitution=by, customer=row)
        self.lists[line] = (by, row)

    @rule(which=index, by=index, customer=index)
    def change_line(self, which: int, by: int, customer: int) -> None:
        if self.lists:
            line = list(self.lists)[which % len(self.lists)]
            stands = list(self.stands)[by % len(self.stands)]
            row = list(self.owner)[customer % len(self.owner)]
            self.world.update("substitution_customer", line, substitution=stands, customer=row)
            self.lists[line] = (stands, row)

    @rule(which=index)
    def strike(self, which: int) -> None:
        if self.lists:
            line = list(self.lists)[which % len(self.lists)]
            assert self._write(Action.DELETE, "substitution_customer", line)
            del self.lists[line]

    @rule(which=index)
    def forget(self, which: int) -> None:
        """A substitution that lists something is referred to."""
        if self.stands:
            row = list(self.stands)[which % len(self.stands)]
            used = row in {by for by, _ in self.lists.values()}
            assert self._write(Action.DELETE, "substitution", row) is not used
            if not used:
                del self.stands[row]

    @rule(absent=person, substitute=person, which=index, order=st.permutations(range(5)))
    def all_at_once(self, absent: str, substitute: str, which: int, order: list[int]) -> None:
        """One changeset: a customer is taken over and listed, and a new one, in any order."""
        if absent == substitute:
            return
        world, new = self.world, self.world.environment.new_id
        made, by, customer, lines = StandIn(absent, substitute, True), new(), new(), (new(), new())
        old, owner = list(self.owner)[which % len(self.owner)], world.people[absent]
        operations: list[Operation] = [
            world.operation(Action.INSERT, "substitution", by, **self._fields(made)),
            world.operation(
                Action.INSERT, "customer", customer,
                number="n", name="New", active=True, owner=owner,
            ),
            world.operation(Action.UPDATE, "customer", old, owner=owner),
            *(
                world.operation(
                    Action.INSERT, "substitution_customer", line, substitution=by, customer=row
                )
                for line, row in zip(lines, (old, customer), strict=True)
            ),
        ]  # fmt: skip
        assert not world.write([operations[place] for place in order]).objections
        self.stands[by] = made
        self.owner[old] = self.owner[customer] = absent
        self.lists |= {lines[0]: (by, old), lines[1]: (by, customer)}

    @rule(hours=st.integers(1, 48), which=index)
    def wait(self, hours: int, which: int) -> None:
        """What explain says of the moment, it is to say later, too."""
        row = list(self.owner)[which % len(self.owner)]
        for who in PEOPLE:
            found = self._explain(who, row)
            assert found.held is (row in self.slice(who)), found.lines
            self.then[self.now, who, row] = tuple(way.holds for way in found.ways)
        self.now += hours * DAY // 24
        self.latest.append(self.now)

    def _explain(self, who: str, row: bytes, at: dt.datetime | None = None) -> Explanation:
        return explain(self.world.store, self.world.people[who], CUSTOMER, row, at)

    @rule(who=person)
    def sync(self, who: str) -> None:
        device, customers = self.devices[who], self.slice(who)
        device.sync()
        assert device.ids("customer") == customers
        held = {contact for row, contact in self.contact.items() if row in customers}
        assert device.ids("contact") == held
        assert device.ids("substitution_customer") == set()

    def slice(self, who: str) -> set[bytes]:
        """The customers that this person's device may hold, naively."""
        owners, lent = {who} | ({"a", "b"} if who == "boss" else set()), set()
        standing = {row: made for row, made in self.stands.items() if made.holds(self.now)}
        behind = {who}
        for _ in range(3):  # so many substitutes may stand in a row
            links = [(row, made) for row, made in standing.items() if made.substitute in behind]
            behind = {made.absent for _, made in links if not made.listed}
            owners |= behind
            for row, made in links:
                named = {customer for by, customer in self.lists.values() if by == row}
                if made.listed:
                    lent |= {c for c in named if self.owner[c] == made.absent}
        return {row for row, owner in self.owner.items() if owner in owners} | lent

    def teardown(self) -> None:
        if hasattr(self, "devices"):
            for who in PEOPLE:
                self.sync(who)
            assert doctor(self.world.store).findings == []
            for (at, who, row), ways in self.then.items():
                found = self._explain(who, row, EPOCH + at * MICROSECOND)
                assert tuple(way.holds for way in found.ways) == ways, found.lines
            self.world.close()
            self.folder.cleanup()


def test_devices_hold_what_is_lent_on_sqlite() -> None:
    run_machine(Office, 15, 20)


@pytest.mark.slow
def test_devices_hold_what_is_lent_for_longer() -> None:
    run_machine(Office, 400, 50)


def test_devices_hold_what_is_lent_on_postgresql(fresh_postgres: str) -> None:
    """One database for all examples: the people of earlier ones are nobody's business."""

    class OnPostgres(Office):
        url = fresh_postgres
        latest: ClassVar[list[int]] = []

    run_machine(OnPostgres, 4, 15)

"""Random work, random syncs: every device ends up with exactly its slice (invariants 5, 7, 8,
10, 18).

The oracle keeps plain dictionaries of what the office and the devices were told is accepted, and
recomputes each slice from them; it shares no code with the engine.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
)

from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from tests.store.declared import Shown, Switch, cannot_be
from tests.support.machine import run_machine
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, World

PEOPLE = ("boss", "a", "b", "c")
person = st.sampled_from(PEOPLE)
index = st.integers(0, 10**6)
few = st.integers(0, 3)


class Fleet(RuleBasedStateMachine):
    """Four people, each with a device."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now = 1_790_000_000_000_000
        url = self.url or f"sqlite:///{self.folder.name}/s.db"
        self.world = World(url, Path(self.folder.name), now=lambda: self.now)
        people = self.world.people
        people["c"] = self.world.insert("employee", number="c", active=True, manager=people["b"])
        self.manager: dict[str, str | None] = {"boss": None, "a": "boss", "b": "boss", "c": "b"}
        self.owner: dict[bytes, str | None] = {}
        self.phone: dict[bytes, str | None] = {}
        self.contact: dict[bytes, bytes] = {}
        self.note: dict[bytes, str] = {}
        self.switch: dict[bytes, Switch] = {}
        self.shown: dict[bytes, Shown] = {}
        self.terms: dict[bytes, bytes] = {}
        audience = self.world.insert("audience", number="customer_terms", name="x")
        for name, below in (("a", False), ("b", True)):
            self.world.insert(
                "audience_member", audience=audience, employee=people[name], below=below
            )
        self.devices = {name: NaiveDevice(self.world, name) for name in PEOPLE}

    @rule(owner=st.none() | person)
    def customer(self, owner: str | None) -> None:
        row = self.world.customer(owner, str(len(self.owner)))
        self.owner[row], self.phone[row] = owner, None

    @rule(which=index, owner=st.none() | person)
    def reassign(self, which: int, owner: str | None) -> None:
        if self.owner:
            row = list(self.owner)[which % len(self.owner)]
            self.world.update("customer", row, owner=self.world.people[owner] if owner else None)
            self.owner[row] = owner

    @rule(which=index)
    def add_contact(self, which: int) -> None:
        if self.owner:
            row = list(self.owner)[which % len(self.owner)]
            contact = self.world.insert("contact", customer=row, name="Ann", active=True)
            self.contact[contact] = row

    @rule(which=index)
    def agree(self, which: int) -> None:
        """A facet of a customer, for `a`, `b` and all below `b`."""
        if self.owner:
            row = list(self.owner)[which % len(self.owner)]
            self.terms[self.world.insert("customer_terms", customer=row, credit_limit=1)] = row

    @rule(who=person, to=st.none() | person)
    def promote(self, who: str, to: str | None) -> None:
        verdict = self.world.update(
            "employee", self.world.people[who], manager=self.world.people[to] if to else None
        )
        if not verdict.objections:
            self.manager[who] = to

    @rule(days=few, hours=few)
    def wait(self, days: int, hours: int) -> None:
        self.now += days * DAY + hours * DAY // 24

    @rule(absent=person, substitute=person)
    def switch_on(self, absent: str, substitute: str) -> None:
        self._substitute(Switch(absent, substitute, None, None, 0, 0))

    @rule(absent=person, substitute=person, begin=few, days=st.none() | few, lead=few, trail=few)
    def plan(
        self, absent: str, substitute: str, begin: int, days: int | None, lead: int, trail: int
    ) -> None:
        starts = self.now + (begin - 1) * DAY
        ends = None if days is None else starts + days * DAY
        self._substitute(Switch(absent, substitute, starts, ends, lead, trail))

    def _substitute(self, made: Switch) -> None:
        people = self.world.people
        row = self.world.environment.new_id()
        verdict = self.world.write(
            [
                self.world.operation(
                    Action.INSERT, "substitution", row,
                    absent=people[made.absent], substitute=people[made.substitute], active=True,
                    starts_at=made.starts, ends_at=made.ends,
                    lead_days=made.lead, trail_days=made.trail,
                )
            ]
        )  # fmt: skip
        assert bool(verdict.objections) == cannot_be(made, self.switch.values()), verdict
        if not verdict.objections:
            self.switch[row] = made

    @rule(which=index)
    def switch_off(self, which: int) -> None:
        if self.switch:
            row = list(self.switch)[which % len(self.switch)]
            self.world.update("substitution", row, active=False)
            self.switch[row] = replace(self.switch[row], active=False)

    @rule(phone=st.none() | st.sampled_from(["", "1"]), top=person, to=person, below=st.booleans())
    def show(self, phone: str | None, top: str, to: str, below: bool) -> None:
        made = Shown(phone, None if phone is not None else top, to, below)
        world, people = self.world, self.world.people
        audience = world.insert("audience", number="x", name="x")
        world.insert("audience_member", audience=audience, employee=people[to], below=below)
        row = world.insert(
            "rule", number=str(len(self.shown)), name="x", target="customer", audience=audience,
            active=True, condition=self._condition(made),
        )  # fmt: skip
        self.shown[row] = made

    @rule(which=index, phone=st.sampled_from(["", "1"]), active=st.booleans())
    def change_rule(self, which: int, phone: str, active: bool) -> None:
        if self.shown:
            row = list(self.shown)[which % len(self.shown)]
            made = replace(self.shown[row], phone=phone, owned_below=None, active=active)
            self.world.update("rule", row, condition=self._condition(made), active=active)
            self.shown[row] = made

    def _condition(self, made: Shown) -> str:
        data: dict[str, object] = {"field": "phone", "op": "equal", "value": made.phone}
        if made.owned_below is not None:
            top = to_text(self.world.people[made.owned_below])
            data = {"field": "owner", "in_subtree_of": top, "parent": "manager"}
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    def below(self, who: str) -> set[str]:
        """Everybody whom that person leads, at any depth, and that person."""
        found = {who}
        for _ in PEOPLE:
            found |= {other for other, above in self.manager.items() if above in found}
        return found

    def selected(self, who: str) -> set[bytes]:
        """The customers that rules show to this person."""
        found: set[bytes] = set()
        for made in self.shown.values():
            meant = made.audience == who or (made.below and who in self.below(made.audience))
            for row, owner in self.owner.items() if made.active and meant else ():
                if made.owned_below is None:
                    meets = self.phone[row] is not None and self.phone[row] == made.phone
                else:
                    meets = owner in self.below(made.owned_below)
                found |= {row} if meets else set()
        return found

    @rule(who=person, which=index, text=st.text(max_size=3) | st.sampled_from(["", "1"]))
    def edit(self, who: str, which: int, text: str) -> None:
        """An edit of some customer, held or not, by a device; the verdict is the oracle's word."""
        device = self.devices[who]
        if not self.owner:
            return
        row = list(self.owner)[which % len(self.owner)]
        phone = text.replace("\x00", "")
        (verdict,) = device.push(device.changeset(device.update("customer", row, phone=phone)))
        works = self.owner[row] in self.owners(who, reading=False) or row in self.selected(who)
        if works:
            assert verdict.outcome in ("accepted", "merged")
        else:
            assert verdict.outcome in ("rejected", "quarantined")
        if works and not verdict.losses:
            self.phone[row] = phone

    @rule(who=person)
    def write_note(self, who: str) -> None:
        device = self.devices[who]
        operation = device.note()
        assert device.push(device.changeset(operation))[0].outcome == "accepted"
        self.note[operation.row_id] = who

    @rule(who=person, which=index)
    def delete_note(self, who: str, which: int) -> None:
        mine = [row for row, author in self.note.items() if author == who]
        if mine:
            device, row = self.devices[who], mine[which % len(mine)]
            operation = self.world.operation(Action.DELETE, "note", row)
            assert device.push(device.changeset(operation))[0].outcome == "accepted"
            del self.note[row]

    @rule(who=person)
    def break_off(self, who: str) -> None:
        self.devices[who].sync(stop_after=1)

    @rule(who=person)
    def sync(self, who: str) -> None:
        device = self.devices[who]
        device.sync()
        customers, contacts, notes = self.slice(who)
        assert device.ids("customer") == customers
        assert device.ids("contact") == contacts
        assert device.ids("note") == notes
        assert device.ids("substitution") == set()
        inside = who == "a" or who in self.below("b")
        agreed = {terms for terms, row in self.terms.items() if inside and row in customers}
        assert device.ids("customer_terms") == agreed
        for row in customers:
            assert device.value("customer", row, "phone") == self.phone[row]

    def slice(self, who: str) -> tuple[set[bytes], set[bytes], set[bytes]]:
        """(customers, contacts, notes) that this person's device may hold, naively."""
        owners = self.owners(who, reading=True)
        customers = {row for row, owner in self.owner.items() if owner in owners}
        customers |= self.selected(who)
        contacts = {c for c, row in self.contact.items() if row in customers}
        return customers, contacts, {n for n, author in self.note.items() if author == who}

    def owners(self, who: str, *, reading: bool) -> set[str]:
        """Whose customers this person may hold, or work on."""
        owners = {who}
        for other in PEOPLE:
            above: str | None = other
            while above is not None:
                above = self.manager[above]
                if above == who:
                    owners.add(other)
        standing = [s for s in self.switch.values() if (s.holds if reading else s.writes)(self.now)]
        behind = {who}
        for _ in range(3):  # so many substitutes may stand in a row
            behind = {s.absent for s in standing if s.substitute in behind}
            owners |= behind
        return owners

    def teardown(self) -> None:
        if hasattr(self, "world"):
            for who in PEOPLE:
                self.sync(who)
            self.world.close()
            self.folder.cleanup()


def test_devices_hold_their_slices_on_sqlite() -> None:
    run_machine(Fleet, 20, 25)


@pytest.mark.slow
def test_devices_hold_their_slices_for_longer() -> None:
    run_machine(Fleet, 500, 60)


def test_devices_hold_their_slices_on_postgresql(fresh_postgres: str) -> None:
    """One database for all examples: the people of earlier ones are nobody's business."""

    class OnPostgres(Fleet):
        url = fresh_postgres

    run_machine(OnPostgres, 4, 20)

"""The random office: everything that changes who holds what, written and told to the oracle."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from server.handover import hand_over, plan
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from tests.fleet.declared import DAY, Place, Shown, Switch, Visit, cannot_be
from tests.fleet.oracle import Oracle
from tests.support.world import World

PEOPLE = ("boss", "a", "b", "c")
person = st.sampled_from(PEOPLE)
index = st.integers(0, 10**6)
few = st.integers(0, 3)


class Office(RuleBasedStateMachine):
    """Four people; on SQLite unless `url` names a database, which is emptied for each example."""

    url = ""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.now = 1_790_000_000_000_000
        if self.url:
            _empty(self.url)
        url = self.url or f"sqlite:///{self.folder.name}/s.db"
        self.world = World(url, Path(self.folder.name), now=lambda: self.now)
        self.open_office()

    def open_office(self) -> None:
        """People, whom they lead, and the audience of the facet."""
        people = self.world.people
        people["c"] = self.world.insert("employee", number="c", active=True, manager=people["b"])
        terms = self.world.insert("audience", number="customer_terms", name="x")
        manager: dict[str, str | None] = {"boss": None, "a": "boss", "b": "boss", "c": "b"}
        self.oracle = Oracle(people, manager, terms, set())
        self._place(terms, "a", False)
        self._place(terms, "b", True)

    def _place(self, audience: bytes, who: str, below: bool) -> None:
        self.world.insert(
            "audience_member", audience=audience, employee=self.world.people[who], below=below
        )
        self.oracle.places.add(Place(audience, who, below))

    def pick(self, rows: Sequence[bytes], which: int) -> bytes:
        """One of them, by any number."""
        return rows[which % len(rows)]

    @property
    def customers(self) -> list[bytes]:
        """Those that are there."""
        return list(self.oracle.owner)

    # -- rows

    @rule(owner=st.none() | person)
    def customer(self, owner: str | None) -> None:
        row = self.world.customer(owner, str(len(self.oracle.owner)))
        self.oracle.owner[row], self.oracle.phone[row] = owner, None

    @rule(which=st.lists(index, min_size=1, max_size=3), owner=st.none() | person)
    def reassign(self, which: list[int], owner: str | None) -> None:
        """One customer or several, in one changeset."""
        if not self.oracle.owner:
            return
        who = self.world.people[owner] if owner else None
        rows = {self.pick(self.customers, one) for one in which}
        made = [self.world.operation(Action.UPDATE, "customer", r, owner=who) for r in rows]
        assert not self.world.write(made).objections
        self.oracle.owner |= dict.fromkeys(rows, owner)

    @rule(which=index)
    def add_contact(self, which: int) -> None:
        if self.oracle.owner:
            row = self.pick(self.customers, which)
            contact = self.world.insert("contact", customer=row, name="Ann", active=True)
            self.oracle.contact[contact] = row
            self.oracle.named[contact] = self.oracle.made[contact] = "Ann"

    @rule(which=index, who=person, days=few)
    def appoint(self, which: int, who: str, days: int) -> None:
        if self.oracle.owner:
            made = Visit(self.pick(self.customers, which), who, self.now + days * DAY)
            row = self.world.insert(
                "appointment", customer=made.customer, employee=self.world.people[who],
                subject="Visit", starts_at=made.starts, active=True,
            )  # fmt: skip
            self.oracle.visit[row] = made

    @rule(which=index)
    def agree(self, which: int) -> None:
        """A facet of a customer."""
        if self.oracle.owner:
            row = self.pick(self.customers, which)
            terms = self.world.insert("customer_terms", customer=row, credit_limit=1)
            self.oracle.agreed[terms] = row

    # -- hierarchies

    @rule(who=person, to=st.none() | person)
    def promote(self, who: str, to: str | None) -> None:
        people = self.world.people
        circle = to is not None and who in (to, *self.oracle.over(to))
        verdict = self.world.update("employee", people[who], manager=people[to] if to else None)
        assert bool(verdict.objections) == circle
        if not circle:
            self.oracle.manager[who] = to

    @rule(which=st.none() | index)
    def add_market(self, which: int | None) -> None:
        known = list(self.oracle.above)
        above = self.pick(known, which) if known and which is not None else None
        row = self.world.insert("market", number="m", name="m", parent=above)
        self.oracle.above[row] = above

    @rule(which=index, to=index)
    def move_market(self, which: int, to: int) -> None:
        """Not below itself."""
        if self.oracle.above:
            known = list(self.oracle.above)
            row, above = self.pick(known, which), self.pick(known, to)
            here: bytes | None = above
            while here is not None and here != row:
                here = self.oracle.above[here]
            verdict = self.world.update("market", row, parent=above)
            assert bool(verdict.objections) == (here == row)
            if not verdict.objections:
                self.oracle.above[row] = above

    @rule(which=index, to=index)
    def put_in_market(self, which: int, to: int) -> None:
        if self.oracle.owner and self.oracle.above:
            row, market = self.pick(self.customers, which), self.pick(list(self.oracle.above), to)
            self.world.update("customer", row, market=market)
            self.oracle.market[row] = market

    # -- time and substitutions

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

    def _substitute(self, made: Switch) -> bytes | None:
        """Its row; None: it cannot be."""
        people = self.world.people
        row = self.world.environment.new_id()
        verdict = self.world.write(
            [
                self.world.operation(
                    Action.INSERT, "substitution", row,
                    absent=people[made.absent], substitute=people[made.substitute], active=True,
                    starts_at=made.starts, ends_at=made.ends,
                    lead_days=made.lead, trail_days=made.trail, only_listed=made.listed,
                )
            ]
        )  # fmt: skip
        assert bool(verdict.objections) == cannot_be(made, self.oracle.switch.values()), verdict
        if verdict.objections:
            return None
        self.oracle.switch[row] = made
        return row

    @rule(which=index)
    def switch_off(self, which: int) -> None:
        if self.oracle.switch:
            row = self.pick(list(self.oracle.switch), which)
            self.world.update("substitution", row, active=False)
            self.oracle.switch[row] = replace(self.oracle.switch[row], active=False)

    # -- rules

    @rule(phone=st.sampled_from(["", "1"]), to=person, below=st.booleans())
    def show_phone(self, phone: str, to: str, below: bool) -> None:
        self._show("phone", phone, to, below)

    @rule(top=person, to=person, below=st.booleans(), begin=few, days=st.none() | few)
    def show_owner(self, top: str, to: str, below: bool, begin: int, days: int | None) -> None:
        """With a window."""
        starts = self.now + (begin - 1) * DAY
        ends = None if days is None else starts + (days + 1) * DAY
        self._show("owner", top, to, below, starts, ends)

    @rule(which=index, to=person, below=st.booleans())
    def show_market(self, which: int, to: str, below: bool) -> None:
        if self.oracle.above:
            self._show("market", self.pick(list(self.oracle.above), which), to, below)

    def _show(
        self, field: str, value: str | bytes, to: str, below: bool,
        starts: int | None = None, ends: int | None = None,
    ) -> None:  # fmt: skip
        audience = self.world.insert("audience", number="x", name="x")
        self._place(audience, to, below)
        made = Shown(field, value, audience, starts, ends)
        row = self.world.insert(
            "rule", number=str(len(self.oracle.shown)), name="x", target="customer",
            audience=audience, active=True, condition=self._condition(made),
            starts_at=starts, ends_at=ends,
        )  # fmt: skip
        self.oracle.shown[row] = made

    @rule(which=index, phone=st.sampled_from(["", "1"]), active=st.booleans())
    def change_rule(self, which: int, phone: str, active: bool) -> None:
        if self.oracle.shown:
            row = self.pick(list(self.oracle.shown), which)
            made = replace(self.oracle.shown[row], field="phone", value=phone, active=active)
            self.world.update("rule", row, condition=self._condition(made), active=active)
            self.oracle.shown[row] = made

    def _condition(self, made: Shown) -> str:
        data: dict[str, object] = {"field": "phone", "op": "equal", "value": made.value}
        if made.field != "phone":
            parent = "manager" if made.field == "owner" else "parent"
            top = self.world.people[made.value] if isinstance(made.value, str) else made.value
            data = {"field": made.field, "in_subtree_of": to_text(top), "parent": parent}
        return json.dumps(data, sort_keys=True, separators=(",", ":"))

    # -- leaving

    @rule(leaver=person, successor=person)
    def leave(self, leaver: str, successor: str) -> None:
        """Whoever has left keeps the device: what it may hold is what everybody's may."""
        if leaver != successor and successor not in self.oracle.left:
            people = self.world.people
            hand_over(self.world.store, plan(self.world.store, people[leaver], people[successor]))
            self.oracle.hand_over(leaver, successor, self.now)


def _empty(url: str) -> None:
    """A PostgreSQL database as it was when it was made."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DROP SCHEMA public CASCADE"))
        connection.execute(sa.text("CREATE SCHEMA public"))
    engine.dispose()

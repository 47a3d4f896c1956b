"""Random work: what explain said at each version and instant, it says at the end about them, too.

The present is the oracle here: devices are held against it by the fleet's own oracle.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.ids import to_text
from syncengine.store.explain import explain
from tests.store.test_machine import PEOPLE, Fleet, index, person
from tests.support.machine import run_machine
from tests.support.world import DAY, SCHEMA

Asked = tuple[str, str, bytes]  # person, entity, row
Answer = tuple[bool, list[tuple[str, ...]]]


@dataclass(frozen=True)
class ByMarket:
    """A visibility rule: the customers of a market and below, for one person."""

    market: bytes
    audience: str


class Remembered(Fleet):
    """The fleet, with a hierarchy of markets, deletions, and what explain said all along."""

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.above: dict[bytes, bytes | None] = {}
        self.market: dict[bytes, bytes] = {}
        self.by_market: list[ByMarket] = []
        self.rows: list[tuple[str, bytes]] = [("employee", i) for i in self.world.people.values()]
        self.since = self.world.store.status().version
        self.born: dict[tuple[str, bytes], int] = {}  # the last version without it that was seen
        self.at_version: dict[int, dict[Asked, Answer]] = {}
        self.at_instant: dict[int, dict[Asked, Answer]] = {}
        self.turn = 0
        self._scene()

    def _scene(self) -> None:
        """So that every run has something of each kind: two customers, one of them in a market
        below another one that a rule shows, and a substitution to come.
        """
        self.customer("a")
        self.customer("b")
        self.add_market(0, top=True)
        self.add_market(0, top=False)
        self.place(0, 1)
        self.show_market(0, "c")
        self.plan("a", "c", 2, 2, 0, 1)

    @rule()
    def pass_a_day(self) -> None:
        self.now += DAY

    @rule(which=index, top=st.booleans())
    def add_market(self, which: int, top: bool) -> None:
        known = list(self.above)
        above = None if top or not known else known[which % len(known)]
        self.above[self.world.insert("market", number="m", name="m", parent=above)] = above

    @rule(which=index, to=index)
    def move_market(self, which: int, to: int) -> None:
        """Circles are welcome."""
        if self.above:
            known = list(self.above)
            row, above = known[which % len(known)], known[to % len(known)]
            if self.world.update("market", row, parent=above).outcome == "accepted":
                self.above[row] = above

    @rule(which=index, to=index)
    def place(self, which: int, to: int) -> None:
        if self.owner and self.above:
            row, market = list(self.owner)[which % len(self.owner)], list(self.above)
            self.market[row] = market[to % len(market)]
            self.world.update("customer", row, market=self.market[row])

    @rule(which=index, to=person)
    def show_market(self, which: int, to: str) -> None:
        if not self.above:
            return
        world, market = self.world, list(self.above)[which % len(self.above)]
        audience = world.insert("audience", number="y", name="y")
        world.insert("audience_member", audience=audience, employee=world.people[to], below=False)
        data = {"field": "market", "in_subtree_of": to_text(market), "parent": "parent"}
        world.insert(
            "rule", number=f"m{len(self.by_market)}", name="y", target="customer",
            audience=audience, active=True,
            condition=json.dumps(data, sort_keys=True, separators=(",", ":")),
        )  # fmt: skip
        self.by_market.append(ByMarket(market, to))

    def selected(self, who: str) -> set[bytes]:
        """The customers that rules show to this person, those of markets among them."""
        found = super().selected(who)
        for made in self.by_market if hasattr(self, "by_market") else ():
            for row, market in self.market.items():
                seen: set[bytes] = set()
                here: bytes | None = market
                while here is not None and here not in seen:
                    seen.add(here)
                    here = self.above[here]
                if made.audience == who and made.market in seen and row in self.owner:
                    found.add(row)
        return found

    @rule(which=index)
    def delete_customer(self, which: int) -> None:
        free = [row for row in self.owner if row not in self.contact.values()]
        if free:
            row = free[which % len(free)]
            self.world.write([self.world.operation(Action.DELETE, "customer", row)])
            del self.owner[row], self.phone[row]

    @rule(which=index)
    def delete_switch(self, which: int) -> None:
        if self.switch:
            row = list(self.switch)[which % len(self.switch)]
            self.world.write([self.world.operation(Action.DELETE, "substitution", row)])
            del self.switch[row]

    @invariant()
    def remember(self) -> None:
        """Of one row after the other: the answers of the present version and instant."""
        if not hasattr(self, "turn"):
            return
        version = self.world.store.status().version
        kinds = (("customer", self.owner), ("contact", self.contact), ("note", self.note),
                 ("market", self.above))  # fmt: skip
        for entity, known in kinds:
            for row in known:
                if (entity, row) not in self.rows:
                    self.rows.append((entity, row))
                    self.born[entity, row] = self.since
        said: dict[Asked, Answer] = {}
        entity, row = self.rows[-1 - self.turn % len(self.rows)]
        self.turn += 1
        for who in PEOPLE:
            said[who, entity, row] = self._answer((who, entity, row), None)
        if version != self.since:
            self.at_version[version] = said
            self.since = version
        self.at_instant[self.now] = said

    def _answer(self, asked: Asked, at: int | dt.datetime | None) -> Answer:
        who, entity, row = asked
        found = explain(self.world.store, self.world.people[who], SCHEMA.tags[entity], row, at)
        return found.held, sorted(
            tuple(_in_the_present(step) for step in way.chain) for way in found.ways
        )

    def teardown(self) -> None:
        """Ask again for all of it."""
        if hasattr(self, "turn"):
            for version, said in self.at_version.items():
                for asked, answer in said.items():
                    assert self._answer(asked, version) == answer, (version, asked)
            for instant, said in self.at_instant.items():
                when = EPOCH + instant * MICROSECOND
                for asked, answer in said.items():
                    assert self._answer(asked, when) == answer, (when, asked)
            for (entity, row), before in self.born.items():
                earlier = self._answer(("a", entity, row), before)
                assert earlier == (False, [("there is no such row",)])
        super().teardown()


def _in_the_present(step: str) -> str:
    if step == "there was no such row then":
        return "there is no such row"
    return f"{step.removesuffix(' then')} now" if step.endswith(" then") else step


def test_the_past_is_explained_as_it_was_on_sqlite() -> None:
    run_machine(Remembered, 5, 20)


def test_the_past_is_explained_as_it_was_on_postgresql(fresh_postgres: str) -> None:
    """One database for all examples: the people of earlier ones are nobody's business."""

    class OnPostgres(Remembered):
        url = fresh_postgres

    run_machine(OnPostgres, 2, 15)

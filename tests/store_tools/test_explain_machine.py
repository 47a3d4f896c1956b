"""Random work: what explain said at each version and instant, it says at the end about them, too.

The present is the oracle here: devices are held against it by the fleet's own oracle.
"""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from hypothesis.stateful import initialize, invariant, rule

from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.explain import explain
from syncengine.store.holders import holders
from tests.fleet.devices import Naive
from tests.fleet.machine import Fleet
from tests.fleet.office import PEOPLE, index
from tests.support.machine import run_machine
from tests.support.world import DAY, SCHEMA

Asked = tuple[str, str, bytes]  # person, entity, row
Answer = tuple[bool, list[tuple[str, ...]]]


class Remembered(Fleet):
    """The fleet, with deletions, and what explain said all along."""

    kinds = (Naive,)

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.rows: list[tuple[str, bytes]] = [("employee", i) for i in self.world.people.values()]
        self.rows += [("customer", row) for row in self.oracle.owner]
        self.since = self.world.store.status().version
        self.born: dict[tuple[str, bytes], int] = {}  # the last version without it that was seen
        self.at_version: dict[int, dict[Asked, Answer]] = {}
        self.at_instant: dict[int, dict[Asked, Answer]] = {}
        self.turn, self.last = 0, self.now
        self._scene()

    def _scene(self) -> None:
        """So that every run has something of each kind: a customer in a market below another one
        that a rule shows, and a substitution to come.
        """
        self.add_market(None)
        self.add_market(0)
        self.put_in_market(0, 1)
        self.show_market(0, "c", False)
        self.plan("a", "c", 2, 2, 0, 1)

    @rule()
    def pass_a_day(self) -> None:
        self.now += DAY

    @rule(which=index)
    def delete_customer(self, which: int) -> None:
        oracle = self.oracle
        visited = {visit.customer for visit in oracle.visit.values()}
        used = visited.union(oracle.contact.values(), oracle.agreed.values())
        free = [row for row in oracle.owner if row not in used]
        if free:
            row = self.pick(free, which)
            deleted = self.world.write([self.world.operation(Action.DELETE, "customer", row)])
            assert not deleted.objections
            del oracle.owner[row], oracle.phone[row]

    @rule(which=index)
    def delete_switch(self, which: int) -> None:
        if self.oracle.switch:
            row = self.pick(list(self.oracle.switch), which)
            self.world.write([self.world.operation(Action.DELETE, "substitution", row)])
            del self.oracle.switch[row]

    @invariant()
    def remember(self) -> None:
        """Of one row after the other: the answers of the present version and instant."""
        if not hasattr(self, "turn"):
            return
        version = self.world.store.status().version
        oracle = self.oracle
        kinds = (("customer", oracle.owner), ("contact", oracle.contact), ("note", oracle.note),
                 ("market", oracle.above))  # fmt: skip
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
        self._agrees(entity, row, {who for (who, *_), answer in said.items() if answer[0]})
        if version != self.since:
            if self._received(self.since + 1) == self.last != self.now:
                self.at_instant.pop(self.last, None)  # written after the answer, at its instant
            if self._received(version) == self.now:  # else a rule has let time pass behind it
                self.at_version[version] = said
            self.since = version
        self.at_instant[self.now], self.last = said, self.now

    def _agrees(self, entity: str, row: bytes, held_by: set[str]) -> None:
        """Whom `holders` names are those for whom explain finds a reason, and who have a device."""
        found = holders(self.world.store, SCHEMA.tags[entity], row)
        seated = {status.seat.person for status in self.world.store.seats.list()}
        expected = {self.world.people[who] for who in held_by} & seated
        assert not found.more
        assert (seated if found.everybody else set(found.people)) == expected

    def _received(self, version: int) -> int | None:
        c = t.changeset.c
        with reading(self.world.store.engine) as connection:
            return connection.scalar(sa.select(c.received).where(c.version == version))

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

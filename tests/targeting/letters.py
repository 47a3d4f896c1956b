"""The random machine's letters: leaflets that letters to customers and people carry."""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from tests.support.world import DAY
from tests.targeting.module import Targeted
from tests.targeting.oracle import Oracle

PEOPLE = ("boss", "a", "b")
person = st.sampled_from(PEOPLE)
index = st.integers(0, 10**6)
period = st.tuples(st.none() | st.integers(-2, 3), st.none() | st.integers(-1, 4))


class Letters(Oracle, RuleBasedStateMachine):
    """What the machine does with them."""

    world: Targeted

    def now(self) -> int:
        """The time of all clocks."""
        return self.world.at

    def _pick(self, rows: dict[bytes, object], which: int | None) -> bytes | None:
        return list(rows)[which % len(rows)] if rows and which is not None else None

    def _instants(self, days: tuple[int | None, int | None]) -> tuple[int | None, int | None]:
        starts, ends = (None if d is None else self.world.at + d * DAY for d in days)
        return starts, ends

    @rule(days=period, pages=st.integers(0, 2), letters=st.lists(index, max_size=3))
    def print_leaflet(
        self, days: tuple[int | None, int | None], pages: int, letters: list[int]
    ) -> None:
        """With its letters, in one changeset."""
        row, (starts, ends) = self.world.environment.new_id(), self._instants(days)
        write = self.world.operation
        made = [write(Action.INSERT, "leaflet", row, visible_from=starts, visible_until=ends)]
        self.leaflet[row] = starts, ends
        for _ in range(pages):
            page = self.world.environment.new_id()
            made.append(write(Action.INSERT, "page", page, leaflet=row))
            self.child[page] = "page", row
        made += [self._letter(row, which, None) for which in letters]
        assert not self.world.write(made).objections

    @rule(which=index, customer=index, name=st.none() | person)
    def send_letter(self, which: int, customer: int, name: str | None) -> None:
        row = self._pick({**self.leaflet}, which)
        if row:
            self.world.write([self._letter(row, customer, name)])

    def _letter(self, leaflet: bytes, which: int, name: str | None) -> Operation:
        customer = self._pick({**self.customer}, which)
        made = self.world.environment.new_id()
        self.letter[made] = leaflet, customer, name
        person = self.world.people[name] if name else None
        return self.world.operation(
            Action.INSERT, "letter", made, leaflet=leaflet, customer=customer, person=person
        )

    @rule(which=index, leaflet=index, customer=index)
    def change_letter(self, which: int, leaflet: int, customer: int) -> None:
        """Another leaflet for another customer."""
        made = self._pick({**self.letter}, which)
        if made:
            row = self._pick({**self.leaflet}, leaflet) or self.letter[made][0]
            to, name = self._pick({**self.customer}, customer), self.letter[made][2]
            self.world.update("letter", made, leaflet=row, customer=to)
            self.letter[made] = row, to, name

    @rule(which=index)
    def withdraw_letter(self, which: int) -> None:
        made = self._pick({**self.letter}, which)
        if made:
            self.world.write([self.world.operation(Action.DELETE, "letter", made)])
            del self.letter[made]

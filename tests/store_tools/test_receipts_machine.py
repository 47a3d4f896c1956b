"""Random work, random syncs: no device is confirmed clean that holds what it may not (invariant 8).

What devices hold is asked of the devices, what they may hold of the fleet's oracle; neither shares
code with the receipts.
"""

from __future__ import annotations

from hypothesis.stateful import initialize, rule

from syncengine.model.ids import to_text
from syncengine.store.evidence import State
from syncengine.store.receipts import Receipt, receipts_of_row, receipts_of_version
from tests.fleet.devices import Naive
from tests.fleet.machine import Fleet
from tests.fleet.office import PEOPLE, person
from tests.support.machine import run_machine
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA

CUSTOMER = SCHEMA.tags["customer"]


class Revoked(Fleet):
    """The fleet, with answers that are lost on their way and the office asking now and then."""

    kinds = (Naive,)

    @initialize()
    def begin(self) -> None:
        super().begin()
        self.since = self.world.store.status().version  # nobody had anything before

    def device(self, who: str) -> NaiveDevice:
        """The one that this person has now."""
        (found,) = (seat.device for seat in self.seats if seat.person == who)
        assert isinstance(found, Naive)
        return found.device

    def may_hold(self, who: str) -> set[bytes]:
        """The customers of this person's slice."""
        return self.oracle.customers(who, self.now)

    @rule(who=person)
    def lose_an_answer(self, who: str) -> None:
        """All of it is sent, none of it arrives."""
        device = self.device(who)
        for _ in self.world.store.sync(device.seat, device.hello(), []):
            pass

    @rule()
    def ask(self) -> None:
        """What a device holds and may not is never confirmed gone, and always on the list."""
        too_much = {
            (who, row)
            for who in PEOPLE
            for row in self.device(who).ids("customer") - self.may_hold(who)
        }
        open_rows = set()
        for row in self.oracle.owner:
            states = self._states(receipts_of_row(self.world.store, CUSTOMER, row))
            assert not {w for w in states if row in self.may_hold(w)}
            confirmed = {who for who, state in states.items() if state is State.CONFIRMED}
            assert not {who for who in confirmed if row in self.device(who).ids("customer")}
            open_rows |= {(who, row) for who in states.keys() - confirmed}
        assert too_much <= open_rows
        waiting = {
            who
            for version in range(self.since + 1, self.world.store.status().version + 1)
            for who, state in self._states(receipts_of_version(self.world.store, version)).items()
            if state is not State.CONFIRMED
        }
        assert {who for who, _ in too_much} <= waiting

    def _states(self, found: list[Receipt]) -> dict[str, State]:
        names = {to_text(self.device(who).seat.id): who for who in PEOPLE}
        return {names[r.device]: r.state for r in found if r.device in names}

    def teardown(self) -> None:
        """Two syncs after the last change, everything is confirmed."""
        if hasattr(self, "seats"):
            self.ask()
            for _ in range(2):
                for who in PEOPLE:
                    self.sync(who)
            for row in self.oracle.owner:
                found = receipts_of_row(self.world.store, CUSTOMER, row)
                assert set(self._states(found).values()) <= {State.CONFIRMED}
        super().teardown()


def test_receipts_are_true_of_every_device() -> None:
    run_machine(Revoked, 5, 25)

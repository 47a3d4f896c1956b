"""Two copies of a device's store that go on beside each other, act by act (design: one incarnation
has one store)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.simulation.clocking import ClockingLife
from tests.simulation.copies import CopiedLife
from tests.simulation.witness import real


def _lived(acts: Callable[[CopiedLife], None]) -> dict[str, int]:
    life = ClockingLife(5)
    try:
        life.session(0, None)
        acts(life)
        life.settle()
        return life.counts
    finally:
        life.close()


def test_copies_that_only_look_go_on_beside_each_other() -> None:
    def acts(life: CopiedLife) -> None:
        for _ in range(4):
            life.change_copies(0)
            life.session(0, None)

    counts = _lived(acts)
    assert counts["copies_changed"] == 3
    assert not counts["device_fenced"]
    assert not counts["device_rebuilt"]


def test_where_both_work_the_seat_is_turned_away_with_both() -> None:
    counts = _lived(lambda life: life.work_on_copies(0))
    assert counts["device_fenced"] == counts["copy_fenced"] == 1


@pytest.mark.parametrize("works", [False, True])
def test_a_copy_that_lacks_the_others_work_is_rebuilt(works: bool) -> None:
    """And then the other one is the one that lacks something, or is turned away when it works."""

    def acts(life: CopiedLife) -> None:
        life.change_copies(0)
        life.write_note(0)
        life.session(0, None)
        life.change_copies(0)
        life.session(0, None)
        life.write_note(0)
        life.session(0, None)
        life.change_copies(0)
        if works:
            life.write_note(0)
        life.session(0, None)

    counts = _lived(acts)
    assert counts["device_rebuilt"] == 2 - works
    assert counts["device_fenced"] == counts["copy_fenced"] == works


def test_shared_work_is_judged_once_for_both() -> None:
    """Invariant 5: the copy sends what the other one has sent, and hears the same answer."""

    def acts(life: CopiedLife) -> None:
        life.write_note(0)
        life.change_copies(0)
        life.session(0, None)
        life.change_copies(0)
        assert real(life.seats[0]).device.pending() == 1
        life.session(0, None)
        assert real(life.seats[0]).device.pending() == 0

    counts = _lived(acts)
    assert not counts["device_fenced"]

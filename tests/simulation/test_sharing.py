"""Two people at one tablet: one takes over while the sync of the other is under way."""

from __future__ import annotations

import pytest

from tests.simulation.acts import play
from tests.simulation.clocking import ClockingLife
from tests.simulation.sharing import GOES_ON, KILLED, PAUSED
from tests.simulation.witness import real


@pytest.mark.parametrize("ending", [PAUSED, KILLED, GOES_ON])
def test_one_takes_over_from_the_other(ending: int) -> None:
    """Invariants 12 and 20: what the second did counts, and the first goes on where it was."""
    life = ClockingLife(0)
    try:
        play(life, ("edit", [1, 1, "7"]))
        play(life, ("switch_person", [1, 2, ending, "1"]))
        assert life.counts["person_switched"] == 1
        first, second = (real(life.seats[number]).device for number in (1, 2))
        assert first.version == life.world.store.status().version
        assert first.pending() == second.pending() == 0
        assert len(second.rows("note")) == 1
        assert first.rows("note") == []
        life.settle()
    finally:
        life.close()

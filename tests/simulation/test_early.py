"""Early checkpoints in a life: each part is of a version of its own, and so is work on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from syncengine.store import pull
from tests.simulation.acts import Act, play
from tests.simulation.clocking import ClockingLife
from tests.simulation.kinds import LARGE_LATER
from tests.simulation.mixes import MIXES
from tests.simulation.planted.every import planted
from tests.simulation.run import SMALL_CHUNK_BYTES, replayed
from tests.simulation.witness import seated

MIX = MIXES["early"]
SEED = 1  # its devices take all parts
CONTACT = 4  # the first one of a's customer
AHEAD: list[Act] = [("sync", [1]), ("sync_ahead", [1, 1, "new"])]  # a's device, a's customer


@pytest.fixture
def life(monkeypatch: pytest.MonkeyPatch) -> Iterator[ClockingLife]:
    monkeypatch.setattr(pull, "CHUNK_BYTES", SMALL_CHUNK_BYTES)
    made = ClockingLife(SEED, LARGE_LATER)
    yield made
    made.close()


def test_parts_are_of_two_versions_until_the_next_checkpoint(life: ClockingLife) -> None:
    for act in AHEAD:
        play(life, act)
    seat = seated(life.seats[1])
    assert seat.is_split
    assert seat.of("customer").version > seat.of("contact").version
    play(life, ("edit_both", [1, CONTACT, "mine"]))
    customer, contact = seat.work[-1].operations
    assert (customer.entity, contact.entity) == ("customer", "contact")
    assert customer.base > contact.base
    play(life, ("sync", [1]))
    assert not seat.is_split
    life.settle()


@pytest.mark.parametrize(
    ("plant", "then"),
    [
        ("part_shown_half", []),
        ("left_part_forgotten", [("sync", [0]), ("sync_ahead", [0, 1, "newer"]), ("sync", [0])]),
        ("split_base_forgotten", [("edit_contact", [1, CONTACT, "mine"]), ("sync", [1])]),
        ("split_base_ignored", [("edit_both", [1, CONTACT, "mine"]), ("sync", [1])]),
    ],
)
def test_a_planted_bug_is_found_out(plant: str, then: list[Act]) -> None:
    script = [*AHEAD, *then]
    with planted(plant):
        assert replayed(SEED, script, MIX) is not None
    assert replayed(SEED, script, MIX) is None

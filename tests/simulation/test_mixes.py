"""Mixes are data: every act in them is there, and a seed's acts are the same each time."""

from __future__ import annotations

from random import Random

import pytest

from tests.simulation.acts import ACTS
from tests.simulation.mixes import MIXES


@pytest.mark.parametrize("name", MIXES)
def test_a_mix_has_known_acts_only(name: str) -> None:
    mix = MIXES[name]
    often = {act for subject in mix.subjects for act in subject}
    assert often <= mix.others.keys()
    assert mix.others.keys() | mix.syncs.keys() <= ACTS.keys()
    assert not mix.others.keys() & mix.syncs.keys()
    assert len(set(mix.faults)) == len(mix.faults)


@pytest.mark.parametrize("name", MIXES)
def test_a_seed_draws_the_same_acts(name: str) -> None:
    first, again, other = (MIXES[name].draw_script(Random(seed), 30) for seed in ("1", "1", "2"))
    assert first == again != other

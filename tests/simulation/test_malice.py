"""A client that was made to do harm is noticed where the engine would let it."""

from __future__ import annotations

import pytest

from tests.simulation.acts import Act
from tests.simulation.planted.every import planted
from tests.simulation.run import replayed

MANY = range(25)


def _script(act: str) -> list[Act]:
    return [(act, [who, seed]) for seed in MANY for who in ("a", "c")]


@pytest.mark.parametrize("act", ["forge_changeset", "forge_envelope", "forge_request"])
def test_nothing_comes_of_it(act: str) -> None:
    """Invariants 4, 7, 9 and 11."""
    assert replayed(0, _script(act)) is None


@pytest.mark.parametrize(
    ("plant", "act"),
    [
        ("anybody_may", "forge_changeset"),
        ("dedupe_skipped", "forge_envelope"),
        ("any_key_will_do", "forge_envelope"),
        ("anybodys_changesets", "forge_envelope"),
    ],
)
def test_an_engine_that_lets_it_is_found_out(plant: str, act: str) -> None:
    with planted(plant):
        assert replayed(0, _script(act)) is not None

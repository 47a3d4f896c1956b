"""Every decoder gives a value that means the same when written again, or refuses with a stable code
(bad-input.md, sync endpoints), in memory bounded by what was sent (invariant 28).
"""

from __future__ import annotations

import tracemalloc

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.corpus import kept
from tests.fuzz.mutations import HOSTILE, mutated
from tests.fuzz.targets import TARGETS

MEGABYTE = 2**20
TIMES = 100  # a byte sent becomes at most a small object of Python


@pytest.mark.parametrize("name", TARGETS)
def test_samples_are_understood(name: str) -> None:
    """Else a fuzzer would see the first check of a decoder and nothing behind it."""
    for data in TARGETS[name].samples():
        assert TARGETS[name].check(data)


@pytest.mark.parametrize("name", TARGETS)
def test_kept_inputs_do_no_harm(name: str) -> None:
    """What fuzzing found worth keeping: each reached code that the others did not."""
    for path in kept(name):
        TARGETS[name].check(path.read_bytes())


def bounded(name: str, data: bytes) -> None:
    tracemalloc.start()
    try:
        TARGETS[name].check(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MEGABYTE + TIMES * len(data)


@pytest.mark.parametrize("name", TARGETS)
@given(st.data())
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_mutated_samples(name: str, data: st.DataObject) -> None:
    bounded(name, data.draw(mutated(TARGETS[name].samples())))


@pytest.mark.parametrize("name", TARGETS)
@given(st.binary(max_size=200))
@settings(max_examples=30, deadline=None)
def test_random_bytes(name: str, data: bytes) -> None:
    bounded(name, data)


@pytest.mark.parametrize("name", TARGETS)
def test_hostile_values_at_every_place(name: str) -> None:
    """Without chance: each in place of each byte of the shortest sample."""
    shortest = min(TARGETS[name].samples(), key=lambda sample: (not sample, len(sample)))
    for place in range(min(len(shortest), 40)):
        for value in HOSTILE:
            TARGETS[name].check(shortest[:place] + value + shortest[place + 1 :])

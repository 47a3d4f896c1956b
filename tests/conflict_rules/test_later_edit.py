"""The algebra of later_edit, as it states it, and what an estimated time is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conflict_rules.later_edit import Dated, estimated, resolve
from conflict_rules.merge_by_field import Times, merge
from conflict_rules.outcome import Outcome
from syncengine.model.entity import ConflictRule
from syncengine.model.fields import Integer
from tests.conflict_rules.values import Declared, declared

instants = st.integers(-(2**63), 2**63 - 1)
edits = st.builds(Dated, st.none() | st.integers(0, 3), st.integers(0, 9))


def of(one: Dated, other: Dated) -> Dated:
    """What stands, with its time."""
    outcome = resolve(one, other)
    assert {outcome.value, *outcome.lost} == {one.value, other.value}
    return other if other.at > one.at else one


@given(edits, edits, edits)
def test_the_later_edit_stands(one: Dated, other: Dated, third: Dated) -> None:
    """A semilattice by time, among edits of different times; else the server's stays."""
    kept = of(one, other)
    assert resolve(one, other).value == kept.value
    assert kept.at == max(one.at, other.at)
    assert of(of(one, other), third) == of(one, of(other, third))
    assert of(one, one) == one
    if one.at != other.at:
        assert kept == of(other, one)
    else:
        assert resolve(one, other) == Outcome(one.value, (other.value,))


@given(st.permutations([(1, 10), (2, 20), (3, 30), (4, 40)]))
def test_in_whatever_order_they_arrive(order: list[tuple[int, int]]) -> None:
    """The latest of many edits of one base; each other one is a loss once."""
    field = declared(Declared(ConflictRule.LATER_EDIT, Integer()))
    server, made, lost = 0, 0, []
    for value, at in order:
        times = Times(at, {1: made}.__getitem__)
        whole = merge({1: 0}, {1: server}, {1: value}, lambda _: field, times)
        lost += [loss.lost for loss in whole.losses]
        if whole.write:
            server, made = value, at
    assert server == 4
    assert sorted(map(int, map(str, lost))) == [1, 2, 3]


@given(instants, instants, instants, instants)
def test_a_device_clock_moves_nothing_beyond_the_clamp(
    device: int, other: int, base: int, received: int
) -> None:
    """Invariant 19; and within it, a later clock never means an earlier edit."""
    base, received = sorted((base, received))
    at = estimated(device, base, received)
    assert base <= at <= received
    assert estimated(at, base, received) == at
    assert at == device or not base <= device <= received
    if device <= other:
        assert at <= estimated(other, base, received)


@given(instants, instants)
def test_nothing_is_made_after_it_arrived(device: int, received: int) -> None:
    """Also where the server's clock was set back since the base."""
    assert estimated(device, received + 5, received) == received

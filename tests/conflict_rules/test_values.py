"""The algebra of counter, minimum, maximum and add_wins_set, as each states it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_rules import add_wins_set, counter, maximum, minimum
from conflict_rules.outcome import Outcome
from syncengine.model.entity import ConflictRule
from syncengine.model.fields import Decimal, Integer, Json, Stored
from tests.conflict_rules.values import ELEMENTS, EXTREMES, Declared, in_turn, stored_values

COUNT = Declared(ConflictRule.COUNTER, Integer())
MARKS = Declared(ConflictRule.ADD_WINS_SET, Json())
small = st.none() | st.integers(-1000, 1000)
lists = st.none() | st.lists(ELEMENTS, max_size=5).map(Json().store)


@given(small, st.lists(small, min_size=1, max_size=6), st.randoms())
def test_counters_add_up_in_any_order(base: Stored, edits: list[Stored], shuffle: object) -> None:
    """Commutative and associative: the base and all deltas, equal ones as often as entered."""
    shuffled = list(edits)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    ends = [in_turn(COUNT, base, order) for order in (edits, shuffled)]
    total = int(base or 0) + sum(int(edit or 0) - int(base or 0) for edit in edits)
    assert [int(end.value or 0) for end in ends] == [total, total]
    assert ends[0].lost == ends[1].lost == ()


@pytest.mark.parametrize(
    ("kind", "case", "outcome"),
    [
        (Integer(0, 10), (5, 8, 7), Outcome(10)),
        (Integer(0, 10), (5, 8, 8), Outcome(8, (8,))),
        (Integer(0, 10), (5, 1, 3), Outcome(1, (3,))),
        (Integer(), (None, 2, 3), Outcome(5)),
        (Integer(), (5, 8, None), Outcome(3)),
        (Decimal(2), (1000, 1250, 900), Outcome(1150)),
        (Decimal(2), (0, 2**63 - 1, 1), Outcome(2**63 - 1, (1,))),
    ],
)
def test_counters_by_example(
    kind: Integer | Decimal, case: tuple[Stored, Stored, Stored], outcome: Outcome
) -> None:
    assert counter.resolve(kind, *case) == outcome


@given(st.sampled_from(EXTREMES), st.data())
def test_extremes_are_a_semilattice(field: Declared, data: st.DataObject) -> None:
    """Commutative, associative and idempotent; the other value is the loss."""
    one, other, third = (data.draw(stored_values(field.type)) for _ in range(3))
    rule = minimum if field.rule is ConflictRule.MINIMUM else maximum

    def of(left: Stored, right: Stored) -> Stored:
        outcome: Outcome = rule.resolve(field.type, None, left, right)
        return outcome.value

    assert of(one, other) == of(other, one)
    assert of(of(one, other), third) == of(one, of(other, third))
    assert of(one, one) == one
    assert of(None, one) == one
    outcome = rule.resolve(field.type, None, one, other)
    assert {outcome.value, *outcome.lost} == {one, other}
    known = [value for value in (one, other) if value is not None]
    pick = min if rule is minimum else max
    assert outcome.value == (pick(known) if known else None)


@given(lists, st.lists(lists, min_size=2, max_size=5), st.randoms())
def test_sets_keep_all_additions_and_all_removals(
    base: Stored, edits: list[Stored], shuffle: object
) -> None:
    """Commutative and associative; edits of one base, of whatever order."""
    shuffled = list(edits)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    ends = [in_turn(MARKS, base, order) for order in (edits, shuffled)]
    before = elements(base)
    added = {x for edit in edits for x in elements(edit) - before}
    removed = {x for edit in edits for x in before - elements(edit)}
    assert [elements(end.value) for end in ends] == [(before - removed) | added] * 2
    assert ends[0].lost == ends[1].lost == ()


def elements(stored: Stored) -> set[str]:
    return {Json().store(x) for x in json.loads(str(stored))} if stored is not None else set()


@given(lists, lists, lists)
def test_a_merged_set_is_canonical(base: Stored, server: Stored, incoming: Stored) -> None:
    """Each element once and ascending, so that equal sets are equal values; and idempotent."""
    value = add_wins_set.resolve(Json(), base, server, incoming).value
    texts = [Json().store(x) for x in json.loads(str(value))]
    assert texts == sorted(set(texts))
    assert add_wins_set.resolve(Json(), base, incoming, server).value == value
    assert add_wins_set.resolve(Json(), base, value, value) == Outcome(value)


@pytest.mark.parametrize(
    ("limit", "case", "outcome"),
    [
        (90, ('["a","b"]', '["a","b","c"]', '["b","d"]'), Outcome('["b","c","d"]')),
        (90, ('["a"]', "[]", None), Outcome("[]")),
        (90, ('["a"]', '{"k":1}', '["b"]'), Outcome('{"k":1}', ('["b"]',))),
        (90, ('{"k":1}', '["a"]', '["b"]'), Outcome('["a","b"]')),
        (7, ("[]", '["a"]', '["b"]'), Outcome('["a"]', ('["b"]',))),
    ],
)
def test_sets_by_example(limit: int, case: tuple[Stored, Stored, Stored], outcome: Outcome) -> None:
    assert add_wins_set.resolve(Json(limit), *case) == outcome

"""Merging a row field by field, and what holds for every rule."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conflict_rules import device_wins, manual, server_wins
from conflict_rules.decided import is_choice
from conflict_rules.merge_by_field import EQUAL_IS_TWO, RULES, merge
from syncengine.model.entity import ConflictRule
from syncengine.model.fields import Json, Stored
from tests.conflict_rules.values import SAME_TIME, Declared, declared, merged, triples

values = st.none() | st.integers(0, 3) | st.sampled_from(["a", "b"])
rows = st.fixed_dictionaries(dict.fromkeys(range(1, 5), values))
any_type = st.sampled_from(
    [Declared(rule, Json()) for rule in (ConflictRule.SERVER_WINS, ConflictRule.DEVICE_WINS)]
)


@given(values, values)
def test_neither_side_wins_is_commutative(one: Stored, other: Stored) -> None:
    """Which value prevails is a matter of arrival, and each says of which."""
    first = server_wins.resolve(Json(), None, one, other)
    assert (first.value, first.lost) == (one, (other,))
    last = device_wins.resolve(Json(), None, one, other)
    assert (last.value, last.lost) == (other, (one,))


@given(triples())
def test_only_choices_are_left_to_the_office(
    case: tuple[Declared, Stored, Stored, Stored],
) -> None:
    """Such a rule makes nothing new of both values, and looks at neither."""
    field, base, server, incoming = case
    outcome = merged(field, base, server, incoming)
    if is_choice(field.rule):
        assert outcome.value in (server, incoming)
        assert outcome.lost in ((), (server,), (incoming,))
    else:
        assert field.rule in COMBINING | {ConflictRule.MINIMUM, ConflictRule.MAXIMUM}


@given(values, values, values)
def test_people_decide_later(base: Stored, one: Stored, other: Stored) -> None:
    """Until then the server's value stays, whichever that is; nothing is to decide twice."""
    outcome = manual.resolve(Json(), base, one, other)
    assert (outcome.value, outcome.lost) == (one, (other,))
    field = Declared(ConflictRule.MANUAL, Json())
    assert merged(field, base, outcome.value, outcome.value).lost == ()


def test_every_rule_is_in_the_table() -> None:
    """But the one that asks for times as well."""
    assert {*RULES, ConflictRule.LATER_EDIT} == set(ConflictRule)


@given(triples())
def test_merging_is_deterministic(case: tuple[Declared, Stored, Stored, Stored]) -> None:
    """Invariant 22."""
    field, base, server, incoming = case
    assert merged(field, base, server, incoming) == merged(field, base, server, incoming)


@given(triples())
def test_the_outcome_is_a_value_of_the_field(
    case: tuple[Declared, Stored, Stored, Stored],
) -> None:
    field, base, server, incoming = case
    outcome = merged(field, base, server, incoming)
    for value in (outcome.value, *outcome.lost):
        if value is not None:
            field.type.check(value)


@given(triples())
def test_what_only_one_side_changed_wins(case: tuple[Declared, Stored, Stored, Stored]) -> None:
    field, base, one, _ = case
    assert merged(field, base, one, base) == merged(field, base, base, one)
    assert merged(field, base, one, base).value == one
    assert merged(field, base, one, base).lost == ()


@given(triples())
def test_equal_changes_agree(case: tuple[Declared, Stored, Stored, Stored]) -> None:
    """Idempotent; of counters, equal edits are two edits."""
    field, base, value, _ = case
    if field.rule in EQUAL_IS_TWO and value != base:
        return
    assert merged(field, base, value, value).value == value
    assert merged(field, base, value, value).lost == ()


@given(triples())
def test_no_value_disappears(case: tuple[Declared, Stored, Stored, Stored]) -> None:
    """A changed value stands, is a loss, or is part of an outcome that its rule makes of both."""
    field, base, server, incoming = case
    outcome = merged(field, base, server, incoming)
    combined = outcome.value not in (server, incoming)
    for value in (server, incoming):
        unchanged = value == base
        part = not outcome.lost and field.rule in COMBINING
        assert value == outcome.value or value in outcome.lost or unchanged or combined or part
    if outcome.value == server and outcome.lost:
        assert outcome.lost == (incoming,)


COMBINING = {ConflictRule.COUNTER, ConflictRule.ADD_WINS_SET, ConflictRule.TEXT_MERGE}


@given(triples())
def test_what_is_not_there_afterwards_is_told(
    case: tuple[Declared, Stored, Stored, Stored],
) -> None:
    field, base, server, incoming = case
    whole = merge({1: base}, {1: server}, {1: incoming}, lambda _: declared(field), SAME_TIME)
    kept = whole.write.get(1, server)
    assert whole.entered == ({} if kept == incoming else {1: incoming})
    assert (1 in whole.write) == (kept != server)


@given(
    rows,
    st.dictionaries(st.sampled_from([1, 2]), values),
    st.dictionaries(st.sampled_from([3, 4]), values),
    any_type,
)
def test_edits_of_disjoint_fields_commute(
    base: dict[int, Stored], one: dict[int, Stored], other: dict[int, Stored], field: Declared
) -> None:
    ends = []
    for first, second in ((one, other), (other, one)):
        server = dict(base)
        for incoming in (first, second):
            made = merge(base, server, incoming, lambda _: declared(field), SAME_TIME)
            assert made.losses == ()
            server |= made.write
        ends.append(server)
    assert ends[0] == ends[1] == {**base, **one, **other}

"""The rules' algebra, as each states it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from conflict_rules import device_wins, server_wins
from conflict_rules.merge_by_field import merge
from syncengine.model.entity import ConflictRule

values = st.none() | st.integers(0, 3) | st.sampled_from(["a", "b"])
rows = st.fixed_dictionaries(dict.fromkeys(range(1, 5), values))
rules = st.sampled_from(list(ConflictRule))


@given(values, values, values)
def test_one_value_prevails_and_the_other_is_kept(
    base: object, server: object, incoming: object
) -> None:
    for rule in (server_wins, device_wins):
        outcome = rule.resolve(base, server, incoming)
        assert [outcome.value, outcome.lost] in ([server, incoming], [incoming, server])


@given(values, values)
def test_neither_rule_is_commutative(one: object, other: object) -> None:
    """Which value prevails is a matter of arrival, and each says of which."""
    first = server_wins.resolve(None, one, other)  # type: ignore[arg-type]
    second = server_wins.resolve(None, other, one)  # type: ignore[arg-type]
    assert (first.value, second.value) == (one, other)
    last = device_wins.resolve(None, one, other)  # type: ignore[arg-type]
    assert last.value == other


@given(rows, rows, rules)
def test_merging_what_is_there_writes_nothing(
    base: dict[int, object], server: dict[int, object], rule: ConflictRule
) -> None:
    """Idempotent."""
    merged = merge(base, server, server, lambda _: rule)  # type: ignore[arg-type]
    assert (merged.write, merged.losses) == ({}, ())


@given(
    rows,
    st.dictionaries(st.sampled_from([1, 2]), values),
    st.dictionaries(st.sampled_from([3, 4]), values),
    rules,
)
def test_edits_of_disjoint_fields_commute(
    base: dict[int, object], one: dict[int, object], other: dict[int, object], rule: ConflictRule
) -> None:
    ends = []
    for first, second in ((one, other), (other, one)):
        server = dict(base)
        for incoming in (first, second):
            merged = merge(base, server, incoming, lambda _: rule)  # type: ignore[arg-type]
            assert merged.losses == ()
            server |= merged.write
        ends.append(server)
    assert ends[0] == ends[1] == {**base, **one, **other}


@given(rows, rows, rows, rules)
def test_no_value_disappears(
    base: dict[int, object],
    server: dict[int, object],
    incoming: dict[int, object],
    rule: ConflictRule,
) -> None:
    """What is entered is written, was there already, or is a loss; so is what it replaces."""
    merged = merge(base, server, incoming, lambda _: rule)  # type: ignore[arg-type]
    lost = {x.field: x.lost for x in merged.losses}
    for number, value in incoming.items():
        assert value in (merged.write.get(number, server[number]), lost.get(number, value))
        if number in merged.write and server[number] != base[number]:
            assert lost[number] == server[number]

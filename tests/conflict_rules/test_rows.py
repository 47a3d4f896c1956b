"""The algebra of the rules about whole rows: deletes against edits, keeping both."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict_rules import delete_wins, edit_resurrects, keep_both
from conflict_rules.deed import Deed
from conflict_rules.outcome import Outcome
from syncengine.model.fields import Text


@pytest.mark.parametrize("rule", [delete_wins, edit_resurrects])
def test_deeds_are_a_semilattice(rule: object) -> None:
    """Commutative, associative, idempotent: all of it, there are only 27 cases."""
    resolve = rule.resolve  # type: ignore[attr-defined]
    for one, other, third in product(Deed, repeat=3):
        assert resolve(one, other) == resolve(other, one)
        assert resolve(resolve(one, other), third) == resolve(one, resolve(other, third))
        assert resolve(one, one) == one
        assert resolve(Deed.NOTHING, one) == one
    stronger = Deed.DELETED if rule is delete_wins else Deed.EDITED
    assert resolve(Deed.EDITED, Deed.DELETED) is stronger


@given(st.text(max_size=3), st.text(max_size=3), st.text(max_size=3))
def test_the_field_keeps_the_servers_value(base: str, one: str, other: str) -> None:
    """So in either order the two rows hold the same two values; idempotent."""
    kinds = Text(3)
    rows = []
    for first, second in ((one, other), (other, one)):
        outcome = keep_both.resolve(kinds, base, first, second)
        assert outcome == Outcome(first, (second,))
        rows.append(sorted([outcome.value, *outcome.lost], key=str))
    assert rows[0] == rows[1]
    assert keep_both.resolve(kinds, base, one, one).value == one

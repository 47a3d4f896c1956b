"""What keeps a row from meeting a condition, in words."""

from __future__ import annotations

import pytest
from hypothesis import given

from syncengine.model.conditions import AllOf, AnyOf, Compare, Condition, InSubtree, Not, Op
from syncengine.model.fields import Stored
from syncengine.model.unmet import MAX_SHOWN, Row, unmet
from tests.support.conditions import IDS, THING, rows, trees


def _row(**fields: Stored) -> Row:
    values = tuple(fields.get(field.name) for field in THING.fields)
    return Row(THING, values, lambda _entity, _parent, node, row: node == row)


GRAZ = Compare("title", Op.EQUAL, "Graz")
SMALL = Compare("count", Op.LESS, 5)
EMPTY = Compare("title", Op.IS_EMPTY)


@pytest.mark.parametrize(
    ("condition", "row", "said"),
    [
        (GRAZ, _row(title="Linz"), "title is Linz, not equal Graz"),
        (GRAZ, _row(), "title is empty, not equal Graz"),
        (EMPTY, _row(title="Linz"), "title is Linz, not empty"),
        (AllOf((GRAZ, SMALL)), _row(title="Graz", count=7), "count is 7, not less than 5"),
        (AllOf((GRAZ, SMALL)), _row(title="Linz", count=7), "title is Linz, not equal Graz"),
        (AnyOf((GRAZ, SMALL)), _row(title="Linz", count=7),
         "title is Linz, not equal Graz and count is 7, not less than 5"),
        (AnyOf(()), _row(), "no row does"),
        (Not(GRAZ), _row(title="Graz"), "title is Graz, which is excluded"),
        (Not(SMALL), _row(count=3), "count is 3, less than 5, which is excluded"),
        (Not(AnyOf((SMALL, GRAZ))), _row(title="Graz"), "title is Graz, which is excluded"),
        (Not(Not(GRAZ)), _row(title="Linz"), "title is Linz, not equal Graz"),
        (Compare("price", Op.ONE_OF, (150, 200)), _row(price=199),
         "price is 1.99, not one of 1.50, 2.00"),
        (InSubtree("place", IDS[0], "above"), _row(place=None),
         "place is empty, not 00000000-0000-7000-8000-000000000000 or below"),
    ],
)  # fmt: skip
def test_it_names_the_first_part_that_fails(condition: Condition, row: Row, said: str) -> None:
    assert str(unmet(condition, row)) == said


def test_long_values_are_cut() -> None:
    assert len(str(unmet(EMPTY, _row(title="x" * 10_000)))) < MAX_SHOWN + 40


@given(trees(), rows())
def test_there_are_words_for_every_condition(
    condition: Condition, values: tuple[Stored, ...]
) -> None:
    row = Row(THING, values, lambda _entity, _parent, node, other: node == other)
    failing = Not(condition) if row.meets(condition) else condition
    assert str(unmet(failing, row))

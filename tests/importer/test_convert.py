"""Cells that could mean two things: the mapping says which, or they are refused."""

from __future__ import annotations

import pytest

from server.importer import apply_plan
from server.importer.convert import convert
from server.importer.mapping import FieldSource
from syncengine.model.entity import Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Date, Decimal
from tests.importer.conftest import Desk

DAY = Field(1, "day", Date())
AMOUNT = Field(2, "amount", Decimal(2))


@pytest.mark.parametrize("cell", ["=1+1", "+43 1", "-x", "@home", '=cmd|"/c calc"!A1'])
def test_what_looks_like_a_formula_is_stored_literally(desk: Desk, cell: str) -> None:
    quoted = cell.replace('"', '""')
    plan = desk.plan(f'1,"{quoted}",a,0,,,s')
    apply_plan(desk.world.store, plan)
    plan.close()
    assert desk.customers()["1"][0] == cell


@pytest.mark.parametrize(
    ("declared", "cell", "stored"),
    [("%d/%m/%y", "03/04/05", "2005-04-03"), ("%m/%d/%y", "03/04/05", "2005-03-04")],
)
def test_the_mapping_says_which_day_it_is(declared: str, cell: str, stored: str) -> None:
    assert convert(DAY, FieldSource(column="Day", date=declared), cell) == stored


@pytest.mark.parametrize("cell", ["03/04/05", "3.4.2005", "20050403", 38445, 38445.5])
def test_a_day_in_another_form_is_refused(cell: str | float) -> None:
    with pytest.raises(InvalidValue):
        convert(DAY, FieldSource(column="Day"), cell)


def test_the_mapping_says_what_a_comma_is() -> None:
    comma, point = FieldSource(column="A", decimal=","), FieldSource(column="A")
    assert convert(AMOUNT, comma, "1.234,56") == 123456
    assert convert(AMOUNT, point, "1234.56") == 123456
    for source, cell in [(point, "1.234,56"), (point, "1,234"), (comma, "1,234.56")]:
        with pytest.raises(InvalidValue):
            convert(AMOUNT, source, cell)

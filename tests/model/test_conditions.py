"""Conditions as data: what is written is read again, and each fault has its code and place."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from modules.masterdata.customers import CUSTOMER
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.condition_data import (
    MAX_NODES,
    MAX_VALUES,
    MAX_VALUES_IN_ALL,
    Fault,
    read_condition,
    read_value,
    write_condition,
)
from syncengine.model.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    fields_of,
    matches,
    subtrees_of,
)
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Json, Stored
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from tests.support.conditions import IDS, SCHEMA, THING, trees

NODE = to_text(IDS[1])
EMPTY = {"field": "title", "op": "is_empty"}


def read(data: object) -> Condition:
    return read_condition(THING, SCHEMA, data)


def compare(field: str, op: str, *value: object) -> dict[str, object]:
    return {"field": field, "op": op, **({"value": value[0]} if value else {})}


def below(field: str, node: object, parent: object) -> dict[str, object]:
    return {"field": field, "in_subtree_of": node, "parent": parent}


def nested(levels: int, innermost: object = EMPTY) -> Any:
    return innermost if levels == 1 else {"not": nested(levels - 1, innermost)}


@given(trees())
def test_what_is_written_is_read_again(condition: Condition) -> None:
    written = write_condition(THING, condition)
    again = read(json.loads(json.dumps(written)))
    assert again == condition
    assert write_condition(THING, again) == written


def test_a_rule_on_customers() -> None:
    data = {
        "all": [
            {"field": "city", "op": "equal", "value": "Graz"},
            {"not": {"field": "market", "in_subtree_of": NODE, "parent": "parent"}},
            {"any": [{"field": "annual_sales", "op": "greater", "value": "1000.50"}]},
        ]
    }
    market = InSubtree("market", IDS[1], "parent")
    condition = read_condition(CUSTOMER, Schema((MASTERDATA,)), data)
    sales = Compare("annual_sales", Op.GREATER, 100050)
    city = Compare("city", Op.EQUAL, "Graz")
    assert condition == AllOf((city, Not(market), AnyOf((sales,))))
    assert write_condition(CUSTOMER, condition) == data
    assert fields_of(condition) == {"city", "market", "annual_sales"}
    assert subtrees_of(condition) == {market}


@pytest.mark.parametrize(
    ("field", "value", "stored", "written"),
    [
        ("price", "1.5", 150, "1.50"),
        ("price", "-0", 0, "0.00"),
        ("latitude", "0", 0, "0.000000"),
        ("latitude", "1.5", 1_500_000, "1.500000"),
        ("latitude", "0.000001", 1, "0.000001"),
        ("at", "1970-01-01T01:00:00+01:00", 0, "1970-01-01T00:00:00+00:00"),
        ("at", "1970-01-01T00:00:00.000001Z", 1, "1970-01-01T00:00:00.000001+00:00"),
        ("place", NODE.upper(), IDS[1], NODE),
        ("active", False, False, False),
        ("count", 2**63 - 1, 2**63 - 1, 2**63 - 1),
    ],
)
def test_values_have_one_stored_and_one_canonical_form(
    field: str, value: object, stored: Stored, written: object
) -> None:
    condition = read(compare(field, "equal", value))
    assert condition == Compare(field, Op.EQUAL, stored)
    assert write_condition(THING, condition)["value"] == written


def test_lists_are_sets() -> None:
    condition = read(compare("title", "one_of", ["b", "a", "b"]))
    assert condition == Compare("title", Op.ONE_OF, ("a", "b"))


def test_empty_fields_and_empty_lists() -> None:
    """Two-valued: an empty field fulfils the negation of a comparison, and no comparison."""
    empty: tuple[Stored, ...] = (None,) * len(THING.fields)

    def holds(data: object) -> bool:
        return matches(read(data), THING, empty, lambda *_: True)

    comparisons: list[dict[str, object]] = [
        compare("count", "less", 5),
        compare("title", "starts_with", ""),
        compare("active", "equal", False),
        compare("state", "one_of", ["a"]),
        below("place", NODE, "above"),
        {"any": []},
        compare("title", "one_of", []),
    ]
    for comparison in comparisons:
        assert not holds(comparison)
        assert holds({"not": comparison})
    assert holds(EMPTY)
    assert holds({"all": []})


WRONG: list[tuple[Fault, object]] = [
    (Fault.MALFORMED, None),
    (Fault.MALFORMED, []),
    (Fault.MALFORMED, {}),
    (Fault.MALFORMED, {"field": "title"}),
    (Fault.MALFORMED, {"op": "equal", "value": "a"}),
    (Fault.MALFORMED, {"field": "title", "op": "equal"}),
    (Fault.MALFORMED, {"field": "place", "in_subtree_of": NODE}),
    (Fault.MALFORMED, {"all": EMPTY}),
    (Fault.MALFORMED, {"all": [], "any": []}),
    (Fault.KEY_UNKNOWN, {"all": [], "comment": "x"}),
    (Fault.KEY_UNKNOWN, {"all": [], "value": 1}),
    (Fault.KEY_UNKNOWN, {**EMPTY, "value": None}),
    (Fault.KEY_UNKNOWN, {1: None}),
    (Fault.FIELD_UNKNOWN, compare("id", "is_empty")),
    (Fault.FIELD_UNKNOWN, {"field": ["title"], "op": "is_empty"}),
    (Fault.FIELD_UNKNOWN, below("place", NODE, "below")),
    (Fault.FIELD_UNKNOWN, below("place", NODE, None)),
    (Fault.OP_UNKNOWN, compare("title", "like", "a")),
    (Fault.OP_UNKNOWN, {"field": "title", "op": ["equal"], "value": "a"}),
    (Fault.OP_UNSUITABLE, compare("count", "starts_with", "1")),
    (Fault.OP_UNSUITABLE, compare("active", "less", True)),
    (Fault.OP_UNSUITABLE, compare("state", "greater", "a")),
    (Fault.OP_UNSUITABLE, compare("place", "less_or_equal", NODE)),
    (Fault.OP_UNSUITABLE, compare("extra", "equal", {})),
    (Fault.OP_UNSUITABLE, compare("picture", "one_of", [])),
    (Fault.VALUE_WRONG, compare("title", "equal", None)),
    (Fault.VALUE_WRONG, compare("title", "equal", 1)),
    (Fault.VALUE_WRONG, compare("title", "starts_with", "\ud800")),
    (Fault.VALUE_WRONG, compare("title", "one_of", "a")),
    (Fault.VALUE_WRONG, compare("title", "one_of", ["a", None])),
    (Fault.VALUE_WRONG, compare("count", "equal", True)),
    (Fault.VALUE_WRONG, compare("count", "equal", 1.0)),
    (Fault.VALUE_WRONG, compare("count", "equal", 2**63)),
    (Fault.VALUE_WRONG, compare("active", "equal", 1)),
    (Fault.VALUE_WRONG, compare("price", "equal", 1)),
    (Fault.VALUE_WRONG, compare("price", "equal", "1.005")),
    (Fault.VALUE_WRONG, compare("price", "equal", "1e2")),
    (Fault.VALUE_WRONG, compare("price", "equal", "NaN")),
    (Fault.VALUE_WRONG, compare("price", "equal", "1.5\n")),
    (Fault.VALUE_WRONG, compare("price", "equal", "1." + "0" * 40 + "1")),
    (Fault.VALUE_WRONG, compare("price", "equal", "9" * 20)),
    (Fault.VALUE_WRONG, compare("day", "equal", "2024-02-30")),
    (Fault.VALUE_WRONG, compare("day", "equal", "2024-W01-1")),
    (Fault.VALUE_WRONG, compare("day", "equal", "2024-02-01T00:00:00Z")),
    (Fault.VALUE_WRONG, compare("at", "equal", "2024-02-01T00:00:00")),
    (Fault.VALUE_WRONG, compare("at", "equal", "2500-02-01T00:00:00Z")),
    (Fault.VALUE_WRONG, compare("at", "equal", "today")),
    (Fault.VALUE_WRONG, compare("at", "equal", 0)),
    (Fault.VALUE_WRONG, compare("state", "equal", "c")),
    (Fault.VALUE_WRONG, compare("place", "equal", "x")),
    (Fault.VALUE_WRONG, compare("place", "equal", "00000000-0000-0000-0000-000000000000")),
    (Fault.VALUE_WRONG, below("place", None, "above")),
    (Fault.NO_HIERARCHY, below("title", NODE, "above")),
    (Fault.NO_HIERARCHY, below("place", NODE, "name")),
    (Fault.NO_HIERARCHY, below("made_of", NODE, "place")),
    (Fault.TOO_DEEP, nested(9)),
    (Fault.TOO_LARGE, {"all": [EMPTY] * MAX_NODES}),
    (Fault.TOO_LARGE, compare("count", "one_of", list(range(MAX_VALUES + 1)))),
]


@pytest.mark.parametrize(("fault", "data"), WRONG)
def test_each_fault_has_its_code(fault: Fault, data: object) -> None:
    with pytest.raises(InvalidValue) as caught:
        read({"all": [{"all": []}, data]} if fault is not Fault.TOO_DEEP else data)
    assert caught.value.data["fault"] == fault
    if fault not in (Fault.TOO_DEEP, Fault.TOO_LARGE, Fault.MALFORMED):
        assert caught.value.data["at"] == "condition.all.1"
    assert len(caught.value.detail) < 200


def test_every_fault_is_tested() -> None:
    assert {fault for fault, _ in WRONG} == set(Fault)


def test_values_are_bounded_over_the_whole_tree() -> None:
    full = compare("count", "one_of", list(range(MAX_VALUES)))
    lists = MAX_VALUES_IN_ALL // MAX_VALUES
    read({"all": [full] * lists})
    with pytest.raises(InvalidValue) as caught:
        read({"all": [*[full] * lists, compare("count", "one_of", [1])]})
    assert caught.value.data == {
        "fault": "condition.too_large",
        "at": f"condition.all.{lists}",
    }


def test_the_deepest_and_widest_conditions_are_read_and_fit_a_json_field() -> None:
    deepest: Any = compare("title", "one_of", ["a"])
    for _ in range(7):
        deepest = {"all": [deepest]}
    widest = {"all": [EMPTY] * (MAX_NODES - 1)}
    for data in (deepest, widest):
        assert Json().load(Json().store(write_condition(THING, read(data)))) == data


def test_values_of_other_types_are_read_by_their_type() -> None:
    """For forms and previews, which have one value and no condition."""
    assert read_value(THING.by_name["price"].type, "12.5") == 1250

"""docs/CONFLICTS.md: the rules it names and the examples it works through."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conflict_rules.outcome import Outcome
from syncengine.model.entity import FITTING, ConflictRule
from syncengine.model.fields import Date, FieldType, Integer, Json, Text
from tests.conflict_rules.values import Declared, merged

PAGE = Path("docs/CONFLICTS.md").read_text(encoding="utf-8")


def table(head: str) -> list[list[str]]:
    """The cells of the table whose head begins like this, without quotes."""
    lines = PAGE.split(f"\n| {head}")[1].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines]


def test_every_rule_is_listed_with_its_types() -> None:
    stated = {row[0]: row[1].lower() for row in table("rule | for types")}
    assert stated == {
        str(rule): ", ".join(k.__name__.lower() for k in FITTING[rule])
        if rule in FITTING
        else "all"
        for rule in ConflictRule
    }


@pytest.mark.parametrize("row", table("rule | base"), ids=lambda row: row[0])
def test_every_example_is_true(row: list[str]) -> None:
    rule = ConflictRule(row[0])
    base, server, device, result = (json.loads(cell) for cell in row[1:5])
    lost = (json.loads(row[5]),) if row[5] else ()
    field = Declared(rule, type_of(rule, base))
    assert merged(field, base, server, device) == Outcome(result, lost)


def type_of(rule: ConflictRule, value: object) -> FieldType:
    if rule is ConflictRule.ADD_WINS_SET:
        return Json()
    if isinstance(value, int):
        return Integer(0, 100 if rule is ConflictRule.COUNTER else 9999)
    return Date() if rule is ConflictRule.MAXIMUM else Text()

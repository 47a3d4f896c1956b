"""docs/PROTOCOL.md, the code and the vectors say the same."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.custom import FIRST_CUSTOM, LAST_CUSTOM
from syncengine.model.entity import FITTING, Action, ConflictRule
from syncengine.model.fields import MAX_JSON_DEPTH
from syncengine.model.lifecycle import Capacity, Guard, Late, Stamp
from syncengine.model.parts import Part
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.schema_data import ALL_FIELD_TYPES, TERMS
from syncengine.model.terms import BucketKind, GrantTerm, Reason, RowTerm
from syncengine.protocol import limits
from syncengine.protocol.session import REQUEST, RESPONSE, Table
from tests.protocol.fingerprints import PAGE, ROOT, fingerprints, structs

TEXT = PAGE.read_text(encoding="utf-8")
NOT_OF_THE_PROTOCOL = {"PROTOCOL_VERSION", "SPOKEN", "MAX_OFFICE_OPERATIONS", "COMPRESS_FROM_BYTES"}


def table(head: str, part: str = TEXT) -> list[list[str]]:
    """The rows of the first table whose head begins like this, their cells without quotes."""
    _, _, rest = part.partition(f"\n| {head}")
    assert rest, f"docs/PROTOCOL.md has no table with the head | {head}"
    lines = rest.split("\n\n")[0].splitlines()[2:]
    return [[cell.strip().strip("`") for cell in line.split("|")[1:-1]] for line in lines]


def section(title: str) -> str:
    """What stands below a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", TEXT, re.MULTILINE | re.DOTALL)
    assert found, f"docs/PROTOCOL.md has no heading {title}"
    return "\n" + found.group(1)


def test_page_code_and_vectors_have_the_stated_fingerprints() -> None:
    stated = {row[0]: row[1] for row in table("of | SHA-256")}
    assert stated == fingerprints(), (
        "A message definition or a vector has changed. Bring docs/PROTOCOL.md into line with it,"
        " run `python -m tests.protocol.vectors`, and put the fingerprints that it prints into the"
        " page; a changed message is another protocol version."
    )


@pytest.mark.parametrize("name", sorted(structs()))
def test_every_message_has_its_fields_in_order(name: str) -> None:
    kind = structs()[name]
    tag = kind.__struct_config__.tag
    part = section(name if tag is None else f"{name} ({tag})")
    fields = list(kind.__struct_fields__)
    assert fields == ([row[0] for row in table("field | type", part)] if fields else [])


def test_every_limit_is_stated() -> None:
    stated = {row[0]: int(row[1].replace(",", "")) for row in table("limit | value")}
    of_code = {n: v for n, v in vars(limits).items() if n.isupper()}
    assert stated == {n: v for n, v in of_code.items() if n not in NOT_OF_THE_PROTOCOL}
    assert f"it pays from {limits.COMPRESS_FROM_BYTES} bytes on" in TEXT
    assert f"more than {MAX_JSON_DEPTH}\narrays or objects" in TEXT
    assert f"in a `questionnaire` inside more than {Questionnaire.deepest}." in TEXT
    assert f"{FIRST_CUSTOM} to\n{LAST_CUSTOM} to **custom fields**" in TEXT


def moves(rows: Iterable[list[str]]) -> set[tuple[str, str, str]]:
    """(state, message, state after) of a state table."""
    return {(s, m, t) for s, names, t in rows for m in re.findall(r"\w+", names)}


@pytest.mark.parametrize(
    ("nth", "of_code"), [(1, REQUEST), (2, RESPONSE)], ids=["request", "answer"]
)
def test_the_state_tables_are_those_of_the_code(nth: int, of_code: Table) -> None:
    part = "\n| state | may come".join(["", TEXT.split("\n| state | may come")[nth]])
    assert moves(table("state | may come", part)) == {
        (str(state), kind.__name__, str(after))
        for state, row in of_code.items()
        for kind, after in row.items()
    }


def arguments(kinds: Iterable[Any]) -> dict[str, str]:
    """A declaration's arguments as the page lists them."""
    return {k.__name__.lower(): ", ".join(f.name for f in dataclasses.fields(k)) for k in kinds}


def listed(rows: Iterable[list[str]]) -> dict[str, str]:
    """The first cell of each row with the second one."""
    return {row[0]: row[1] for row in rows}


def test_every_kind_of_term_and_field_is_listed() -> None:
    rows, grants = section("Schema").split("**Grant terms**")
    assert listed(table("kind | arguments", rows)) == arguments([*RowTerm.__args__, Part])
    assert listed(table("kind | arguments", grants)) == arguments(GrantTerm.__args__)
    assert listed(table("guard | arguments", grants)) == arguments(Guard.__args__)
    assert set(TERMS) == set(arguments([*RowTerm.__args__, Part, *GrantTerm.__args__]))
    stated = listed(table("type | arguments | stored"))
    assert stated == arguments(ALL_FIELD_TYPES.values()) | {"enum": "[word...]"}


@pytest.mark.parametrize(
    ("head", "of_code"),
    [
        ("kind | key", BucketKind),
        ("reason | the person", Reason),
        ("conflict rule | for types", ConflictRule),
        ("capacity | of an author", Capacity),
    ],
)
def test_every_bucket_reason_and_conflict_rule_is_listed(head: str, of_code: type[StrEnum]) -> None:
    assert {row[0] for row in table(head)} == {str(member) for member in of_code}


@pytest.mark.parametrize("words", [Late, Stamp])
def test_every_word_of_lifecycles_is_said(words: type[StrEnum]) -> None:
    _, grants = section("Schema").split("**Grant terms**")
    assert [word for word in words if f"`{word}`" not in grants] == []


def test_conflict_rules_are_for_the_types_of_the_code() -> None:
    for rule, types, _ in table("conflict rule | for types"):
        kinds = FITTING.get(ConflictRule(rule), ())
        assert types == (", ".join(kind.__name__.lower() for kind in kinds) or "all")


def objections() -> Iterator[str]:
    """The codes that the source gives to a Refusal or an Objection."""
    for file in [*(ROOT / "syncengine").rglob("*.py"), *(ROOT / "modules").rglob("*.py")]:
        yield from _codes(file)
    yield from (f"{action}.denied" for action in Action)
    yield from ("value.invalid", "schema.unknown")  # errors that become an objection


def _codes(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    named = {
        target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            place = {"Refusal": 0, "Objection": 1}.get(node.func.id)
            given = node.args[place] if place is not None and len(node.args) > place else None
            if isinstance(given, ast.Constant):
                yield str(given.value)
            elif isinstance(given, ast.Name) and given.id in named:
                yield str(named[given.id])


def test_every_objection_is_listed() -> None:
    assert {row[0] for row in table("code | meaning", section("Objections"))} == set(objections())

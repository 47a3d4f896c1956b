"""What previews show at the command line, and that they change nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store import preview as previews
from tests.server.cli import Cli
from tests.server.conftest import EMPLOYEE, IMPORT, Served, Start

At = tuple[str, str]


@pytest.fixture
def served(start: Start) -> Iterator[Served]:
    """279 and 276 with three customers and a device each; nothing is written in a test."""
    served = start()
    stands_in = Operation(Action.UPDATE, EMPLOYEE, served.people["279"], {6: served.people["276"]})
    served.store.write(IMPORT, [stands_in])
    for number in served.people:
        served.device(number)
    before = served.store.status()
    yield served
    assert served.store.status() == before


@pytest.fixture
def at(served: Served, database_url: str) -> At:
    return ("--database", database_url)


def lines(data: dict[str, Any]) -> dict[str, tuple[int, int, int, int]]:
    """Employee -> gained, lost, changed, again."""
    return {
        line["employee"]: (line["gained"], line["lost"], line["changed"], line["again"])
        for line in data["devices"]
    }


def test_substitute_on_and_off(cli: Cli, at: At) -> None:
    on = cli("substitute", "on", "279", "--preview", *at, "--json")
    assert (on.status, on.data["outcome"]) == (0, "accepted")
    assert lines(on.data) == {"276": (3, 0, 0, 0)}
    assert on.data["devices"][0]["bytes"] > 3 * 20
    table = cli("substitute", "on", "279", "--preview", *at).out
    assert "gained" in table
    assert "tablet" in table or "276" in table
    off = cli("substitute", "off", "279", "--preview", *at)
    assert (off.status, off.out) == (0, "Nothing would change.\n")


def change(folder: Path, *operations: dict[str, Any]) -> str:
    """A change file."""
    file = folder / "change.json"
    file.write_text(json.dumps({"operations": operations}))
    return str(file)


def test_a_change_file_of_several_kinds(cli: Cli, served: Served, at: At, tmp_path: Path) -> None:
    file = change(
        tmp_path,
        {"action": "update", "entity": "customer", "keys": ["2790", "2791"],
         "fields": {"owner": "276", "annual_sales": 12.5}},
        {"action": "update", "entity": "customer", "keys": [to_text(served.customers["2792"])],
         "fields": {"active": False}},
        {"action": "insert", "entity": "customer",
         "fields": {"number": "new", "name": "New", "owner": "276", "active": True}},
        {"action": "insert", "entity": "contact",
         "fields": {"customer": "new", "name": "Eva", "active": True}},
        {"action": "update", "entity": "employee", "keys": ["276"], "fields": {"manager": "279"}},
    )  # fmt: skip
    told = cli("preview", file, *at, "--json")
    assert told.status == 0, told.err
    # 279 keeps what it hands down, since it leads 276 now, and gets all that 276 has.
    assert lines(told.data) == {"279": (5, 0, 4, 0), "276": (4, 0, 1, 0)}


def test_a_refused_change(cli: Cli, at: At, tmp_path: Path) -> None:
    circle = {"action": "update", "entity": "employee", "keys": ["276"],
              "fields": {"manager": "276"}}  # fmt: skip
    told = cli("preview", change(tmp_path, circle), *at)
    assert told.status == 1
    assert told.out.startswith("Would be refused: operation 1, manager: ")
    assert cli("preview", change(tmp_path), *at).out == "Nothing would change.\n"


@pytest.mark.parametrize(
    ("operation", "code", "said"),
    [
        ({"action": "drop", "entity": "customer"}, "change.invalid", "action"),
        ({"action": "delete", "entity": "customer"}, "change.invalid", "names rows by keys"),
        ({"action": "update", "entity": "shop", "keys": ["1"], "fields": {"a": 1}},
         "row.unknown", "no kind of row shop"),
        ({"action": "update", "entity": "customer", "keys": ["1"], "fields": {"name": "x"}},
         "row.unknown", "operation 1: There is no customer with the number 1."),
        ({"action": "update", "entity": "customer", "keys": ["2790"], "fields": {"boss": "x"}},
         "change.invalid", "has no field boss"),
        ({"action": "update", "entity": "customer", "keys": ["2790"], "fields": {"active": 1}},
         "change.invalid", "active: true or false expected."),
        ({"action": "update", "entity": "customer", "keys": ["2790"], "fields": {"owner": "999"}},
         "row.unknown", "There is no employee with the number 999."),
        ({"action": "update", "entity": "customer", "keys": ["2790"], "fields": {"owner": None},
          "why": "x"}, "change.invalid", "why"),
        ({"action": "insert", "entity": "customer", "fields": {"number": "5"}},
         "value.invalid", "is missing"),
    ],
)  # fmt: skip
def test_a_wrong_file_gets_one_sentence(
    cli: Cli, at: At, tmp_path: Path, operation: dict[str, Any], code: str, said: str
) -> None:
    told = cli("preview", change(tmp_path, operation), *at)
    assert (told.status, told.out) == (1, "")
    assert said in told.err
    assert told.err.endswith(f"[{code}]\n")


def test_an_import_and_one_that_is_too_large(
    cli: Cli, at: At, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mapping = tmp_path / "owners.toml"
    mapping.write_text(
        'file = "owners.csv"\n[[output]]\nentity = "customer"\nkey = ["number"]\n'
        'mode = "update"\n[output.fields]\nnumber = { column = "N" }\n'
        'owner = { column = "O", lookup = "number" }\n'
    )
    file = tmp_path / "owners.csv"
    file.write_text("N,O\n2790,276\n2791,276\n")
    words = ("import", str(file), "--mapping", str(mapping), *at, "--preview")
    told = cli(*words, "--dry-run", "--json")
    assert lines(told.data[0]["preview"]) == {"279": (0, 2, 0, 0), "276": (2, 0, 0, 0)}
    assert "gained" in cli(*words, "--dry-run").out
    assert cli(*words).err.endswith("[import.preview]\n")
    monkeypatch.setattr(previews, "DEFAULT_LIMITS", previews.Limits(operations=1))
    told = cli(*words, "--dry-run")
    assert told.status == 0
    assert "No preview: A preview takes at most 1 operations, these are 2." in told.out

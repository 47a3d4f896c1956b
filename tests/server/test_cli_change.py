"""Writing a change from a file: rules and audiences are entered like this, too (D3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.server.cli import Cli
from tests.server.conftest import Start


def change(folder: Path, *operations: dict[str, Any]) -> str:
    file = folder / "change.json"
    file.write_text(json.dumps({"operations": operations}), encoding="utf-8")
    return str(file)


def test_a_rule_is_entered_and_explained(
    cli: Cli, start: Start, database_url: str, tmp_path: Path
) -> None:
    served = start()
    served.device("276")
    at = ("--database", database_url)
    condition = {"not": {"field": "number", "op": "is_empty"}}
    file = change(
        tmp_path,
        {"action": "insert", "entity": "audience", "fields": {"number": "A", "name": "All"}},
        {"action": "insert", "entity": "audience_member",
         "fields": {"audience": "A", "employee": "276", "below": False}},
        {"action": "insert", "entity": "rule",
         "fields": {"number": "R1", "name": "Everything", "target": "customer",
                    "condition": condition, "audience": "A", "active": True}},
    )  # fmt: skip
    preview = cli("preview", file, *at, "--json")
    assert preview.data["devices"][0]["gained"] == 3
    done = cli("change", file, *at)
    assert (done.status, done.out.startswith("Written as version ")) == (0, True)
    why = cli("explain", "--device", "276", "--row", "customer:2791", *at).out
    assert "customer 2791 -> rule R1 selects it -> 276 is in its audience" in why
    again = change(
        tmp_path,
        {"action": "update", "entity": "rule", "keys": ["R1"], "fields": {"name": "Everything"}},
    )
    assert cli("change", again, *at).out == "Nothing changed: it was like that already.\n"


def test_what_cannot_be_is_named_and_changes_nothing(
    cli: Cli, start: Start, database_url: str, tmp_path: Path
) -> None:
    served = start()
    before = served.store.status()
    file = change(
        tmp_path,
        {"action": "update", "entity": "customer", "keys": ["2791"],
         "fields": {"phone": "1"}},
        {"action": "insert", "entity": "substitution",
         "fields": {"absent": "279", "substitute": "279", "active": True}},
    )  # fmt: skip
    refused = cli("change", file, "--database", database_url)
    assert refused.status == 1
    assert "Operation 2: Nobody can be their own substitute." in refused.err
    assert served.store.status() == before

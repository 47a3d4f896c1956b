"""Writing a change from a file: rules and audiences are entered like this, too (D3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import bulk
from syncengine.store.bulk import keep
from syncengine.store.bulk_steps import encoded
from tests.server.cli import Cli
from tests.server.conftest import CUSTOMER, IMPORT, Served, Start


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


def moving(folder: Path) -> str:
    """279's customers go to 276, after an edit: four operations."""
    return change(
        folder,
        {"action": "update", "entity": "customer", "keys": ["2760"], "fields": {"phone": "1"}},
        {"action": "update", "entity": "customer", "keys": ["2790", "2791", "2792"],
         "fields": {"owner": "276"}},
    )  # fmt: skip


def test_a_large_change_is_written_in_steps_with_progress(
    cli: Cli, start: Start, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = start()
    monkeypatch.setattr(bulk, "STEP_OPERATIONS", 2)
    monkeypatch.setenv("TTY_COMPATIBLE", "1")  # as if somebody watched
    version = served.store.status().version
    file, at = moving(tmp_path), ("--database", database_url)
    done = cli("change", file, *at)
    said = f"Written in 2 steps, versions {version + 1} to {version + 2}.\n"
    assert (done.status, done.out) == (0, said)
    assert "writing 4 of 4 rows" in done.err
    again = cli("change", file, *at, "--json")
    assert (again.data["ok"], again.data["versions"]) == (True, [])
    assert again.err == ""
    assert "Nothing was left to finish." in cli("resume", *at).out


def _begun(served: Served) -> None:
    """A change that was decided and not written; its second row is gone since."""
    rows = [served.customers[number] for number in ("2790", "2791", "2792")]
    to = served.people["276"]
    edits = [Operation(Action.UPDATE, CUSTOMER, row, {3: to}) for row in rows]
    served.store.write(IMPORT, [Operation(Action.DELETE, CUSTOMER, rows[1], {})])
    kept = (encoded(place, edit) for place, edit in enumerate(edits))
    keep(served.store, served.store.environment.new_id(), IMPORT, kept)


def test_resume_finishes_what_was_cut_short_and_says_what_was_refused(
    cli: Cli, start: Start, database_url: str
) -> None:
    _begun(start())
    done = cli("resume", "--database", database_url)
    assert done.status == 1
    assert done.out.splitlines() == [
        "Finished what had been begun: test.",
        "Refused: operation 2: There is no such row on this device. [row.unknown]",
        "Refused because of what was written meanwhile: 1. The rest is written.",
    ]
    assert cli("resume", "--database", database_url, "--json").data == []


@pytest.mark.parametrize("words", [("change",), ("handover", "279", "276")])
def test_what_was_decided_earlier_comes_first(
    cli: Cli, start: Start, database_url: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    served = start()
    _begun(served)
    file = change(
        tmp_path,
        {"action": "update", "entity": "customer", "keys": ["2790"], "fields": {"owner": "279"}},
    )
    more = (file,) if words == ("change",) else ()
    done = cli(*words, *more, "--database", database_url)
    assert done.status == 0, done.err
    assert done.out.startswith("Finished what had been begun: test.\n")
    table = served.store.tables["customer"]
    with served.store.engine.connect() as connection:
        owner = (
            connection.execute(table.select().where(table.c.id == served.customers["2790"]))
            .one()
            .owner
        )
    assert owner == served.people["279" if words == ("change",) else "276"]

"""The demo itself: exact on both databases, and its judge notices whatever is not."""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from server.cli.app import app
from server.demo import place
from server.demo.afterwards import commands
from server.demo.compare import differences
from server.demo.expected import SALES_PEOPLE, Expectation, expected
from server.demo.play import Play
from server.demo.run import run_demo, script
from server.problem import Problem

PHASES = [
    "initial", "offline_edits", "substitution_on", "substitution_off", "dated_chain", "chain_over",
    "rule_on", "lent",
]  # fmt: skip
CUSTOMERS = {"279": 80, "276": 39, "284": 0, "274": 541, "285": 40, "287": 120}


class Shown:
    """Stands in for what a device shows."""

    def __init__(self, expectation: Expectation) -> None:
        self.identities = {e: dict.fromkeys(rows) for e, rows in expectation.rows.items()}
        self.identities.setdefault("substitution", {})
        self.values = {k: dict(v) for k, v in expectation.values.items()}
        self.extra = 0

    @property
    def total(self) -> int:
        return sum(len(rows) for rows in self.identities.values()) + self.extra

    def plain(self, entity: str, identity: str, field: str) -> object:
        return self.values[entity, identity][field]


def _lose(shown: Shown) -> None:
    shown.identities["customer"].popitem()


def _gain(shown: Shown) -> None:
    shown.identities["note"]["note-276-1"] = None


def _leak(shown: Shown) -> None:
    shown.identities["substitution"]["substitution-279"] = None


def _double(shown: Shown) -> None:
    shown.extra = 1


def _swap(shown: Shown) -> None:
    shown.identities["customer"].popitem()
    shown.identities["customer"]["another"] = None


def _change(shown: Shown) -> None:
    fields = next(iter(shown.values.values()))
    fields[next(iter(fields))] = "something else"


@pytest.mark.parametrize("spoil", [_lose, _gain, _leak, _double, _swap, _change])
def test_the_judge_notices_any_difference(spoil: Callable[[Shown], None]) -> None:
    expectation = expected()["substitution_on"]["279"]
    shown = Shown(expectation)
    judged: Any = shown
    assert differences(judged, expectation, expectation.verdicts) == []
    assert differences(judged, expectation, {"rejected": 1}) != []
    spoil(shown)
    assert differences(judged, expectation, expectation.verdicts) != []


def test_the_demo_is_exact(database_url: str, tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    given = {"database": database_url} if database_url.startswith("postgresql") else {}
    assert run_demo(headless=True, json_file=result, directory=tmp_path / "demo", **given)
    found = json.loads(result.read_text())
    assert found["ok"] is True
    phases = {phase["name"]: phase["devices"] for phase in found["phases"]}
    assert list(phases) == PHASES
    assert all(found["checks"].values())
    assert len(found["checks"]) == 39
    assert found["lifecycles"].keys() == {
        "messages", "visit_reports", "documents", "expenses", "timesheets",
    }  # fmt: skip
    assert all(sum(states.values()) for states in found["lifecycles"].values())
    for devices in phases.values():
        assert [d["employee"] for d in devices] == list(SALES_PEOPLE)
        assert all(d["rows"] == d["rows_expected"] for d in devices)
    held = {
        name: {d["employee"]: d["customers"] for d in devices} for name, devices in phases.items()
    }
    assert held["initial"].items() >= CUSTOMERS.items()
    assert held["substitution_on"]["276"] == CUSTOMERS["276"] + CUSTOMERS["279"]
    assert held["substitution_on"]["279"] == CUSTOMERS["279"]
    assert held["substitution_off"]["276"] == CUSTOMERS["276"]
    own = held["initial"]["281"]
    assert held["dated_chain"]["281"] == own + CUSTOMERS["276"] + CUSTOMERS["279"]
    assert held["chain_over"]["281"] == own
    assert held["chain_over"]["276"] == CUSTOMERS["276"] + CUSTOMERS["279"]
    assert held["rule_on"]["284"] == 40
    _explained(found["explain"])
    if not given:
        _well(tmp_path / "demo")


def _well(folder: Path) -> None:
    """The command that the demo says to try finds the attachments, too."""
    lines = commands(f"sqlite:///{folder / 'server.db'}", folder / "syncengine.toml")
    words = shlex.split(lines[-1])
    # What another test of this process has set for its own server would win over the file.
    own = {name: None for name in os.environ if name.startswith("SYNCENGINE_")}
    examined = CliRunner(env=own).invoke(app, words[words.index("doctor") :])
    assert examined.output == "Everything is as it should be.\n"


def _explained(given: list[dict[str, Any]]) -> None:
    """The whole chain, that it is over, that one may still read, the rule, and the list."""
    asked = [(e["phase"], e["employee"], e["row"], e["held"]) for e in given]
    assert asked == [
        ("dated_chain", "281", "customer:292", True),
        ("chain_over", "281", "customer:294", False),
        ("chain_over", "276", "customer:292", True),
        ("rule_on", "284", "customer:432", True),
        ("lent", "280", "customer:320", True),
        ("lent", "280", "customer:306", False),
    ]
    words = (
        "281 substitutes 276, who substitutes 279 until",
        "the substitution of 276 by 281 ended on",
        "and may read until",
        "rule touring-europe selects it",
        "listed in the substitution of 275 by 280",
        "its owner is no longer 275",
    )
    for entry, word in zip(given, words, strict=True):
        assert any(word in step for way in entry["ways"] for step in way["chain"])


def test_a_failing_demo_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = expected()
    phase = wrong["offline_edits"]
    rows = {**phase["279"].rows, "customer": frozenset({"292"})}
    phase["279"] = dataclasses.replace(phase["279"], rows=rows)
    chain = wrong["dated_chain"]
    chain["281"] = dataclasses.replace(chain["281"], rows=wrong["initial"]["281"].rows)
    monkeypatch.setattr("server.demo.run.expected", lambda: wrong)
    begun = script()
    del begun["phases"][PHASES.index("dated_chain") + 1 :]
    monkeypatch.setattr("server.demo.run.script", lambda: begun)
    for afterwards in ("messages", "visit_reports", "documents", "expenses", "timesheets"):
        monkeypatch.setattr(Play, afterwards, lambda *_: None)
    result = tmp_path / "result.json"
    assert not run_demo(headless=True, json_file=result)
    found = json.loads(result.read_text())
    assert found["ok"] is False
    told = capsys.readouterr().out
    assert "offline_edits: 16 of 17" in told
    assert "279: customer: must not have" in told
    assert "dated_chain: 16 of 17" in told
    assert "explain tells rightly whether 281 holds customer:292: NO" in told


def test_nothing_of_anybody_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(Problem, match="not empty"), place.folder(tmp_path):
        pass
    with pytest.raises(Problem, match="exists"):
        place.database(f"sqlite:///{tmp_path}/mine.txt", tmp_path)
    with pytest.raises(Problem, match="no database address"):
        place.database("nonsense", tmp_path)

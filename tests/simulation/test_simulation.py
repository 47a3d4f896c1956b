"""The simulator in small: some fresh lives, the same trace twice, planted bugs that it finds."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.cli import Cli, make_cli
from tests.simulation.acts import Act
from tests.simulation.faults import EVERY
from tests.simulation.mixes import MIXES, USUAL
from tests.simulation.planted.every import planted
from tests.simulation.run import lived_through, replayed, simulate

SECONDS = 20.0  # of each of the two halves, which run beside each other
SEEDS = 4
ROOT = Path(__file__).resolve().parents[2]
TRACE = (
    "from tests.simulation.run import simulate; print(simulate([int(__import__('sys').argv[1])])"
    ".traces[0])"
)


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command in this process."""
    return make_cli(monkeypatch, capsys)


def _fresh(first: int) -> Iterator[int]:
    """Seeds from there on, until the time is over."""
    end = time.monotonic() + SECONDS
    yield from itertools.takewhile(lambda _: time.monotonic() < end, itertools.count(first))


@pytest.mark.parametrize("share", range(2))
def test_fresh_lives_break_no_promise(share: int) -> None:
    """The seeds are new in every run: a failure prints what to replay."""
    first = int(time.time()) * 1_000 + 500 * share
    outcome = simulate(_fresh(first))
    last = first + outcome.seeds - 1
    found = [(v.seed, v.round, v.what, v.script) for v in outcome.violations]
    assert not found, f"syncengine simulate --seeds {first}..{last}"
    assert 4 * outcome.moving_sessions >= outcome.rounds  # on the average it is more than a third
    assert outcome.faults


@pytest.mark.parametrize("name", [name for name in MIXES if name != USUAL.name])
def test_lives_of_other_mixes_break_no_promise(name: str) -> None:
    """The same ones in every run, until their oracle has seen more lives (docs/ROADMAP.md)."""
    outcome = simulate(range(SEEDS), 40, mix=MIXES[name])
    assert not outcome.violations, f"syncengine simulate --seeds 0..{SEEDS - 1} --mix {name}"
    assert 4 * outcome.moving_sessions >= outcome.rounds


def test_the_same_seed_gives_the_same_trace() -> None:
    """Also in processes whose sets are ordered differently."""
    traces = {
        subprocess.run(
            [sys.executable, "-c", TRACE, "7"],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(traces) == 1


def test_a_clock_that_is_behind_brings_nothing_back() -> None:
    """What had ended at the checkpoint is not on the device, whatever its clock shows."""
    script: list[Act] = [
        ("show_owner", ["b", "a", False, 0, 0]),
        ("set_clock", [1, -1]),
        ("sync", [1]),
    ]
    assert replayed(0, script) is None


def test_what_came_back_after_a_restore_counts_as_it_began() -> None:
    """A contact is lost with the server and sent again; who has it from before edits it, and the
    office does, too: the edit's base is lost, and is what the contact began with.
    """
    script: list[Act] = [
        ("back_up", []),
        ("sync", [2]),
        ("meet", [2, 2]),
        ("sync", [2]),
        ("sync", [0]),
        ("restore_server", []),
        ("sync", [2]),
        ("edit_contact", [0, 0, "2"]),
        ("rename", [0, "1"]),
        ("sync", [0]),
    ]
    assert lived_through(22, script)["conflict"] == 1


def test_a_planted_bug_is_found_and_made_small() -> None:
    """A row that leaves is not told: a device sees that its sums differ, which must not happen."""
    with planted("nothing_leaves"):
        (found,) = simulate([0]).violations
        assert len(found.script) <= 8
        assert replayed(found.seed, found.script) is not None
    assert replayed(found.seed, found.script) is None


def test_the_command_says_what_came_of_it(cli: Cli, tmp_path: Path) -> None:
    result = cli("simulate", "--seeds", "3", "--rounds", "20", "--json")
    assert result.status == 0
    assert (result.data["mix"], result.data["seeds"]) == ("usual", 1)
    assert result.data["rounds"] == 20
    assert set(result.data) == {
        "mix", "seeds", "rounds", "sync_sessions", "moving_sessions", "violations", "faults",
        "silent", "trace_hash", "rounds_per_second",
    }  # fmt: skip
    silent = set(result.data["silent"])
    assert silent == set(EVERY) - result.data["faults"].keys() != set()
    short = ("simulate", "--seeds", "3", "--rounds", "20", "--every-fault")
    assert cli(*short).status == 1, "twenty rounds do not have every fault"
    script = tmp_path / "script.json"
    script.write_text(json.dumps([["sync", [0]]]))
    assert cli("simulate", "--seeds", "3", "--replay", str(script)).status == 0
    assert cli("simulate", "--seeds", "9..3").status == 2
    result = cli("simulate", "--seeds", "0..4", "--planted", "nothing_leaves", "--json")
    assert result.status == 0
    assert result.data["nothing_leaves"]["rounds"] > 0
    assert cli("simulate", "--seeds", "0", "--planted", "nothing").status == 2
    unknown = cli("simulate", "--seeds", "0", "--mix", "nothing")
    assert unknown.status == 2
    assert "there is no such mix" in unknown.err

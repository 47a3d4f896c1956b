"""Messages and attachments in a life: both who confirm, pieces that are lost, what is found out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.simulation import posted
from tests.simulation.acts import Act
from tests.simulation.mixes import MIXES
from tests.simulation.planted.every import planted
from tests.simulation.run import lived_through, replayed

MIX = MIXES["messages"]
SEED = 0
BOTH: Act = ("both_confirm", ["a", "b", 51])  # with a photo that is asked for
REMINDED: Act = ("remind_one", ["a", 14])  # it has come and was not shown before


def test_the_oracle_shares_nothing_with_the_engine() -> None:
    """What it says of messages it says in its own words."""
    tree = ast.parse(Path(posted.__file__).read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {name for name in names if name.startswith("tests.")}
    assert own == {"tests.fleet.oracle"}
    assert names - own == {"__future__", "collections.abc", "dataclasses"}


def test_a_rep_and_the_substitute_confirm_the_same_once() -> None:
    """D6, D9: the second one agrees; photo and status are there once."""
    counts = lived_through(SEED, [BOTH], MIX)
    assert counts["confirmed"] == counts["photo_accepted"] == 1
    assert counts["step_again"] + counts["step_late"] > 0


def test_a_rep_sees_what_the_office_reminds_of_as_new_again() -> None:
    """D9: until it is shown once more."""
    counts = lived_through(SEED, [REMINDED], MIX)
    assert counts["reminded"] == counts["new_again"] == counts["reminder_seen"] == 1


def test_what_is_withdrawn_is_gone_after_a_sync() -> None:
    """D7: no job has run since, so its receipt is still there."""
    counts = lived_through(SEED, [REMINDED, ("withdraw", [0]), ("sync", [0])], MIX)
    assert counts["info_withdrawn"] == 1


@pytest.mark.parametrize("plant", ["stamp_not_set", "sent_before_its_photo"])
def test_a_planted_bug_is_found_out(plant: str) -> None:
    with planted(plant):
        assert replayed(SEED, [BOTH], MIX) is not None

"""Documents in a life: an edition is replaced, both give a form back, what is found out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.simulation import shelved
from tests.simulation.acts import Act
from tests.simulation.mixes import MIXES
from tests.simulation.planted.every import planted
from tests.simulation.run import lived_through, replayed

MIX = MIXES["documents"]
SEED = 0
BOTH: Act = ("both_sign", ["a", "b", 2])
REPLACED: list[Act] = [
    ("give_out", [True, 0]),
    ("next_edition", [0, 0]),
    ("run_document_jobs", []),
    ("sync", [1]),
    ("read_documents", [1, 0]),
]
NOT_YET: list[Act] = [
    ("give_out", [True, 15]),
    ("next_edition", [0, 15]),
    ("sync", [3]),
    ("read_documents", [3, 0]),
]


def test_the_oracle_shares_nothing_with_the_engine() -> None:
    """What it says of documents it says in its own words."""
    tree = ast.parse(Path(shelved.__file__).read_text(encoding="utf-8"))
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {name for name in names if name.startswith("tests.")}
    assert own == {"tests.fleet.oracle", "tests.simulation.posted", "tests.simulation.reported"}
    assert names - own == {"__future__", "collections.abc", "dataclasses", "itertools"}


def test_a_rep_and_the_substitute_give_a_form_back() -> None:
    """D6, D14: the first one counts, the other one waits for the office."""
    counts = lived_through(SEED, [BOTH], MIX)
    assert counts["form_returned"] == 1
    assert counts["work quarantined"] == 1


@pytest.mark.parametrize(
    ("plant", "script"), [("editions_last", REPLACED), ("old_edition_offered", NOT_YET)]
)
def test_a_planted_bug_is_found_out(plant: str, script: list[Act]) -> None:
    """D14: of two editions the one that began last is valid, also before the job has run."""
    assert lived_through(SEED, script, MIX)["edition_replaced"] > 0
    with planted(plant):
        assert replayed(SEED, script, MIX) is not None

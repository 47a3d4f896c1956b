"""Visit reports in a life: both who answer, a draft on a new device, what is found out."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.simulation import questions, reported
from tests.simulation.acts import Act
from tests.simulation.mixes import MIXES
from tests.simulation.planted.every import planted
from tests.simulation.questions import FORMS, SHORT, Said, lacking
from tests.simulation.run import lived_through, replayed

MIX = MIXES["visits"]
SEED = 0
BOTH: Act = ("both_answer", ["a", "b", 24])
DRAFT: list[Act] = [
    ("publish_template", ["standard", 1]),
    ("run_report_jobs", []),
    ("sync", [1]),
    ("restore_draft", [1, 1, 1]),
]
REPORT = b"report"


def test_the_oracle_shares_nothing_with_the_engine() -> None:
    """What it says of visit reports it says in its own words."""
    for module in (questions, reported):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        own = {name for name in names if name.startswith("tests.")}
        assert own <= {
            "tests.fleet.oracle",
            "tests.simulation.posted",
            "tests.simulation.questions",
        }
        assert names - own == {"__future__", "collections.abc", "dataclasses"}


def test_what_the_oracle_misses() -> None:
    """D11: the last answer counts; what is not asked is not missed; photos have a limit."""

    def said(number: int, question: str, position: int = 0, **values: str | bool) -> Said:
        answers[bytes([number])] = made = Said(REPORT, question, position, values)
        return made

    answers: dict[bytes, Said] = {}
    assert lacking(SHORT, answers, REPORT) == {"filled"}
    said(2, "filled", yes=True)
    assert lacking(SHORT, answers, REPORT) == set()
    said(3, "filled", yes=False)
    assert lacking(SHORT, answers, REPORT) == {"why"}
    said(1, "filled", yes=True)
    said(4, "why", text="rats")
    assert lacking(SHORT, answers, REPORT) == set()
    said(5, "filled", yes=True)
    assert lacking(FORMS[2], answers, REPORT) == {"view"}
    for position in range(3):
        said(6 + position, "view", position, file="x")
        assert (lacking(FORMS[2], answers, REPORT) == {"view"}) == (position == 2)


def test_a_rep_and_the_substitute_answer_one_report() -> None:
    """D6, D12: it is there once, with the answers of both, and returns once."""
    counts = lived_through(SEED, [BOTH, ("run_report_jobs", [])], MIX)
    assert counts["new_report"] == counts["report_confirmed"] == counts["report_returned"] == 1
    assert counts["step_again"] + counts["step_late"] > 0


def test_drafts_are_on_the_next_device() -> None:
    """D12: what was answered before the device was lost is answered there."""
    counts = lived_through(SEED, DRAFT, MIX)
    assert counts["draft_restored"] == 1
    assert counts["new_report_answer"] > 0


@pytest.mark.parametrize(
    ("plant", "act"),
    [
        ("nothing_is_missing", ("both_answer", ["a", "b", 2])),
        ("first_answer_counts", ("both_answer", ["a", "b", 18])),
        ("late_answers_wait", ("both_answer", ["a", "b", 23])),
        ("conditions_not_asked", ("visit_two", ["a", 0])),
    ],
)
def test_a_planted_bug_is_found_out(plant: str, act: Act) -> None:
    with planted(plant):
        assert replayed(SEED, [act], MIX) is not None

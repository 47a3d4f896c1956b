"""What the examination of a run finds: every claim has a history that breaks it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.partitions.history import End, violations

PERSON = {"a1": "a", "a2": "a", "b1": "b"}


def line(at: float, do: str, **more: Any) -> dict[str, Any]:
    return {"at": at, "do": do, **more}


def work(text: str, sequence: int = 1, row: str | None = None) -> list[dict[str, Any]]:
    return [line(1, "try", text=text, row=row), line(2, "made", text=text, sequence=sequence)]


MADE = work("n1")
ANSWERED = line(3, "answered", sequence=1, version=7)
SYNCED = line(4, "synced", began=2.5, version=7, notes=["n1"])
GOOD = [line(0, "began", notes=[]), *MADE, ANSWERED, SYNCED]
END = End({("a1", 1): [7]}, {("a1", 1): "accepted"}, ["n1"], {})


def found(a1: list[dict[str, Any]], end: End = END, **others: list[dict[str, Any]]) -> list[str]:
    return violations({"a1": a1, "a2": [], "b1": [], **others}, PERSON, end)


def test_a_good_history_breaks_no_claim() -> None:
    later = [line(5, "synced", began=4.5, version=8, notes=["n1"])]
    elsewhere = [line(5, "synced", began=4.5, version=8, notes=[])]
    assert found(GOOD, a2=later, b1=elsewhere) == []
    before = [line(5, "synced", began=2.9, version=6, notes=[])]
    assert found(GOOD, a2=before) == []  # it began before the answer was there


@pytest.mark.parametrize(
    ("end", "said"),
    [
        (End({}, {}, [], {}), "nobody decided it"),
        (End({}, {("a1", 1): "accepted"}, [], {}), "is there 0 times"),
        (End({("a1", 1): [7, 8]}, END.answers, ["n1"], {}), "is there 2 times"),
        (End({("a1", 1): [7]}, {("a1", 1): "rejected"}, ["n1"], {}), "is there 1 times"),
        (End(END.decided, END.answers, [], {}), "the note n1 of a1 is there 0 times"),
        (End(END.decided, END.answers, ["n1", "n1"], {}), "the note n1 of a1 is there 2 times"),
        (End({("a1", 1): [9]}, END.answers, ["n1"], {}), "was answered 7 and is [9]"),
        (End(END.decided, END.answers, ["n1", "x"], {}), "nobody wrote the note x"),
    ],
)
def test_lost_doubled_and_invented_work_is_found(end: End, said: str) -> None:
    assert any(said in sentence for sentence in found(GOOD, end))


def test_an_answer_of_which_the_server_knows_nothing_is_found() -> None:
    killed = [MADE[0], ANSWERED]  # before it wrote down what it had made
    assert found(killed, End({}, {}, [], {})) == ["a1's 1 was answered 7, and no answer is there"]


def test_a_remark_that_is_not_the_last_one_is_found() -> None:
    made = [*work("r1", 1, "c"), *work("r2", 2, "c")]
    end = End(
        {("a1", 1): [7], ("a1", 2): [8]},
        {("a1", 1): "accepted", ("a1", 2): "merged"}, [], {"c": "r1"},
    )  # fmt: skip
    assert found(made, end) == ["the remark of c is r1; accepted last was r2"]


def test_stale_reads_are_found() -> None:
    version = [line(5, "synced", began=4.5, version=6, notes=["n1"])]
    assert found(GOOD, a2=version) == ["a2 synced to 6 after 7 was acknowledged"]
    note = [line(5, "synced", began=4.5, version=7, notes=[])]
    assert found(GOOD, a2=note) == ["a2 lacks acknowledged notes at 7: ['n1']"]


def test_going_back_and_hiding_own_work_are_found() -> None:
    back = [*GOOD, line(5, "synced", began=4.5, version=6, notes=["n1"])]
    assert any("went back from 7 to 6" in sentence for sentence in found(back))
    hidden = [*GOOD, line(5, "began", notes=[])]
    assert found(hidden) == ["a1 does not show its own notes ['n1']"]


def test_a_fault_that_nobody_foresaw_is_found() -> None:
    assert found([*GOOD, line(5, "failed", code="server.busy")]) == []
    assert found([*GOOD, line(5, "failed", code="internal")]) == ["a1 met internal"]

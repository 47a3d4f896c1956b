"""What a check is, and how it says that something is not as the document has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from server.conformance.wire import Answer, Wire

Subject = TypeVar("Subject")


class Failed(Exception):
    """The server did something else; the sentence says what was expected and what came."""


class Skipped(Exception):
    """This server gives no occasion for the check; the sentence says why."""


@dataclass(frozen=True)
class Check:
    """One promise. `run` raises Failed or Skipped."""

    group: str
    title: str
    run: Callable[[Wire], None]


CHECKS: list[Check] = []  # in the order of their files, and in these in the order of the text


def check(group: str, title: str) -> Callable[[Callable[[Wire], None]], Callable[[Wire], None]]:
    """Enter a function into CHECKS."""

    def enter(run: Callable[[Wire], None]) -> Callable[[Wire], None]:
        CHECKS.append(Check(group, title, run))
        return run

    return enter


def expect(condition: bool, sentence: str) -> None:
    """Failed unless the condition holds."""
    if not condition:
        raise Failed(sentence)


def expect_refused(answer: Answer, *wanted: tuple[int, str]) -> None:
    """That an answer is one of these (HTTP status, code), with a sentence for a person."""
    said = " or ".join(f"{status} {code}" for status, code in wanted)
    failure = answer.failure
    if failure is None:
        raise Failed(f"expected {said}, came {answer.status} without a Failure")
    found = (answer.status, failure.code)
    expect(found in wanted, f"expected {said}, came {found[0]} {found[1]}: {failure.detail}")
    expect(bool(failure.detail.strip()), f"{failure.code} comes without a sentence")

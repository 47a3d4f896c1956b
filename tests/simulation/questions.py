"""Questions of reports and what their answers lack, as the oracle judges it; no engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

SCALE = 10_000  # of a number
Value = bool | int | str | bytes | None


@dataclass(frozen=True)
class Question:
    """kind: yes_no, text, number or photo. asked_when: what has to be answered to `filled`; None:
    it is asked always. most: the largest number, or how many photos.
    """

    key: str
    kind: str
    mandatory: bool
    asked_when: bool | None = None
    most: int = 3


Form = tuple[Question, ...]
SHORT: Form = (Question("filled", "yes_no", True), Question("why", "text", True, False))
FORMS: tuple[Form, ...] = (
    SHORT,
    (*SHORT, Question("shelf", "number", True), Question("view", "photo", False, most=2)),
    (*SHORT, Question("view", "photo", True, True, most=2), Question("rest", "number", False)),
)


@dataclass(frozen=True)
class Said:
    """An answer: values by field."""

    report: bytes
    question: str
    position: int
    values: Mapping[str, Value]


def lacking(form: Form, said: Mapping[bytes, Said], report: bytes) -> set[str]:
    """The questions that are missing or wrong: of several answers the last one counts."""
    mine = sorted((row, a) for row, a in said.items() if a.report == report)
    given = {(a.question, a.position): a.values for _, a in mine}
    filled = given.get(("filled", 0), {}).get("yes")
    return {
        question.key
        for question in form
        if question.asked_when is None or question.asked_when is filled
        if _is_lacking(question, {at: v for (key, at), v in given.items() if key == question.key})
    }


def _is_lacking(question: Question, given: Mapping[int, Mapping[str, Value]]) -> bool:
    one = given.get(0, {})
    match question.kind:
        case "photo":
            count = sum(values.get("file") is not None for values in given.values())
            return count > question.most or (question.mandatory and not count)
        case "number":
            amount = one.get("amount")
            if amount is not None:
                return not 0 <= int(amount) <= question.most * SCALE
        case "text":
            if str(one.get("text") or "").strip():
                return False
        case "yes_no":
            if one.get("yes") is not None:
                return False
    return question.mandatory

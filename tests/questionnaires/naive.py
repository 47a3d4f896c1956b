"""A second judge of how a form is filled: by what the words mean, top down, from the JSON data.

It shares nothing with the engine's, which reads a form once and goes through it from the front.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import operator
from collections.abc import Callable
from typing import Any

from syncengine.model.filling import Answer
from syncengine.model.ids import from_text

Place = tuple[str, bytes | None]
COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "equal": operator.eq,
    "less": operator.lt,
    "less_or_equal": operator.le,
    "greater": operator.gt,
    "greater_or_equal": operator.ge,
    "starts_with": str.startswith,
}


class Naive:
    """Of one form and its answers."""

    def __init__(self, form: dict[str, Any], answers: list[Answer]) -> None:
        self._rows: dict[tuple[str, bytes | None, int], Answer] = {}
        for answer in sorted(answers, key=lambda one: one.id):
            self._rows[answer.question, answer.article, answer.position] = answer
        self._questions = {
            question["key"]: (section, question)
            for section in form["sections"]
            for question in section["questions"]
        }
        self.places: list[Place] = [
            (question["key"], article)
            for section in form["sections"]
            for article in (
                map(from_text, section["articles"]) if "articles" in section else [None]
            )
            for question in section["questions"]
        ]

    def skipped(self, place: Place) -> bool:
        """Whether it is not asked."""
        section, question = self._questions[place[0]]
        return any("shown_when" in one and not self._true(one["shown_when"], place[1])
                   for one in (section, question))  # fmt: skip

    def mandatory(self, place: Place) -> bool:
        """Whether it must be answered."""
        demand = self._questions[place[0]][1].get("mandatory", False)
        if self.skipped(place):
            return False
        return demand if isinstance(demand, bool) else self._true(demand, place[1])

    def fine(self, place: Place) -> bool:
        """Whether nothing is missing or wrong."""
        if self.skipped(place):
            return True
        question = self._questions[place[0]][1]
        if self.empty(place):
            return not self.mandatory(place)
        return self._fits(question, place) and (
            "valid_when" not in question or self._true(question["valid_when"], place[1])
        )

    def empty(self, place: Place) -> bool:
        """Whether there is no answer."""
        raw = self._raw(place)
        return raw is None or raw == [] or (isinstance(raw, str) and not raw.strip())

    def _raw(self, place: Place) -> Any:
        """What was entered."""
        question = self._questions[place[0]][1]
        if question["kind"] == "photo":
            return [row.file for (key, article, _), row in self._rows.items()
                    if (key, article) == place and row.file is not None]  # fmt: skip
        row = self._rows.get((*place, 0))
        if row is None:
            return None
        match question["kind"]:
            case "one" | "text" | "bar_code":
                return row.text
            case "many":
                return None if row.choices is None else json.loads(row.choices)
            case "yes_no":
                return row.yes
            case "number" | "rating":
                return None if row.amount is None else decimal.Decimal(row.amount) / 10_000
            case "date":
                return None if row.day is None else dt.date.fromisoformat(row.day)
        return row.file

    def _fits(self, question: dict[str, Any], place: Place) -> bool:
        raw, kind = self._raw(place), question["kind"]
        if kind == "one":
            return raw in [choice["key"] for choice in question["choices"]]
        if kind == "many":
            known = [choice["key"] for choice in question["choices"]]
            if not isinstance(raw, list) or any(one not in known for one in raw):
                return False
            if any(raw.count(one) > 1 for one in raw):
                return False
        size: Any = raw
        if kind in ("many", "photo", "text"):
            size = len(raw)
        low, high = question.get("minimum"), question.get("maximum")
        if kind == "rating":
            low, high = 1 if low is None else low, 5 if high is None else high
            if raw != int(raw):
                return False
        if kind == "number":
            low, high = (None if one is None else decimal.Decimal(one) for one in (low, high))
        if kind == "date":
            low, high = (None if one is None else dt.date.fromisoformat(one) for one in (low, high))
        return (low is None or low <= size) and (high is None or size <= high)

    def _value(self, name: str, article: bytes | None) -> Any:
        """What a condition in the section of an article finds under a name."""
        key, _, choice = name.partition(".")
        section, question = self._questions[key]
        place = (key, article if "articles" in section else None)
        if self.skipped(place) or self.empty(place):
            return None
        raw = self._raw(place)
        if question["kind"] == "rating" and raw != int(raw):
            return None
        if choice:
            return isinstance(raw, list) and choice in raw
        return raw

    def _true(self, condition: dict[str, Any], article: bytes | None) -> bool:
        match condition:
            case {"all": parts}:
                return all(self._true(part, article) for part in parts)
            case {"any": parts}:
                return any(self._true(part, article) for part in parts)
            case {"not": part}:
                return not self._true(part, article)
        value = self._value(condition["field"], article)
        if condition["op"] == "is_empty" or value is None:
            return bool(condition["op"] == "is_empty") and value is None
        kind = self._questions[condition["field"].partition(".")[0]][1]["kind"]
        wanted = condition["value"]
        if condition["op"] == "one_of":
            return any(value == _meant(kind, one) for one in wanted)
        return COMPARED[condition["op"]](value, _meant(kind, wanted))


def _meant(kind: str, value: Any) -> Any:
    if kind == "number":
        return decimal.Decimal(value)
    return dt.date.fromisoformat(value) if kind == "date" else value

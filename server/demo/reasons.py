"""Why a row is on a device, or why not, asked while the phase lasts; for people and for --json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.demo.names import Names
from syncengine.store.explain import explain
from syncengine.store.explanation import Explanation
from syncengine.store.store import Store


@dataclass(frozen=True)
class Answer:
    """What the engine says of a row (as "customer:292") and an employee's device after a phase."""

    phase: str
    employee: str
    row: str
    explanation: Explanation

    def as_data(self) -> dict[str, Any]:
        """For the JSON file."""
        return {
            "phase": self.phase,
            "employee": self.employee,
            "row": self.row,
            **self.explanation.as_data(),
        }

    @property
    def lines(self) -> list[str]:
        """For people: the question, then the ways."""
        holds = "holds" if self.explanation.held else "does not hold"
        question = f"{self.phase}: why {self.employee}'s device {holds} {self.row}"
        return [question, *(f"  {line}" for line in self.explanation.lines)]


def answer(store: Store, names: Names, phase: str, asked: dict[str, Any]) -> Answer:
    """The engine's answer to a question of the script: {"employee": ..., "row": ...}."""
    place = asked["row"]
    person = names.row("employee", {"number": asked["employee"]})
    tag = store.schema.tags[place["entity"]]
    found = explain(store, person, tag, names.row(place["entity"], place))
    return Answer(phase, asked["employee"], f"{place['entity']}:{place['number']}", found)

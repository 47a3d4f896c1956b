"""What explain answers: ways from a row to a person, step by step, for people and for scripts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from syncengine.model.ids import to_text
from syncengine.model.sentences import Part, Sentence, say
from syncengine.store.history import iso
from syncengine.store.past import Moment


class StepKind(StrEnum):
    """What a step of a way tells."""

    ROW = "row"
    TERM = "term"  # how the row reaches a bucket
    BUCKET = "bucket"
    GRANT = "grant"  # why the person holds the bucket
    FAILED = "failed"  # why the way ends here
    DOCTOR = "doctor"  # the database contradicts itself


@dataclass(frozen=True)
class Step:
    """One step: its sentence, and its ids (16 bytes) and names for scripts."""

    kind: StepKind
    sentence: Sentence
    data: dict[str, bytes | str] = field(default_factory=dict)

    @property
    def said(self) -> str:
        """In English."""
        return str(self.sentence)

    def as_data(self) -> dict[str, str]:
        """For --json."""
        data = {k: to_text(v) if isinstance(v, bytes) else v for k, v in self.data.items()}
        return {"kind": str(self.kind), "said": self.said, **data}


@dataclass(frozen=True)
class Reasoning:
    """One way: row -> term -> bucket -> grant. `holds` tells whether it leads to the device."""

    holds: bool
    steps: tuple[Step, ...]

    @property
    def chain(self) -> tuple[str, ...]:
        """The steps in words."""
        return tuple(step.said for step in self.steps)

    def behind(self, *steps: Step) -> Reasoning:
        """The same way, with steps before it."""
        return Reasoning(self.holds, (*steps, *self.steps))


def failed(why: Sentence) -> Reasoning:
    """A way that ends at once."""
    return Reasoning(False, (Step(StepKind.FAILED, why),))


def fails(code: str, **parts: Part) -> Reasoning:
    """A way that ends at once, with this sentence."""
    return failed(say(code, **parts))


@dataclass(frozen=True)
class Explanation:
    """All ways, those that hold first. `held` is what the device is served. `moment`: of when it
    is true; None is now.
    """

    held: bool
    ways: tuple[Reasoning, ...] = ()
    moment: Moment | None = None

    @property
    def reasons(self) -> tuple[tuple[str, ...], ...]:
        """The chains of the ways that hold."""
        return tuple(way.chain for way in self.ways if way.holds)

    @property
    def lines(self) -> list[str]:
        """For people: only the ways that hold, or what failed on each."""
        return [
            f"{'because' if way.holds else 'not because'}: {' -> '.join(way.chain)}"
            for way in self.ways
            if way.holds or not self.held
        ]

    def as_data(self) -> dict[str, Any]:
        """For --json; `version` and `instant` where it is about an earlier moment."""
        when = self.moment
        then = {"version": when.version, "instant": iso(when.instant)} if when else {}
        ways = [
            {
                "holds": way.holds,
                "chain": list(way.chain),
                "steps": [step.as_data() for step in way.steps],
            }
            for way in self.ways
        ]
        return {"held": self.held, **then, "ways": ways}

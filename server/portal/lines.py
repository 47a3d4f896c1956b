"""Lines and groups of a condition's form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.portal.numbers import one_more


@dataclass
class Line:
    """A field's name, a comparison, and what is typed as its value. said: the value for readers.
    number: in its group.
    """

    name: str
    op: str
    texts: list[str] = field(default_factory=list)
    said: str = ""
    error: str = ""
    number: int = 0


@dataclass
class Group:
    """Lines and groups that hold together; `kind` says how many have to."""

    kind: str
    parts: list[Line | Group] = field(default_factory=list)
    error: str = ""
    number: int = 0

    @classmethod
    def of(cls, kind: str, parts: Iterable[Line | Group]) -> Group:
        """Parts that get numbers."""
        group = cls(kind)
        for part in parts:
            group.add(part)
        return group

    def add(self, part: Line | Group) -> None:
        """One more, behind the others."""
        part.number = one_more([p.number for p in self.parts])
        self.parts.append(part)

    def calm(self) -> None:
        """Without errors: it is still being built."""
        self.error = ""
        for part in self.parts:
            part.error = ""
            if isinstance(part, Group):
                part.calm()

    def part(self, number: int) -> Line | Group | None:
        """That with the number."""
        return next((p for p in self.parts if p.number == number), None)

"""Kinds of life: what is decided before the first act."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.manifest import Schema
from syncengine.model.parts import MAIN
from tests.simulation.versions import SCHEMAS

Parts = tuple[str, ...]  # by name, of those that a device takes; none: all


@dataclass(frozen=True)
class Kind:
    """schemas: the server's, by version of master data. takes: what the devices of a life may take,
    each with its share of the lives.
    """

    schemas: dict[int, Schema]
    takes: tuple[tuple[Parts, float], ...]

    def parts(self, chance: float) -> Parts:
        """What the devices of one life take, by a number from 0 to 1."""
        below = 0.0
        for parts, share in self.takes[:-1]:
            below += share
            if chance < below:
                return parts
        return self.takes[-1][0]


# With all parts, a first sync publishes one after the other.
PLAIN = Kind(SCHEMAS, (((MAIN.name,), 0.7), ((), 0.3)))

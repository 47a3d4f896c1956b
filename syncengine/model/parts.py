"""Parts: entities that travel together, in an order, and that a device takes or leaves as one."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Part:
    """`number` (1 to 255) is its place in the order in which parts arrive, and its identity in the
    store; `name` is for people and for devices that ask for some parts only.
    """

    number: int
    name: str


MAIN = Part(100, "main")  # of every entity that declares none

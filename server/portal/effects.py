"""What a preview says of devices, cut to what a person reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from syncengine.store.preview import SeatEffect

SHOWN = 200  # devices of a preview


@dataclass(frozen=True)
class Told:
    """seats: those that gain or lose rows, by how many. cut: there are more than SHOWN of them.
    others: how many only get changed rows anew.
    """

    seats: Sequence[SeatEffect]
    cut: bool
    others: int


def told(seats: Sequence[SeatEffect]) -> Told:
    """Who edits a row that everybody has does not want to read a list of everybody."""
    moved = [one for one in seats if one.effect.gained or one.effect.lost]
    moved.sort(key=lambda one: -(one.effect.gained + one.effect.lost))
    return Told(moved[:SHOWN], len(moved) > SHOWN, len(seats) - len(moved))

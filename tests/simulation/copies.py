"""Two copies of one device: a disk was copied, and now one of them goes on, now the other."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from pathlib import Path

from tests.simulation.disasters import HardLife
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated
from tests.support.world import DAY


@dataclass(frozen=True)
class Other:
    """The copy that does not go on now. common: how many works both have, from the first one on."""

    folder: Path
    seat: SimulatedSeat
    common: int


class CopiedLife(HardLife):
    """A life in which devices are cloned, and clocks are an hour wrong."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self._others: dict[str, Other] = {}  # by the device's name
        super().__init__(seed, kind)

    def change_copies(self, which: int) -> None:
        """What went on until now stops, and its copy goes on; without one there is one now."""
        seat = seated(self.seat(which))
        device, other = real(seat), self._others.pop(real(seat).name, None)
        folders = [Path(self.folder.name) / f"{place} copy of {device.name}" for place in "ab"]
        stopped = folders[other is not None and other.folder == folders[0]]
        shutil.rmtree(stopped, ignore_errors=True)
        device.copy_to(stopped)
        common = len(seat.work) if other is None else other.common
        self._others[device.name] = Other(stopped, seat.copy(), common)
        if other is None:
            return
        device.copy_from(other.folder)
        device.network.forget()
        self._go_on(seat, other)
        self.counts["copies_changed"] += 1

    def work_on_copies(self, which: int) -> None:
        """Both copies work and sync, one after the other."""
        for _ in range(2):
            number = which % len(self.seats)
            self.change_copies(number)
            self.write_note(number)
            self.session(number, None)

    def _go_on(self, seat: SimulatedSeat, other: Other) -> None:
        stopped = replace(seat)
        seat.put_back(other.seat.copy())
        seat.outcomes, seat.versions = _judged(other, stopped)

    def rebuild_device(self, number: int) -> None:
        """The new store has no work in common with the other copy."""
        seat = seated(self.seats[number])
        name = real(seat).name
        if (other := self._others.get(name)) is not None:
            outcomes, versions = _judged(other, seat)
            kept = replace(other.seat.copy(), outcomes=outcomes, versions=versions)
            self._others[name] = replace(other, seat=kept, common=0)
        super().rebuild_device(number)

    def fenced(self, number: int) -> None:
        """It is one seat: the other copy is turned away, too."""
        if real(self.seats[number]).name in self._others:
            self.change_copies(number)
            answer = real(self.seats[number]).attempt()
            assert answer == "seat.fenced", f"the other copy of a fenced device: {answer}"
            self.counts["copy_fenced"] += 1
        super().fenced(number)

    def shift_clock(self, which: int, hours: int) -> None:
        """A device takes the hour of summer for one of winter, or the other way, or is right."""
        self.skews[which % len(self.seats)] = hours * DAY // 24
        self.counts["clock_shifted"] += bool(hours)


def _judged(other: Other, seat: SimulatedSeat) -> tuple[dict[int, str], dict[int, int]]:
    """What is known of the other copy's work: what was judged of the work of both, since."""
    common = range(1, other.common + 1)
    return (
        other.seat.outcomes | {n: o for n, o in seat.outcomes.items() if n in common},
        other.seat.versions | {n: v for n, v in seat.versions.items() if n in common},
    )

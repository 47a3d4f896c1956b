"""Hears every message when a server makes it, and says what may be in it: rows, and ids that left.
Hears it again when a device has taken it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import deepcopy

from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    EarlyCheckpoint,
    Hello,
    Struct,
    Unchanged,
    Verdicts,
    Welcome,
)
from tests.fleet.machine import sent_rows
from tests.fleet.office import PEOPLE
from tests.fleet.oracle import Key
from tests.fleet.seat import Seat
from tests.simulation.device import SimulatedDevice
from tests.simulation.office import BusyOffice
from tests.simulation.seat import Point, SimulatedSeat


class Witness(BusyOffice):
    """What was said to whom, and whether it may be."""

    counts: Counter[str]

    def forget_all(self) -> None:
        """Nothing was heard yet."""
        self.points: dict[int, dict[int, Point]] = {}  # seat's number -> version
        self.before: tuple[int, Point] | None = None  # an interlude: clock, and what stood
        self.ever: dict[str, set[Key]] = {who: set() for who in PEOPLE}
        self._written: list[tuple[int, int]] = []  # (version, when it or an earlier one came)
        self._resumed = False
        self.compacted = 0  # what left up to that version may be forgotten

    def turn_back(self, version: int) -> None:
        """What was written above that version is lost, and what was heard of it, too."""
        self._written = [entry for entry in self._written if entry[0] <= version]
        self.points.clear()

    def version_at(self, instant: int) -> int:
        """The last one that was written by then."""
        return max((version for version, at in self._written if at <= instant), default=0)

    def mark(self) -> None:
        """Something may have happened: note when, and who may have had what."""
        version = self.world.store.status().version
        if not self._written or self._written[-1][0] < version:
            self._written.append((version, self.now))
        for who in PEOPLE:
            self.ever[who] |= self.oracle.slice(who, self.now)

    def asked(self, hello: Hello) -> None:
        """A server begins to answer this."""
        self._resumed = bool(hello.cursors)
        self.before = None

    def heard(self, number: int, message: Struct) -> None:
        """A server makes this message for that seat."""
        seat = self.seats[number]
        match message:
            case Verdicts():
                for verdict in message.verdicts:
                    self._judged(seat, verdict)
            case Chunk():
                self._read(seat, message)
            case Checkpoint() | EarlyCheckpoint():
                self._keep(number, message.version)
            case Unchanged():
                self._keep(number, real(seat).device.version)

    def _keep(self, number: int, version: int) -> None:
        point = self.point(version)
        if self.before is not None and version <= self.before[0]:
            point = self.before[1]  # its snapshot is older than the interlude
        self.points.setdefault(number, {})[version] = point

    def point(self, version: int) -> Point:
        """As things are."""
        return Point(deepcopy(self.oracle), self.now, version)

    def _read(self, seat: Seat, chunk: Chunk) -> None:
        may_have = self.oracle.slice(seat.person, self.now)
        self.ever[seat.person] |= may_have
        foreign = sent_rows(chunk, self.schema) - may_have
        assert not foreign, f"sent to {seat.person}, not in the slice: {foreign}"
        if self._resumed:
            return  # the server does not know what the chunks before had
        left = {(self.schema.by_tag[s.tag].name, row) for s in chunk.sections for row in s.left}
        strange = left - self.ever[seat.person]
        assert not strange, f"{seat.person} learns that something left, never had: {strange}"

    # -- what devices take

    def waits(self, seat: Seat) -> bool:
        """Whether work may wait on a device though a sync came to its end."""
        return False

    def sends(self, number: int, waiting: Sequence[int]) -> None:
        """A device asks, and sends the work of these numbers, all that it has no answer to."""
        seated(self.seats[number]).sends(waiting)

    def taken(self, number: int, message: Struct) -> None:
        """A device has taken this message, and what follows from it."""
        seat = seated(self.seats[number])
        match message:
            case Welcome():
                seat.answers_lost(message.expected)
            case Verdicts():
                seat.heard |= {verdict.sequence: verdict.decided for verdict in message.verdicts}
            case Unchanged():
                seat.settle()


def real(seat: Seat) -> SimulatedDevice:
    """Its device: there is one kind here."""
    assert isinstance(seat.device, SimulatedDevice)
    return seat.device


def seated(seat: Seat) -> SimulatedSeat:
    """It is of one kind here, too."""
    assert isinstance(seat, SimulatedSeat)
    return seat

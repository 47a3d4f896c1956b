"""What devices hold and show, against the oracle: after a checkpoint, and at any other time."""

from __future__ import annotations

from syncengine.model.fields import Stored
from tests.fleet.seat import TAKEN, Seat
from tests.simulation.witness import Witness, real


class Shown(Witness):
    """skews: how far each device's clock is ahead."""

    skews: dict[int, int]

    def compare(self, number: int, whole: bool) -> None:
        """A device after a checkpoint against the oracle as it was at that checkpoint. whole: that
        came with the last answer, which the device heard to its end.
        """
        seat = self.seats[number]
        point = self.points[number][real(seat).device.version]
        if whole:
            seat.settled = point.judged
        else:
            before = seat.settled if seat.fork is None else 0
            seat.settled = max(before, point.at_first)
        seat.known, seat.since, seat.fork = point.oracle, point.at, None
        for sequence, outcome in seat.outcomes.items():
            kept = sequence > seat.settled or outcome in TAKEN or seat.device.keeps(sequence)
            assert kept, "work is lost"
        without = real(seat).without()
        slice_then = seat.known.slice(seat.person, seat.since)
        seat.checkpoint = {key for key in slice_then if key[0] not in without}
        seat.checkpoints |= seat.checkpoint
        held = seat.device.held()
        own = {w.key for w in seat.work[seat.settled :]}
        assert held | own == seat.checkpoint | own, _differing(seat.person, held, seat.checkpoint)

    def look_at(self, which: int) -> None:
        """What a device shows by its own clock, own work on top: rows, and what is in them."""
        number = which % len(self.seats)
        seat = self.seats[number]
        wanted = seat.expected(self.now + self.skews[number])
        shown = seat.device.shown()
        assert shown == wanted, _differing(seat.person, shown, wanted)
        for entity, names in (("customer", ("phone", "remark")), ("contact", ("name", "active"))):
            found = real(seat).values(entity, *names)
            for row, values in found.items():
                told = self._should_show(seat, entity, row)
                assert values == tuple(told.get(n) for n in names), f"another {entity}: {values}"

    def _should_show(self, seat: Seat, entity: str, row: bytes) -> dict[str, Stored]:
        """The fields of a row as they were at the checkpoint, with own work on top."""
        known, found = seat.known, dict[str, Stored]()
        if known is not None and entity == "customer" and row in known.owner:
            found = {"phone": known.phone[row], "remark": known.remark.get(row)}
        if known is not None and row in known.named:
            found = {"name": known.named[row], "active": True}
        for work in seat.work[seat.settled :]:
            if work.row == row:
                found |= work.fields
        return found

    def look(self) -> None:
        """At all devices."""
        for number in range(len(self.seats)):
            self.look_at(number)


def _differing(who: str, found: set[tuple[str, bytes]], wanted: set[tuple[str, bytes]]) -> str:
    more, less = sorted(found - wanted), sorted(wanted - found)
    said = [f"{who}'s device"]
    for name, rows in (("has what it must not", more), ("lacks", less)):
        if rows:
            said.append(f"{name}: " + ", ".join(f"{e} {r.hex()}" for e, r in rows[:5]))
    return " ".join(said)

"""What devices hold and show, against the oracle: after a checkpoint, and at any other time."""

from __future__ import annotations

from syncengine.model.fields import Stored
from tests.fleet.seat import TAKEN
from tests.simulation.judging import Judging
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated

VALUES = {
    "customer": ("phone", "remark"),
    "contact": ("name", "active"),
    "info_receipt": ("status", "reminded_at"),
    "info_answer": ("yes", "text", "photo"),
    "report_template": ("status", "edition"),
    "visit": ("status",),
    "document_edition": ("status", "ends_at", "keep_offline"),
    "document_return": ("status", "signed_by", "signed_file", "reason"),
    "report": ("status", "reason"),
    "report_answer": ("yes", "text", "amount", "file"),
    "trip": ("status", "purpose", "cost_centre", "replaces", "reason", "total", "approved_at"),
    "trip_stage": ("trip", "starts_at", "ends_at", "place", "replaces"),
    "trip_meal": ("trip", "meal", "paid"),
    "trip_drive": ("trip", "vehicle", "kilometres", "replaces"),
    "trip_item": ("trip", "gross", "currency", "replaces"),
    "trip_receipt": ("item", "file"),
    "trip_correction": ("trip", "difference"),
    "trip_objection": ("trip", "code", "reason"),
    "timesheet": ("status", "month", "replaces", "reason", "minutes", "approved_at"),
    "time_span": ("timesheet", "kind", "starts_at", "ends_at"),
    "timesheet_day": ("timesheet", "day", "worked"),
    "timesheet_correction": ("timesheet", "minutes"),
}


class Shown(Judging):
    """skews: how far each device's clock is ahead."""

    skews: dict[int, int]

    def published(self, number: int) -> None:
        """A checkpoint shows on a device, of all that it takes or of the parts before a large one:
        each part is compared with the oracle as it was at its version.
        """
        seat = seated(self.seats[number])
        version, left = real(seat).base
        forward = version >= seat.newest.version or seat.fork is not None
        assert forward, "a checkpoint older than the one before"
        if left is not None:
            assert left[1] == seat.behind.version, (
                "what is behind is of another version than before"
            )
        point, before, was_split = self.points[number][version], seat.checkpoint, seat.is_split
        seat.publish(point, None if left is None else left[0], real(seat).without())
        if seat.is_split:
            self.counts["early_checkpoint"] += 1
            self.counts["early_again"] += was_split
            self.counts["early_with_leaving"] += not before <= seat.checkpoint
        for sequence, outcome in seat.outcomes.items():
            kept = sequence > seat.settled or outcome in TAKEN or seat.device.keeps(sequence)
            assert kept, "work is lost"
        self._nothing_dangles(seat)
        own = {w.key for _, w in seat.on_top()}
        held, wanted = seat.device.held() | own, seat.checkpoint | own
        if left is not None:  # what comes next may be here already, and does not show
            held -= {key for key in held - wanted if seat.is_behind(key[0])} & self.ever[
                seat.person
            ]
        assert held == wanted, _differing(seat.person, held, wanted)
        if not seat.forgetful:  # else own work may be gone
            self.look_at(number)

    def _nothing_dangles(self, seat: SimulatedSeat) -> None:
        """Whatever the versions of its parts, a row is not on a device without those that it needs
        (invariant 10).
        """
        known = seat.of("contact").oracle
        assert known is not None
        needed = {
            ("customer", known.contact[row]) for name, row in seat.checkpoint if name == "contact"
        }
        assert needed <= seat.checkpoint, f"contacts without customers: {needed - seat.checkpoint}"

    def look_at(self, which: int) -> None:
        """What a device shows by its own clock, own work on top: rows, and what is in them."""
        number = which % len(self.seats)
        seat = seated(self.seats[number])
        wanted = seat.expected(self.now + self.skews[number])
        shown = seat.device.shown()
        assert shown == wanted, _differing(seat.person, shown, wanted)
        for entity, names in VALUES.items():
            if not self.kind.has(entity):
                continue
            found = real(seat).values(entity, *names)
            for row, values in found.items():
                told = self._should_show(seat, entity, row)
                assert values == tuple(told.get(n) for n in names), f"another {entity}: {values}"

    def _should_show(self, seat: SimulatedSeat, entity: str, row: bytes) -> dict[str, Stored]:
        """The fields of a row as they were at the checkpoint, with own work on top."""
        known, found = seat.of(entity).oracle, dict[str, Stored]()
        if known is not None and entity == "customer" and row in known.owner:
            found = {"phone": known.phone[row], "remark": known.remark.get(row)}
        if known is not None and entity == "contact" and row in known.named:
            found = {"name": known.named[row], "active": True}
        for _, work in seat.on_top():
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

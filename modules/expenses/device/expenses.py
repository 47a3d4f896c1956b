"""What a person writes of a trip, and how it stands."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from device_sdk import Device, RowId
from modules.expenses.device.reading import NoTrip, Objection, Reading, bytes_of, with_part
from modules.expenses.money import Money, total
from modules.expenses.perdiem import Day
from modules.expenses.policy import Checked, Fault, sentence
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Written
from modules.expenses.trip_entities import MOST_RECEIPTS, PARTS


class NotReady(ValueError):
    """The trip cannot be submitted. faults: all reasons."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(sentence(faults))
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Statement:
    """A trip as it stands. written: its rows. checked: reckoned and checked on this device, until
    the server has done so; then `kept` is what the server reckoned. reason: why it was rejected.
    replaces: the rejected one that it was made from. total: with corrections; None where the times
    cannot be.
    """

    written: Written
    trip: uuid.UUID
    purpose: str
    status: str
    reason: str
    replaces: uuid.UUID | None
    checked: Checked | None
    kept: dict[str, Any] | None
    corrections: tuple[Money, ...]
    total: Money | None

    @property
    def days(self) -> tuple[Day, ...]:
        """Each day with its rule, while it is reckoned on this device."""
        reckoned = self.checked.reckoned if self.checked is not None else None
        return () if reckoned is None else reckoned.days

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What keeps it from being submitted."""
        return () if self.checked is None else self.checked.faults


class Expenses:
    """Those of one device's person."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._reading = Reading(device)

    # -- trips

    def begin(self, purpose: str, cost_centre: str | None = None) -> uuid.UUID:
        """A new draft, that only this person has."""
        with self._device.changeset() as changes:
            return changes.insert(
                "trip",
                employee=self._device.person,
                purpose=purpose,
                cost_centre=cost_centre,
                status="draft",
            )

    def trips(self, limit: int = 50) -> list[Statement]:
        """Those on this device, the newest first."""
        found = self._device.rows("trip", "1 ORDER BY id DESC LIMIT ?", [limit])
        return [self.statement(row.id) for row in found]

    def statement(self, trip: RowId) -> Statement:
        """What it comes to and what is wrong with it, now; NoTrip."""
        return self._standing(self._reading.written(trip))

    def preview(
        self, trip: RowId, part: str, values: Mapping[str, object], row: RowId | None = None
    ) -> Statement:
        """What a draft would come to with a part that is not kept yet, for the total while
        somebody types: these values in place of those of `row`, or one more, whose id is `NEW`.
        NoTrip.
        """
        written = self._reading.written(self._draft(trip))
        return self._standing(with_part(written, part, values, row))

    def rates(self) -> Rates:
        """Those on this device, by which it reckons."""
        return self._reading.rates()

    def _standing(self, written: Written) -> Statement:
        row, checked = written.trip, None
        found = self._device.rows("trip_correction", "trip=? ORDER BY id", [row["id"].bytes])
        if row["reckoned"] is not None:
            currency = row["currency"]
            corrections = tuple(Money(one["difference"], currency) for one in found)  # type: ignore[arg-type]
            sum_ = Money(row["total"], currency) + total(corrections, currency)
        else:
            corrections, sum_ = (), None
            checked = self._reading.check(written)
            if checked.reckoned is not None:
                sum_ = checked.reckoned.total
        return Statement(
            written, row["id"], row["purpose"], row["status"], row["reason"] or "",
            row["replaces"], checked, row["reckoned"], corrections, sum_,
        )  # fmt: skip

    def objections(self, trip: RowId) -> list[Objection]:
        """What was wrong with what: of a rejected trip, and of the draft that was made from it;
        NoTrip.
        """
        return self._reading.objections(trip)

    def describe(self, trip: RowId, purpose: str, cost_centre: str | None = None) -> None:
        """What a draft is for, and whose cost it is; NoTrip."""
        row = self._draft(trip)
        with self._device.changeset() as changes:
            changes.update("trip", row, purpose=purpose, cost_centre=cost_centre)

    def submit(self, trip: RowId) -> Statement:
        """Hand it in: from then on it does not change. NotReady, NoTrip."""
        standing = self.statement(self._draft(trip))
        if standing.faults:
            raise NotReady(standing.faults)
        with self._device.changeset() as changes:
            changes.update("trip", standing.trip, status="submitted")
        return self.statement(trip)

    def discard(self, trip: RowId) -> None:
        """Delete a draft with all its parts; NoTrip."""
        row = self._draft(trip)
        with self._device.changeset() as changes:
            for part in reversed(PARTS):  # receipts before their items
                for one in self._device.rows(part.name, "trip=?", [row.bytes]):
                    changes.delete(part.name, one.id)
            changes.delete("trip", row)

    def again(self, trip: RowId) -> uuid.UUID:
        """A new draft of a trip that was rejected, with all its parts, linked to it; NoTrip."""
        old = self._reading.written(trip).trip
        if old["status"] != "rejected":
            raise NoTrip(str(trip))
        with self._device.changeset() as changes:
            made = changes.insert(
                "trip",
                employee=self._device.person,
                purpose=old["purpose"],
                cost_centre=old["cost_centre"],
                status="draft",
                replaces=old["id"],
            )
            items: dict[uuid.UUID, uuid.UUID] = {}
            for part in PARTS:  # items before their receipts
                for row in self._reading.rows(part.name, old["id"].bytes):
                    values = {name: row[name] for name in part.by_name} | {"trip": made}
                    if "replaces" in part.by_name:  # so that it shows what was wrong with it
                        values["replaces"] = row["id"]
                    if part.name == "trip_receipt":
                        values["item"] = items[row["item"]]
                    new = changes.insert(part.name, **values)
                    items[row["id"]] = new
        return made

    # -- what a draft has

    def add_stage(
        self,
        trip: RowId,
        country: str,
        starts: dt.datetime,
        ends: dt.datetime,
        place: str | None = None,
        awake: bool = False,
        remark: str | None = None,
    ) -> uuid.UUID:
        """A stage, by the clocks of its place: `starts` has that zone, as a ZoneInfo. awake: its
        nights are travelled or worked through. ValueError, NoTrip.
        """
        zone = starts.tzinfo
        if not isinstance(zone, ZoneInfo) or not zone.key:
            raise ValueError("the start of a stage needs its time zone, by name")
        return self._add(
            "trip_stage", trip, country=country, place=place, starts_at=starts, ends_at=ends,
            zone=zone.key, awake=awake, remark=remark,
        )  # fmt: skip

    def add_meal(
        self, trip: RowId, day: dt.date, meal: str, paid: Decimal | None = None
    ) -> uuid.UUID:
        """A meal that was provided. paid: what this person paid for it; NoTrip."""
        return self._add("trip_meal", trip, day=day, meal=meal, paid=paid)

    def add_drive(
        self,
        trip: RowId,
        day: dt.date,
        vehicle: str,
        kilometres: Decimal,
        route: str | None = None,
    ) -> uuid.UUID:
        """Kilometres with a kind of vehicle that has a rate; NoTrip."""
        return self._add(
            "trip_drive", trip, day=day, vehicle=vehicle, kilometres=kilometres, route=route
        )

    def add_item(
        self,
        trip: RowId,
        day: dt.date,
        expense_type: RowId,
        gross: Decimal,
        currency: str,
        exchange_rate: Decimal | None = None,
        vat_percent: Decimal | None = None,
        remark: str | None = None,
        cost_centre: str | None = None,
    ) -> uuid.UUID:
        """Something that was paid. exchange_rate: what one unit of another currency costs in that
        of statements. cost_centre: where it is not the trip's; NoTrip.
        """
        return self._add(
            "trip_item", trip, day=day, expense_type=uuid.UUID(bytes=bytes_of(expense_type)),
            gross=gross, currency=currency, exchange_rate=exchange_rate, vat_percent=vat_percent,
            remark=remark, cost_centre=cost_centre,
        )  # fmt: skip

    def add_receipt(self, item: RowId, file: bytes) -> uuid.UUID:
        """A photo of an item's receipt that was attached (`device.attachments`), by its SHA-256;
        NoTrip, ValueError where there are too many.
        """
        found = self._device.get("trip_item", item)
        if found is None:
            raise NoTrip(str(item))
        there = self._device.rows("trip_receipt", "item=?", [found.id.bytes])
        free = sorted({*range(MOST_RECEIPTS)} - {one["position"] for one in there})
        if not free:
            raise ValueError(f"at most {MOST_RECEIPTS} receipts")
        trip = found["trip"]
        assert isinstance(trip, uuid.UUID)
        return self._add("trip_receipt", trip, item=found.id, file=file, position=free[0])

    def change(self, part: str, row: RowId, **values: object) -> None:
        """Fields of a part of a draft, by the names of its entity; NoTrip."""
        self._draft(self._trip_of(part, row))
        with self._device.changeset() as changes:
            changes.update(part, row, **values)

    def remove(self, part: str, row: RowId) -> None:
        """Take a part out of a draft, an item with its receipts; NoTrip."""
        self._draft(self._trip_of(part, row))
        with self._device.changeset() as changes:
            if part == "trip_item":
                for one in self._device.rows("trip_receipt", "item=?", [bytes_of(row)]):
                    changes.delete("trip_receipt", one.id)
            changes.delete(part, row)

    # -- inside

    def _add(self, part: str, trip: RowId, **values: object) -> uuid.UUID:
        of = self._draft(trip)
        with self._device.changeset() as changes:
            return changes.insert(part, trip=of, **values)

    def _draft(self, trip: RowId) -> uuid.UUID:
        row = self._device.get("trip", trip)
        if row is None or row["status"] != "draft":
            raise NoTrip(str(trip))
        return row.id

    def _trip_of(self, part: str, row: RowId) -> uuid.UUID:
        found = self._device.get(part, row) if part in {p.name for p in PARTS} else None
        if found is None:
            raise NoTrip(str(row))
        trip = found["trip"]
        assert isinstance(trip, uuid.UUID)
        return trip

"""Trips and rates, read of what is on the device."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from device_sdk import Device, RowId
from modules.expenses.absence import Trip, TripFault
from modules.expenses.policy import Checked, check, fault_of
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Row, Written, rates_of, trip_of
from modules.expenses.trip_entities import PARTS

COUNTED = "('submitted','in_review','approved','reimbursed')"
NEW = uuid.UUID(int=0)  # the id of a part that is not kept yet
HELD = dict(
    zip(
        (part.name for part in PARTS),
        ("stages", "meals", "drives", "items", "receipts"),
        strict=True,
    )
)  # what a trip as it is written calls the parts of a kind
NEAR = dt.timedelta(days=3)  # trips further away share no day in any zone


class NoTrip(LookupError):
    """There is no such trip, or part of one, on this device, or it is in another state."""


@dataclass(frozen=True)
class Objection:
    """What is wrong with a trip. code, values: of a fault of the check, else the office's own words
    stand in `reason`. row: the part of this trip that it is about; day: the day; neither: all of
    it, or a part that the draft does not have any more.
    """

    reason: str
    code: str
    values: Mapping[str, str]
    day: dt.date | None
    row: uuid.UUID | None


class Reading:
    """Of one device."""

    def __init__(self, device: Device) -> None:
        self._device = device

    def check(self, written: Written) -> Checked:
        """Reckoned with the trips near it, and checked."""
        rates = self.rates()
        try:
            return check(written, self._others(written, rates), rates, self._all("expense_limit"))
        except TripFault as fault:  # of one of the others
            return Checked(None, (fault_of(fault),))

    def _others(self, written: Written, rates: Rates) -> list[Trip]:
        """This person's other trips that were submitted and may share a day with one."""
        if not written.stages:
            return []
        stored = self._device.schema.entities["trip_stage"].by_name["starts_at"].type.store
        since = stored(min(row["starts_at"] for row in written.stages) - NEAR)
        until = stored(max(row["ends_at"] for row in written.stages) + NEAR)
        near = self._device.rows(
            "trip",
            f"id<>? AND status IN {COUNTED} AND id IN"
            " (SELECT trip FROM trip_stage WHERE ends_at>=? AND starts_at<=?)",
            [written.trip["id"].bytes, since, until],
        )
        found = (trip_of(self.written(row.id), rates.currency) for row in near)
        return [trip for trip in found if trip is not None]

    def written(self, trip: RowId) -> Written:
        """A trip with its parts; NoTrip."""
        row = self._device.get("trip", trip)
        if row is None:
            raise NoTrip(str(trip))
        parts = (self.rows(part.name, row.id.bytes) for part in PARTS)
        return Written({**row, "id": row.id}, *parts)

    def objections(self, trip: RowId) -> list[Objection]:
        """Of a trip that came back, or of the one that a draft was made from, about its parts."""
        of = self.written(trip)
        before: uuid.UUID | None = of.trip["replaces"]
        if of.trip["status"] != "draft":
            parts, rejected = None, of.trip["id"]
        elif before is not None:
            made_anew = (*of.stages, *of.drives, *of.items)
            parts, rejected = {row["replaces"]: row["id"] for row in made_anew}, before
        else:
            return []
        found = []
        for row in self.rows("trip_objection", rejected.bytes):
            about = row["stage"] or row["drive"] or row["item"]
            place = about if parts is None else parts.get(about)
            found.append(
                Objection(row["reason"], row["code"] or "", row["values"] or {}, row["day"], place)
            )
        return found

    def rows(self, part: str, trip: bytes) -> list[Row]:
        """The parts of one kind."""
        found = self._device.rows(part, "trip=? ORDER BY id", [trip])
        return [{**row, "id": row.id} for row in found]

    def rates(self) -> Rates:
        """Those on this device."""
        return rates_of(self._all("per_diem_rate"), self._all("mileage_rate"))

    def _all(self, entity: str) -> list[Row]:
        return [{**row, "id": row.id} for row in self._device.rows(entity)]


def bytes_of(row: RowId) -> bytes:
    """The id as it is stored."""
    if isinstance(row, bytes):
        return row
    return (row if isinstance(row, uuid.UUID) else uuid.UUID(row)).bytes


def with_part(
    written: Written, part: str, values: Mapping[str, object], row: RowId | None
) -> Written:
    """A trip with these values of a part, in place of what `row` has, or with one more."""
    rows: list[Row] = list(getattr(written, HELD[part]))
    place = next(
        (n for n, one in enumerate(rows) if row and one["id"].bytes == bytes_of(row)), None
    )
    empty = {field.name: None for one in PARTS if one.name == part for field in one.fields}
    if place is None:
        rows.append({**empty, "trip": written.trip["id"], **values, "id": NEW})
    else:
        rows[place] = {**rows[place], **values}
    changed: dict[str, Any] = {HELD[part]: rows}
    return dataclasses.replace(written, **changed)

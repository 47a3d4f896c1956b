"""Trips in all states, for pictures: a rep's app writes them, the office decides."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from zoneinfo import ZoneInfo

from device_sdk import Device
from modules.expenses.device import Expenses
from modules.expenses.jobs import take_default_rates, take_up
from server.demo.papers import photo
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

ALL = Rights(administers=True)
PLACE = "/portal/expenses"
BERLIN, PARIS = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Paris")
PURPOSES = ("Fair in Cologne", "Customers in Paris", "Training", "Toll roads", "Winter tour")
DECIDED = {"Training": "approved", "Toll roads": "rejected"}


def write_rates(store: Store) -> None:
    """The default ones, one of another country, one more valid at the same time, a limit."""
    take_default_rates(store, 1)
    common: dict[str, Stored] = {"currency": "EUR", "longer_than": 480, "breakfast_percent": 2000,
              "lunch_percent": 4000, "dinner_percent": 4000}  # fmt: skip
    for country, begins, whole in (("FR", "2024-01-01", 5300), ("FR", "2026-01-01", 5500)):
        _new(store, "per_diem_rate", country=country, valid_from=begins, whole_day=whole,
             part_day=3600, source="Circular of the ministry of finance", **common)  # fmt: skip
    _new(store, "expense_limit", valid_from="2024-01-01", currency="EUR", most=50000,
         receipt_above=5000, source="Travel policy")  # fmt: skip


def travel(store: Store, device: Device, number: str) -> None:
    """The rep 275 submits trips, which are checked, approved and rejected."""
    if number != "275":
        return
    expenses = Expenses(device)
    today = (EPOCH + store.environment.now() * MICROSECOND).date()
    kind = device.rows("expense_type", "1 ORDER BY number LIMIT 1")[0].id
    for place, purpose in enumerate(PURPOSES):
        day = today - dt.timedelta(days=60 - 9 * place)
        _trip(device, expenses, purpose, day, kind.bytes)
    expenses.begin("A draft that nobody sees")
    for _ in range(2):
        device.sync()
    take_up(store, 100)
    for row in _trips(store):
        state = DECIDED.get(str(row.values["purpose"]))
        if state is not None:
            _decide(store, row.id, state)


def expenses_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    ids = {str(row.values["purpose"]): to_text(row.id) for row in _trips(store)}
    one = f"{PLACE}/trips/{ids['Customers in Paris']}"
    return {
        "trips": f"{PLACE}/trips",
        "trips-approved": f"{PLACE}/trips?state=approved",
        "trip": one,
        "trip-rejected": f"{PLACE}/trips/{ids['Toll roads']}",
        "trip-reject": f"{one}/reject",
        "trip-approve": f"{PLACE}/trips/confirm?step=approve&row={ids['Customers in Paris']}",
        "trip-correct": f"{PLACE}/trips/{ids['Training']}/correct",
        "rates": f"{PLACE}/rates",
    }


def _trip(device: Device, expenses: Expenses, purpose: str, day: dt.date, kind: bytes) -> None:
    def at(days: int, hour: int, zone: ZoneInfo = BERLIN) -> dt.datetime:
        return dt.datetime.combine(day + dt.timedelta(days), dt.time(hour), zone)

    trip = expenses.begin(purpose, "4711")
    expenses.add_stage(trip, "DE", at(0, 7), at(0, 11), "Cologne")
    if purpose == "Customers in Paris":
        expenses.add_stage(trip, "FR", at(0, 11, PARIS), at(2, 17, PARIS), "Paris")
        expenses.add_meal(trip, day + dt.timedelta(1), "breakfast")
        hotel = expenses.add_item(
            trip, day, kind, Decimal("189.00"), "EUR", vat_percent=Decimal(7), remark="Two nights"
        )
        for _ in range(2):
            expenses.add_receipt(hotel, device.attachments.attach(BytesIO(photo())))
        paper = expenses.add_item(trip, day, kind, Decimal("59.50"), "EUR", vat_percent=Decimal(19))
        expenses.add_receipt(paper, device.attachments.attach(BytesIO(b"%PDF-1.7 a bill")))
        expenses.add_item(trip, day, kind, Decimal("31.00"), "CHF", Decimal("1.05"))
    else:
        expenses.add_stage(trip, "DE", at(0, 11), at(0, 19), "Duesseldorf")
        expenses.add_item(trip, day, kind, Decimal("24.50"), "EUR", vat_percent=Decimal(7))
    expenses.add_drive(trip, day, "car", Decimal(184), "home, Cologne")
    expenses.submit(trip)


def _trips(store: Store) -> list[listing.Listed]:
    return listing.page(store, ALL, Wanted("trip"), 50, None)[0]


def _decide(store: Store, trip: bytes, state: str) -> None:
    if state == "rejected":
        items, _ = listing.page(store, ALL, Wanted("trip_item", filters=(("trip", trip),)), 1, None)
        said = "Which toll road was it? The receipt is missing."
        _new(store, "trip_objection", trip=trip, item=items[0].id, reason=said)
    fields: dict[str, Stored] = {"status": state}
    if state == "rejected":
        fields["reason"] = "Please add the receipt."
    _write(store, Action.UPDATE, "trip", trip, fields)
    if state == "approved":
        _new(store, "trip_correction", trip=trip, difference=-450, reason="A private detour.")


def _new(store: Store, entity: str, **values: Stored) -> None:
    _write(store, Action.INSERT, entity, store.environment.new_id(), values)


def _write(
    store: Store, action: Action, entity: str, row: bytes, values: Mapping[str, Stored]
) -> None:
    by_name = store.schema.entities[entity].by_name
    fields = {by_name[name].number: value for name, value in values.items()}
    operations = [Operation(action, store.schema.tags[entity], row, fields)]
    verdict = store.write(Author(Source.OFFICE, None, "trips", None), operations)
    assert verdict.version is not None, verdict

"""An approved trip with its statement, one that was corrected, and a batch for payroll."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from zoneinfo import ZoneInfo

from device_sdk import Device
from modules.expenses.device import Expenses
from modules.expenses.jobs import take_default_rates, take_up
from modules.expenses.statement.making import make_statements
from modules.expenses.statement.payroll import entry_id
from server.demo.papers import photo
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.files import Files
from syncengine.store.listing import Wanted
from syncengine.store.named import operation
from syncengine.store.store import Store
from syncengine.store.uploads import Bounds, Uploads

ALL = Rights(administers=True)
PAYROLL = "/portal/expenses/payroll"
BERLIN = ZoneInfo("Europe/Berlin")


def state_trips(store: Store, device: Device, blobs: Path) -> None:
    """Two trips of the device's person, approved: one in a batch, then corrected."""
    take_default_rates(store, 1)
    device.sync()
    trips = [_written(device, "Dealer days in Cologne", 2), _written(device, "Fair in Bonn", 9)]
    device.sync()
    take_up(store, 10)
    for trip in trips:
        _write(store, Action.UPDATE, "trip", trip.bytes, status="approved")
    folder = BlobFolder(blobs, store.environment.reached)
    files = Files(Uploads(store, folder, Bounds(2**24, 2**26)), folder)
    make_statements(store, files, 100)
    new, first = store.environment.new_id, _statements(store)[0]
    batch = new()
    now = store.environment.now()
    _write(store, Action.INSERT, "payroll_batch", batch, number="2026-000001", made_at=now)
    _write(store, Action.INSERT, "payroll_entry", entry_id(first), batch=batch, statement=first)
    reason: dict[str, Stored] = {"difference": -1_190, "reason": "The taxi was shared."}
    _write(store, Action.INSERT, "trip_correction", new(), trip=trips[0].bytes, **reason)
    make_statements(store, files, 100)


def payroll_paths(store: Store) -> Mapping[str, str]:
    """Page -> its address."""
    batches, _ = listing.page(store, ALL, Wanted("payroll_batch"), 1, None)
    made, _ = listing.page(store, ALL, Wanted("trip_correction"), 1, None)
    trip = made[0].values["trip"]
    assert isinstance(trip, bytes)
    return {
        "payroll": PAYROLL,
        "payroll-batch": f"{PAYROLL}/{to_text(batches[0].id)}",
        "statements": f"/portal/expenses/trips/{to_text(trip)}/statements",
    }


def _written(device: Device, purpose: str, day: int) -> uuid.UUID:
    expenses = Expenses(device)
    trip = expenses.begin(purpose, "4711")
    on = dt.date(2026, 3, day)
    begin, end = (dt.datetime(2026, 3, day, hour, tzinfo=BERLIN) for hour in (7, 18))
    expenses.add_stage(trip, "DE", begin, end, "Cologne")
    expenses.add_drive(trip, on, "car", Decimal(120), "home, Cologne")
    kind = device.rows("expense_type", "1 ORDER BY number LIMIT 1")[0].id
    item = expenses.add_item(trip, on, kind, Decimal("23.80"), "EUR", vat_percent=Decimal(19))
    expenses.add_receipt(item, device.attachments.attach(BytesIO(photo())))
    expenses.submit(trip)
    return trip


def _statements(store: Store) -> list[bytes]:
    found, _ = listing.page(store, ALL, Wanted("trip_statement", order="number"), 10, None)
    return [row.id for row in found]


def _write(store: Store, action: Action, entity: str, row: bytes, **values: Stored) -> None:
    change: Operation = operation(store.schema, action, entity, row, values)
    author = Author(Source.OFFICE, None, "a scene")
    assert store.write(author, [change]).version is not None

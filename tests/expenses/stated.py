"""Trips that are approved, and their statements as text."""

from __future__ import annotations

import io
import re
import uuid
from decimal import Decimal
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from PIL import Image
from pypdf import PdfReader

from device_sdk import Device
from modules.expenses.device import Expenses
from modules.expenses.statement.making import make_statements
from syncengine.model.entity import Action
from syncengine.store.files import Files
from tests.expenses.scene import MONDAY, Travel, at


def photo(kind: str = "JPEG", size: tuple[int, int] = (900, 1600)) -> bytes:
    """A receipt's picture."""
    made = io.BytesIO()
    Image.radial_gradient("L").resize(size).convert("RGB").save(made, kind)
    return made.getvalue()


def approved(
    travel: Travel,
    user: bytes | None = None,
    purpose: str = "Fair in Cologne",
    remark: str | None = None,
    receipt: bytes | None = None,
) -> uuid.UUID:
    """A trip with a part of each kind, checked and approved."""
    device, expenses = travel.device("a")
    found = written(travel, device, expenses, purpose, remark, receipt)
    approve(travel, device, expenses, found, user)
    return found


def approve(
    travel: Travel, device: Device, expenses: Expenses, trip: uuid.UUID, user: bytes | None = None
) -> None:
    """The way from the draft."""
    expenses.submit(trip)
    device.sync()
    assert travel.work() == 1
    assert travel.step(user, trip, "approved").version is not None


def written(
    travel: Travel,
    device: Device,
    expenses: Expenses,
    purpose: str = "Fair in Cologne",
    remark: str | None = None,
    receipt: bytes | None = None,
) -> uuid.UUID:
    """A draft: a long day with lunch 2.80, 120 km 36.00, a taxi 23.80 with 19 percent."""
    trip = expenses.begin(purpose, "4711")
    expenses.add_stage(trip, "DE", at("2026-03-02 07:00"), at("2026-03-02 18:00"), "Cologne")
    expenses.add_meal(trip, MONDAY, "lunch")
    expenses.add_drive(trip, MONDAY, "car", Decimal("120"), "home, Cologne")
    item = expenses.add_item(
        trip, MONDAY, travel.taxi, Decimal("23.80"), "EUR", vat_percent=Decimal("19"),
        remark=remark,
    )  # fmt: skip
    file = BytesIO(photo() if receipt is None else receipt)
    expenses.add_receipt(item, device.attachments.attach(file))
    return trip


def correct(travel: Travel, trip: uuid.UUID, difference: int, reason: str = "Shared") -> None:
    """A counter-entry of the office."""
    made = travel.by(
        None,
        travel.operation(
            Action.INSERT, "trip_correction", travel.environment.new_id(), trip=trip.bytes,
            difference=difference, reason=reason,
        ),
    )  # fmt: skip
    assert made.version is not None


def make(travel: Travel) -> int:
    """What the server's job does; how many statements."""
    return make_statements(travel.store, Files(travel.uploads, travel.blobs), 100)


def statements(travel: Travel) -> list[dict[str, Any]]:
    """At the server, by number."""
    table = travel.store.tables["trip_statement"]
    with travel.store.engine.connect() as connection:
        found = connection.execute(sa.select(table).order_by(table.c.number)).mappings()
        return [dict(row) for row in found]


def content(travel: Travel, digest: bytes) -> bytes:
    """The file of a statement."""
    found = Files(travel.uploads, travel.blobs).read(digest, 2**26)
    assert found is not None
    return found


def text_of(pdf: bytes) -> str:
    """Its words, with one blank between them."""
    pages = PdfReader(BytesIO(pdf)).pages
    found = "\n".join(page.extract_text() for page in pages).replace("\u200b", "")
    return re.sub(r"\s+", " ", found)

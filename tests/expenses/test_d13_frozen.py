"""D13: what is submitted is changed by nobody."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from device_sdk import Device
from device_sdk.errors import Refused
from modules.expenses.device import NoTrip
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store.author import Author
from syncengine.store.scope import Scope
from tests.expenses.scene import MONDAY, Travel


def changes_of(travel: Travel, device: Device, trip: uuid.UUID) -> list[Operation]:
    """Everything that could be done to a trip and its parts but for its steps."""
    made = [
        travel.operation(Action.UPDATE, "trip", trip.bytes, purpose="Other"),
        travel.operation(Action.UPDATE, "trip", trip.bytes, total=1),
        travel.operation(Action.UPDATE, "trip", trip.bytes, reckoned="{}"),
        travel.operation(Action.DELETE, "trip", trip.bytes),
        travel.operation(Action.UPDATE, "trip", trip.bytes, status="draft"),
    ]
    edits: dict[str, dict[str, Any]] = {
        "trip_stage": {"country": "FR"},
        "trip_meal": {"meal": "breakfast"},
        "trip_drive": {"kilometres": 9_999},
        "trip_item": {"gross": 999_900},
        "trip_receipt": {"position": 3},
    }
    for name, values in edits.items():
        (row,) = device.rows(name, "trip=?", [trip.bytes])
        made.append(travel.operation(Action.UPDATE, name, row.id.bytes, **values))
        made.append(travel.operation(Action.DELETE, name, row.id.bytes))
    new: dict[str, Any] = {"day": "2026-03-02", "vehicle": "car", "kilometres": 10}
    made.append(
        travel.operation(
            Action.INSERT, "trip_drive", travel.environment.new_id(), trip=trip.bytes, **new
        )
    )
    return made


def by_operator(travel: Travel, operation: Operation) -> None:
    """At the command line."""
    assert travel.by(None, operation).version is None


def by_administrator(travel: Travel, operation: Operation) -> None:
    """In the portal."""
    assert travel.by(travel.administrator, operation).version is None


def by_api(travel: Travel, operation: Operation) -> None:
    """With a token for everything."""
    author = Author(Source.OFFICE, None, "api", travel.administrator, Scope(False, None))
    assert travel.store.write(author, [operation]).version is None


def by_import(travel: Travel, operation: Operation) -> None:
    """A file."""
    assert travel.by(None, operation, source=Source.IMPORT).version is None


def by_job(travel: Travel, operation: Operation) -> None:
    """The server by the clock."""
    assert travel.by(None, operation, source=Source.JOB).version is None


@pytest.mark.parametrize(
    "attempt", [by_operator, by_administrator, by_api, by_import, by_job], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("status", ["submitted", "in_review", "approved", "reimbursed"])
def test_d13_what_is_submitted_is_changed_by_nobody(
    travel: Travel, attempt: Callable[[Travel, Operation], None], status: str
) -> None:
    device, expenses = travel.device("a")
    trip = travel.submitted(device, expenses)
    if status != "submitted":
        travel.work()
    for step in ("approved", "reimbursed"):
        if status in (step, "reimbursed"):
            assert travel.step(None, trip, step).version is not None
    device.sync()
    before = travel.everything()
    for operation in changes_of(travel, device, trip):
        attempt(travel, operation)
    assert travel.everything() == before


def test_d13_nor_by_the_device_that_submitted_it_not_even_by_a_forged_app(travel: Travel) -> None:
    device, expenses = travel.device("a")
    trip = travel.submitted(device, expenses)
    (stage,) = device.rows("trip_stage")
    with pytest.raises(Refused, match="it is submitted"), device.changeset() as changes:
        changes.update("trip_stage", stage.id, country="FR")
    for refused in (
        lambda: expenses.add_meal(trip, MONDAY, "dinner"),
        lambda: expenses.remove("trip_stage", stage.id),
        lambda: expenses.change("trip_stage", stage.id, country="FR"),
        lambda: expenses.discard(trip),
        lambda: expenses.submit(trip),
        lambda: expenses.again(trip),
    ):
        with pytest.raises(NoTrip):
            refused()
    before = travel.everything()
    for operation in changes_of(travel, device, trip)[:-1]:
        with device.changeset() as draft:
            draft.operations.append(operation)
    device.sync()
    assert travel.everything() == before
    assert len(device.inbox()) == len(changes_of(travel, device, trip)) - 1


def test_d13_what_another_device_added_meanwhile_waits_and_cannot_be_accepted(
    travel: Travel,
) -> None:
    """What was typed is not lost, and what is submitted does not change."""
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    device.sync()
    other, late = travel.device("a", name="phone")
    late.add_drive(trip, MONDAY, "car", Decimal(50))
    expenses.submit(trip)
    device.sync()
    before = travel.everything()
    other.sync()
    assert travel.everything() == before
    (item,) = other.inbox()
    assert "lifecycle.waits" in [reason.code for reason in item.reasons]
    travel.work()
    assert travel.row(trip)["total"] == 6260

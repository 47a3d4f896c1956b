"""D13: a trip comes back item by item, and the new draft shows what was wrong with what."""

from __future__ import annotations

import uuid
from decimal import Decimal

from modules.expenses.device import Expenses
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from tests.expenses.scene import MONDAY, Travel


def _told(expenses: Expenses, trip: uuid.UUID) -> list[tuple[str, uuid.UUID | None]]:
    return [(one.reason or one.code, one.row) for one in expenses.objections(trip)]


def _objects(travel: Travel, trip: uuid.UUID, **about: Stored) -> Operation:
    new = travel.environment.new_id()
    return travel.operation(Action.INSERT, "trip_objection", new, trip=trip.bytes, **about)


def test_d13_the_new_draft_shows_what_was_wrong_with_what(travel: Travel) -> None:
    user = travel.user("office", *Right)
    device, expenses = travel.device("a")
    trip = travel.submitted(device, expenses)
    travel.work()
    (item,) = device.rows("trip_item", "trip=?", [trip.bytes])
    reject = travel.operation(Action.UPDATE, "trip", trip.bytes, status="rejected", reason="See.")
    verdict = travel.by(
        user,
        _objects(travel, trip, item=item.id.bytes, reason="No receipt of a taxi."),
        _objects(travel, trip, day="2026-03-02", reason="Lunch was paid by the host."),
        reject,
    )
    assert verdict.version is not None, verdict
    device.sync()
    both = ["No receipt of a taxi.", "Lunch was paid by the host."]
    assert sorted(_told(expenses, trip)) == sorted(zip(both, (item.id, None), strict=True))
    draft = expenses.again(trip)
    (mine,) = device.rows("trip_item", "trip=?", [draft.bytes])
    assert sorted(_told(expenses, draft)) == sorted(zip(both, (mine.id, None), strict=True))
    expenses.remove("trip_item", mine.id)
    assert [row for _, row in _told(expenses, draft)] == [None, None]


def test_d13_what_the_check_found_is_kept_with_its_values(travel: Travel) -> None:
    device, expenses = travel.device("a")
    trip = expenses.begin("Fair")
    item = expenses.add_item(trip, MONDAY, travel.taxi, Decimal("5.00"), "USD")
    with device.changeset() as changes:  # an app that does not ask
        changes.update("trip", trip, status="submitted")
    device.sync()
    travel.work()
    device.sync()
    (one,) = expenses.objections(trip)
    assert (one.code, one.row) == ("item.not_exchanged", item)
    assert one.values == {"day": "2026-03-02", "gross": "5.00", "currency": "USD"}


def test_d13_an_objection_stays_and_is_for_what_is_checked(travel: Travel) -> None:
    user = travel.user("office", *Right)
    device, expenses = travel.device("a")
    trip = travel.submitted(device, expenses)
    travel.work()
    made = _objects(travel, trip, reason="Why?")
    assert travel.by(user, made).version is not None
    for change in (
        travel.operation(Action.UPDATE, "trip_objection", made.row_id, reason="Never mind."),
        travel.operation(Action.DELETE, "trip_objection", made.row_id),
    ):
        refused = travel.by(user, change)
        assert [one.code for one in refused.objections] == ["lifecycle.protected"]
    assert travel.step(user, trip, "approved").version is not None
    refused = travel.by(user, _objects(travel, trip, reason="Too late."))
    assert [one.code for one in refused.objections] == ["lifecycle.protected"]

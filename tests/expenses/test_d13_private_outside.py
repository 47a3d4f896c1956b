"""D13: a draft is nowhere in the API and the portal, whatever rights one has; a trip that was
submitted is.
"""

from __future__ import annotations

import uuid

from device_sdk import Device
from syncengine.model.ids import to_text
from syncengine.store.scope import Scope
from tests.api.conftest import Desk as ApiDesk
from tests.expenses.desk import desk_of
from tests.expenses.scene import OF_TRIPS, Travel
from tests.support.askers import Rows, by_api, by_portal, place_of, told

DRAFTED = ("trip", "trip_stage", "trip_meal", "trip_drive", "trip_item", "trip_receipt")


def rows_of(device: Device) -> Rows:
    """Of the trip that is on the device."""
    found = {name: [row.id.bytes for row in device.rows(name)] for name in OF_TRIPS}
    return {name: ids for name, ids in found.items() if ids}


def test_d13_a_draft_is_nowhere_for_a_token_of_every_right(travel: Travel) -> None:
    device, expenses = travel.device("a")
    desk = desk_of(travel)
    api, anna = ApiDesk(desk.office), desk.administrator()
    system, reader = api.system(), api.system(scope=Scope(True, frozenset(DRAFTED)))
    since = place_of(system)
    trip = travel.written(device, expenses)
    device.sync()
    rows = rows_of(device)
    assert set(rows) == set(DRAFTED)
    assert travel.row(trip)["status"] == "draft"  # backed up
    for one in (system, reader):
        assert by_api(one, rows, "Cologne") == set()
        assert told(one, since) == set()
    assert by_portal(anna, rows, travel.people["a"]) == set()
    drafted = place_of(system)
    expenses.submit(trip)
    device.sync()
    for one in (system, reader):
        assert told(one, since) == set(DRAFTED)
        assert told(one, drafted) == {"trip"}  # its parts did not change
        found = by_api(one, rows, "Cologne")
        assert found >= {(kind, way) for kind in DRAFTED for way in ("list", "row", "history")}
        searched = {kind for kind, way in found if way == "search"}
        assert searched == {"trip", "trip_stage", "trip_drive"}
        parts = one.rows("/rows/trip_stage", f__trip=to_text(trip.bytes))["rows"]
        assert [part["id"] for part in parts] == [to_text(row) for row in rows["trip_stage"]]
    shown = by_portal(anna, rows, travel.people["a"])
    assert {("trip", way) for way in ("list", "export", "row", "history", "holders")} <= shown


def test_d13_of_a_draft_that_is_gone_there_is_its_id_alone(travel: Travel) -> None:
    device, expenses = travel.device("a")
    system = ApiDesk(desk_of(travel).office).system()
    since = place_of(system)
    trip = travel.written(device, expenses)
    device.sync()
    rows = rows_of(device)
    expenses.discard(trip)
    device.sync()
    assert by_api(system, rows, "Cologne") == set()
    changes = system.rows("/changes", since=since)["changes"]
    assert {uuid.UUID(bytes=row) for ids in rows.values() for row in ids} >= {
        uuid.UUID(one["id"]) for one in changes
    }
    assert all(one["deleted"] for one in changes)

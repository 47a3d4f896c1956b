"""Whether the place of a check-in is noted is the installation's choice, and no device's (D11)."""

from __future__ import annotations

import decimal

import msgspec
import sqlalchemy as sa

from device_sdk import Device
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import erase
from syncengine.store import tables as t
from syncengine.store.commit import Commit
from syncengine.store.database import writing
from syncengine.store.doctor import doctor
from syncengine.store.review_table import review
from tests.support.world import OFFICE
from tests.visit_reports.scene import Office

PLACE = (decimal.Decimal("47.070123"), decimal.Decimal("15.440321"))
LATITUDE, LONGITUDE = 47_070_123, 15_440_321


def switched(office: Office, places: bool) -> bytes:
    """By the office."""
    return office.insert("visit_setting", places=places)


def placed(office: Office) -> list[tuple[int | None, int | None]]:
    """Of the visits at the server; those without a place first."""
    found = [(row["latitude"], row["longitude"]) for row in office.rows("visit")]
    return sorted(found, key=lambda place: place[0] or 0)


def kept(office: Office) -> set[object]:
    """All numbers in what the server keeps of changesets: the history, and what waits."""
    found: set[object] = set()
    with office.store.engine.connect() as connection:
        for table in (t.operation, review, t.record):
            for row in connection.execute(sa.select(table)):
                for value in row:
                    found |= set(_numbers(value))
    return found


def _numbers(value: object) -> list[object]:
    if isinstance(value, bytes):
        try:
            value = msgspec.msgpack.decode(value)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return []
    if isinstance(value, dict):
        return [x for pair in value.items() for one in pair for x in _numbers(one)]
    if isinstance(value, list | tuple):
        return [x for one in value for x in _numbers(one)]
    return [value] if isinstance(value, int) else []


def checked_in(office: Office, number: str = "1") -> tuple[Device, Reports]:
    """With a place, not synced yet."""
    shop = office.customer("a", number)
    device, reports = office.device("a", name=number)
    reports.check_in(shop, location=PLACE)
    return device, reports


def test_a_place_is_noted_where_nobody_has_said_anything(office: Office) -> None:
    device, reports = checked_in(office)
    assert reports.notes_places()
    device.sync()
    assert placed(office) == [(LATITUDE, LONGITUDE)]
    assert {LATITUDE, LONGITUDE} <= kept(office)  # so the next tests look where it would be
    device.close()


def test_a_device_that_knows_does_not_take_the_place(office: Office) -> None:
    switched(office, False)
    device, reports = checked_in(office)
    assert not reports.notes_places()
    assert device.query("SELECT latitude, longitude FROM visit") == [(None, None)]
    device.sync()
    assert placed(office) == [(None, None)]
    device.close()


def test_what_a_device_sends_that_does_not_know_is_dropped(office: Office) -> None:
    """The check-in counts; of the place nothing is left, and nobody has to be told."""
    device, _ = checked_in(office)
    switched(office, False)
    device.sync()
    assert placed(office) == [(None, None)]
    assert not {LATITUDE, LONGITUDE} & kept(office)
    assert device.query("SELECT latitude, longitude FROM visit") == [(None, None)]
    assert not device.inbox()
    assert doctor(office.store).findings == []
    device.close()


def test_work_that_waits_for_the_office_has_no_place_either(office: Office) -> None:
    shop = office.customer("a", "1")
    device, reports = office.device("a")
    reports.check_in(shop, location=PLACE)
    office.update("customer", shop, owner=office.people["b"])
    office.later(40)
    switched(office, False)
    device.sync()
    assert not office.rows("visit")
    (waiting,) = device.inbox()
    assert waiting.outcome == "quarantined"
    assert not {LATITUDE, LONGITUDE} & kept(office)
    device.close()


def test_switched_off_and_used_in_one_commit(office: Office) -> None:
    """Later in the order of versions, so it is withheld."""
    shop, a = office.customer("a", "1"), office.people["a"]
    visit = office.new(
        "visit", customer=shop, employee=a, checked_in_at=office.at, latitude=LATITUDE,
        longitude=LONGITUDE, status="checked_in",
    )  # fmt: skip
    setting = office.new("visit_setting", places=False)
    store = office.store
    jobs = [store.office_job(OFFICE, [operation]) for operation in (setting, visit)]
    with writing(store.engine) as connection:
        commit = Commit(connection, store.schema, store.tables, store.environment)
        assert [error for _, error in commit.run(jobs)] == [None, None]
    assert placed(office) == [(None, None)]


def test_places_are_noted_again(office: Office) -> None:
    setting = switched(office, False)
    device, _ = checked_in(office)
    office.update("visit_setting", setting, places=True)
    device.sync()
    other, reports = checked_in(office, "2")
    assert reports.notes_places()
    other.sync()
    assert placed(office) == [(None, None), (LATITUDE, LONGITUDE)]
    device.close()
    other.close()


def test_what_is_noted_is_erased(office: Office) -> None:
    """Here and on devices, also of visits that are closed; twice comes to the same."""
    setting = switched(office, True)
    device, _ = checked_in(office)
    device.sync()
    other, at_two = checked_in(office, "2")
    at_two.check_out(other.rows("visit")[-1].id)
    other.sync()
    assert office.work() == 1  # closed
    assert erase(office.store, 10) == 0
    office.update("visit_setting", setting, places=False, erase=True)
    assert erase(office.store, 10) == 3
    assert erase(office.store, 10) == 0
    assert placed(office) == [(None, None), (None, None)]
    assert office.rows("visit_setting")[0]["erase"] is None
    device.sync()
    assert device.query("SELECT latitude, longitude FROM visit") == [(None, None)]
    assert doctor(office.store).findings == []
    device.close()
    other.close()

"""D8, D10, D12: the office sees what belongs to a visit: when it was, its reports, and the action
infos that were confirmed there, though neither module knows of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from modules.messages.device import Messages
from modules.messages.jobs import follow
from modules.messages.manifest import MESSAGES
from modules.visit_reports.device import Reports
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from tests.accounts.office import NOON
from tests.support.world import DAY
from tests.visit_reports.desk import Bureau, seen, shown
from tests.visit_reports.scene import SCHEMA

MINUTE = 60 * 1_000_000
AT_VISIT = "Infos confirmed at this visit"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Bureau]:
    made = Bureau.made(tmp_path, Schema((*SCHEMA.modules, MESSAGES)))
    yield made
    made.desk.world.close()


def info(office: Bureau, title: str) -> None:
    """An action info for customer 1."""
    world, now = office.desk.world, office.desk.office.time.now
    row, target = world.environment.new_id(), world.environment.new_id()
    write = [
        world.operation(
            Action.INSERT, "info", row, kind="action", title=title, priority="normal",
            starts_at=now - DAY, due_at=now + DAY, status="draft",
        ),
        world.operation(Action.INSERT, "info_target", target, info=row, customer=office.shop()),
        world.operation(Action.UPDATE, "info", row, status="published"),
    ]  # fmt: skip
    assert world.write(write).version is not None
    follow(office.desk.store, 10)


def confirm(device: Device, title: str) -> None:
    """One of the infos of the customer."""
    messages = Messages(device)
    (shop,) = (row.id for row in device.rows("customer", "number='1'"))
    for one in messages.at_check_in(shop):
        if one.title == title:
            messages.confirm(one.receipt)


def wait(office: Bureau, minutes: int) -> None:
    """Time passes."""
    office.desk.office.time.now += minutes * MINUTE


def visited(office: Bureau, device: Device) -> bytes:
    """A visit of twenty minutes, with a report; one info is confirmed before it, two at it and one
    after it, all without network.
    """
    reports = Reports(device)
    confirm(device, "Before")
    wait(office, 5)
    visit = reports.check_in(office.shop())
    wait(office, 5)
    confirm(device, "First")
    (applying,) = reports.applying(office.shop())
    reports.start(visit.id, applying.template)
    wait(office, 15)
    confirm(device, "Second")
    reports.check_out(visit.id)
    wait(office, 5)
    confirm(device, "After")
    device.sync()
    return visit.id.bytes


@pytest.mark.parametrize("ahead", [0, 3 * 60 * MINUTE, -3 * 60 * MINUTE])
def test_a_visit_has_its_times_reports_and_infos(office: Bureau, ahead: int) -> None:
    """Whatever the device takes for the time."""
    office.publish(office.filled("dynamic"), starts_at=shown(NOON - DAY))
    for title in ("Before", "First", "Second", "After"):
        info(office, title)
    world, time = office.desk.world, office.desk.office.time
    code = world.store.seats.create_code(world.people["a"], DAY)
    clock = Environment(now=lambda: time.now + ahead)
    device = Device.enrol(
        world.folder / "a", world.transport(None), code, "a's tablet", environment=clock
    )
    device.sync()
    row = visited(office, device)
    (report,) = office.rows("report")
    for path in (
        f"/portal/visit_reports/visits/{to_text(row)}",
        f"/portal/visit_reports/reports/{to_text(report['id'])}",
        f"/portal/data/visit/{to_text(row)}",
    ):
        page = seen(office.anna.get(path).text)
        assert AT_VISIT in page, path
        assert "First" in page
        assert "Second" in page
        assert "Before" not in page
        assert "After" not in page
    page = seen(office.anna.get(f"/portal/visit_reports/visits/{to_text(row)}").text)
    assert "Shelves Open" in page
    if not ahead:
        assert "Duration 20 minutes" in page
    device.close()


def test_what_a_user_may_not_see_is_not_there(office: Bureau) -> None:
    info(office, "First")
    device, reports = office.device("a")
    visit = reports.check_in(office.shop())
    confirm(device, "First")
    device.sync()
    world = office.desk.office
    world.role(world.user("bert"), visit="view")
    world.role(world.user("carl"), visit="view", info="view", info_receipt="view")
    path = f"/portal/visit_reports/visits/{visit.id}"
    bert, carl = office.desk.signed_in("bert"), office.desk.signed_in("carl")
    assert bert.get(path).status_code == 200
    assert AT_VISIT not in seen(bert.get(path).text)
    assert "No report was begun at this visit." in seen(bert.get(path).text)
    assert AT_VISIT in seen(carl.get(path).text)
    world.role(world.user("dora"), report="view")
    assert office.desk.signed_in("dora").get(path).status_code == 404
    assert office.anna.get(f"/portal/visit_reports/visits/{to_text(bytes(16))}").status_code == 404
    device.close()


def test_an_info_of_another_rep_is_not_of_the_visit(office: Bureau) -> None:
    """Who stands in confirms it; the visit is the absent rep's own."""
    info(office, "First")
    world = office.desk.world
    a, b = world.people["a"], world.people["b"]
    world.insert("substitution", absent=a, substitute=b, active=True)
    (device, reports), (other, _) = office.device("a"), office.device("b")
    visit = reports.check_in(office.shop())
    device.sync()
    wait(office, 5)
    confirm(other, "First")
    other.sync()
    (receipt,) = office.rows("info_receipt")
    assert (receipt["status"], receipt["confirmed_by"]) == ("confirmed", b)
    page = office.anna.get(f"/portal/visit_reports/visits/{visit.id}").text
    assert AT_VISIT not in seen(page)
    device.close()
    other.close()

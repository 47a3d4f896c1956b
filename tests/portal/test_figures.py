"""Each figure of the start page is that of the list that it leads to."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sdk import Device, FileKeyProvider
from server.jobs import Status
from server.portal import reviews
from server.portal.devices import told_by
from server.portal.field import SHARED_BY, shared
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store.bulk import keep
from syncengine.store.bulk_steps import encoded, finish
from syncengine.store.overview import DeviceLine, device_lines
from syncengine.store.visit import SEEN_EVERY
from tests.portal.conftest import Desk
from tests.portal.screenshots import ALL
from tests.portal.test_field import figure
from tests.support.wire import NaiveDevice
from tests.support.world import OFFICE

HOUR = 3_600 * 1_000_000
ids = st.integers(0, 30).map(lambda n: bytes([n]) * 16)


def enrolled(desk: Desk, folder: Path, person: str, name: str) -> Device:
    """A device of that name."""
    code = desk.store.seats.create_code(desk.world.people[person], HOUR)
    keys = FileKeyProvider(folder / f"{person}.key")
    return Device.enrol(folder / person, desk.world.transport(None), code, name, keys)


def test_work_that_a_device_could_not_send_is_told_with_its_sync(
    desk: Desk, tmp_path: Path
) -> None:
    anna, shop = desk.administrator(), desk.world.customer("a", "1")
    device = enrolled(desk, tmp_path, "a", "Tablet 7")
    device.sync()
    for number in range(5):
        with device.changeset() as changes:
            changes.update("customer", shop, phone=f"{number}")
    assert figure(anna.get("/portal/").text, "Not sent yet") == "0"
    device.sync(budget_bytes=1)  # one request, with one changeset
    page = anna.get("/portal/").text
    assert figure(page, "Not sent yet") == "4"
    assert "on 1 device, as of its last sync" in page
    listed = anna.get("/portal/devices?group=waiting").text
    assert "Tablet 7" in listed
    assert '<td class="num">4</td>' in listed
    device.sync()
    assert figure(anna.get("/portal/").text, "Not sent yet") == "0"
    assert "Tablet 7" not in anna.get("/portal/devices?group=waiting").text
    device.close()


def test_the_first_sync_counts_and_one_without_changes_does_so_now_and_then(desk: Desk) -> None:
    """A client that does not say what waits on it has no figure, instead of nought."""
    world, time = desk.world, desk.office.time
    device = NaiveDevice(world, "a")

    def line() -> DeviceLine:
        return device_lines(desk.store, ALL)[0]

    assert line().seen == 0
    began = time.now
    device.sync()
    assert (line().seen, line().waiting) == (began, None)
    device.sync()
    time.now += SEEN_EVERY - 1
    device.sync()
    assert line().seen == began
    time.now += 1
    device.sync()
    assert line().seen == time.now


def test_imports_and_jobs_with_errors_are_figures_that_lead_to_them(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    anna, world = desk.administrator(), desk.world
    page = anna.get("/portal/").text
    assert (figure(page, "Imports"), figure(page, "Jobs")) == ("0", "0")
    change = world.environment.new_id()
    shop = world.customer("a", "1")
    gone = world.operation(Action.UPDATE, "customer", shop, city="Ulm")
    keep(desk.store, change, OFFICE, [encoded(0, gone)])
    world.write([Operation(Action.DELETE, gone.tag, shop, {})])
    finish(desk.store, change)
    monkeypatch.setattr(
        "server.jobs.Jobs.statuses", lambda _self: [Status("time", 20, 1, 1, "unexpected")]
    )
    page = anna.get("/portal/").text
    assert (figure(page, "Imports"), figure(page, "Jobs")) == ("1", "1")
    assert 'href="/portal/imports?refused=1"' in page
    assert "There is something to look at" in page
    assert "<tbody>" in anna.get("/portal/imports?refused=1").text
    desk.office.time.now += 8 * 24 * HOUR
    anna = desk.signed_in("anna")
    assert figure(anna.get("/portal/").text, "Imports") == "0"
    assert "<tbody>" not in anna.get("/portal/imports?refused=1").text


def test_a_figure_that_was_not_counted_to_its_end_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One more than are listed, of rows that the user may view."""
    anna, world = desk.administrator(), desk.world
    shop = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    world.update("customer", shop, owner=world.people["boss"])
    edits = [device.update("customer", shop, phone=str(number)) for number in range(4)]
    device.sync(*(device.changeset(edit) for edit in edits))
    monkeypatch.setattr(reviews, "LISTED", 4)
    assert figure(anna.get("/portal/").text, "Quarantine") == "4"
    monkeypatch.setattr(reviews, "LISTED", 3)
    assert figure(anna.get("/portal/").text, "Quarantine") == "3+"
    assert "Quarantine (3+)" in anna.get("/portal/reviews?kind=quarantine").text


@given(st.lists(st.tuples(ids, ids, st.sampled_from(("Tablet", " tablet", "Phone", "x"))),
                unique_by=lambda x: x[0]))  # fmt: skip
def test_devices_of_one_name_are_shared_by_the_people_who_have_them(
    found: list[tuple[bytes, bytes, str]],
) -> None:
    lines = [DeviceLine(seat, person, name, "active", 0, 0, None) for seat, person, name in found]
    told = shared(lines)
    for line in lines:
        name = line.device.strip().casefold()
        same = [x for x in lines if x.device.strip().casefold() == name]
        others = {x.person for x in same} - {line.person}
        expected = others if len(others) < SHARED_BY else set()
        assert {x.person for x in told.get(line.seat, [])} == expected


def test_a_shared_device_is_shown_as_such(desk: Desk, tmp_path: Path) -> None:
    anna, world = desk.administrator(), desk.world
    for person, name in (("a", "Store tablet"), ("b", "Store tablet"), ("c", "Own")):
        enrolled(desk, tmp_path, person, name).close()
    page = anna.get("/portal/devices?group=shared").text
    assert page.count("shared with") == 2
    assert "Own" not in page.split("<tbody>")[1]
    line = next(x for x in device_lines(desk.store, ALL) if x.person == world.people["a"])
    assert "shared with" in anna.get(f"/portal/devices/{to_text(line.seat)}").text


def test_an_app_takes_what_the_picture_says(desk: Desk, tmp_path: Path) -> None:
    """The code alone with an address of the app's own; both together without one."""
    world, code = desk.world, desk.store.seats.create_code(desk.world.people["a"], HOUR)
    assert told_by(code, load_settings(None, {})) == code
    portal = load_settings(None, {}, portal_origin="https://office.example.com")
    assert told_by(code, portal) == f"https://office.example.com#{code}"
    both = load_settings(
        None, {}, portal_origin="https://office.example.com", device_origin="https://sync.example"
    )
    text = told_by(code, both)
    assert text == f"https://sync.example#{code}"
    transport = world.transport(None)
    device = Device.enrol(
        tmp_path / "device", transport, text, "Scanned", FileKeyProvider(tmp_path / "key")
    )
    device.sync()
    device.close()


def test_the_address_before_the_code_is_where_an_app_goes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[str] = []

    def stop(server: str) -> None:
        asked.append(server)
        raise InterruptedError

    monkeypatch.setattr("device_sdk.device.transport_to", stop)
    for server, text in ((None, "https://sync.example#AB"), ("https://own.example", "AB")):
        with pytest.raises(InterruptedError):
            Device.enrol(tmp_path / "device", server, text, "Scanned")
    assert asked == ["https://sync.example", "https://own.example"]

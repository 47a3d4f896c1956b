"""The portal in a real browser, with real devices: one server and one browser for all of it."""

from __future__ import annotations

import re
from itertools import islice
from pathlib import Path

import pytest
from playwright.sync_api import expect

from device_sdk import Device, FileKeyProvider
from server.portal import chain
from syncengine.model.errors import SeatLocked
from syncengine.model.ids import to_text
from tests.portal.screenshots import HOUR, paths, people, sign_in
from tests.portal.stage import Stage, faults, visit, watched


def test_the_office_switches_and_a_device_holds_the_customers(stage: Stage, tmp_path: Path) -> None:
    """D6, from the click to the row on a device at its next sync; and an edit on the way."""
    known, store = people(stage.store), stage.store
    code = store.seats.create_code(known["277"], HOUR)
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Substitute", keys)
    device.sync()
    owned = "SELECT id FROM customer WHERE owner = ?"
    assert device.query(owned, (known["275"],)) == []
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Customers").click()
    page.fill("#q", "Wheel Gall")
    expect(page.locator("#rows tbody tr")).to_have_count(1)
    page.locator("#rows tbody a").click()
    page.fill("[id='v.phone']", "+49 731 1")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved")
    page.locator(".tabs").get_by_role("link", name="History").click()
    expect(page.locator(".timeline li").first).to_contain_text("+49 731 1")
    page.goto(f"{stage.address}/portal/substitutions")
    page.get_by_role("link", name=re.compile("Switch on: 275 ")).press("Enter")  # by keyboard
    page.select_option("#substitute", to_text(known["277"]))
    page.get_by_role("button", name="Preview", exact=True).click()
    expect(page.locator("#preview")).to_contain_text("What would happen")
    page.locator("#preview").get_by_role("button", name="Switch on").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    device.sync()
    assert device.query(owned, (known["275"],)) != []
    device.close()
    context.close()
    assert said == []


def test_a_rule_is_built_in_the_browser_and_reaches_a_device(stage: Stage, tmp_path: Path) -> None:
    """D3, from the first line of a condition to the row on a device at its next sync; by the way:
    the count follows what is typed, and why the row is held is told.
    """
    known, store = people(stage.store), stage.store
    code = store.seats.create_code(known["277"], HOUR)
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Audience", keys)
    device.sync()
    named = "SELECT number FROM customer WHERE name = 'Games and Sport Supply Company'"
    assert device.query(named) == []
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Visibility").click()
    page.get_by_role("link", name="New rule").click()
    for name, value in (("number", "R2"), ("name", "Games"), ("audience", "key")):
        page.fill(f"[id='v.{name}']", value)
    page.select_option("[id='v.active']", "true")
    page.select_option("[id='field.0.0']", "name")
    page.select_option("[id='op.0.0']", "starts_with")
    expect(page.locator(".htmx-request")).to_have_count(0)  # the builder comes anew
    page.fill("[id='value.0.0']", "Games and")
    expect(page.locator("#count .figure")).to_have_text("1")
    page.get_by_role("button", name="Condition", exact=True).press("Enter")  # by keyboard
    expect(page.locator("[id='field.0.1']")).to_be_focused()
    expect(page.locator("#count")).to_contain_text("not complete")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("not complete")
    page.locator("[id='remove.0.1']").click()
    expect(page.locator("[id='field.0.1']")).to_have_count(0)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("What would happen")
    page.locator("#preview").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    device.sync()
    ((number,),) = device.query(named)
    device.close()
    page.get_by_role("link", name="Who holds what").click()
    page.fill("#person", "277")
    page.fill("#row", str(number))
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("status")).to_contain_text("selects it")
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_late_work_is_decided_in_the_browser(stage: Stage) -> None:
    """D1: a field of the device, one of the office, by keyboard; the rest of all at once, refused
    without a reason.
    """
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Quarantine").click()
    page.get_by_label("Choose all").check()
    page.get_by_role("button", name="Reject the chosen").click()
    expect(page.get_by_role("alert")).to_contain_text("A reason is needed")
    page.get_by_role("link", name="Countryside Company").click()
    expect(page.get_by_label("Entered on the device")).to_be_checked()
    page.fill("[id='v.0.city']", "Aalen-Wasseralfingen")
    expect(page.get_by_label("Another value")).to_be_checked()  # who types a value means it
    page.get_by_role("button", name="Decide as chosen").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("is decided")
    page.get_by_role("link", name="is decided").click()
    expect(page.get_by_role("status")).to_contain_text("accepted with other values")
    page.get_by_role("link", name="Customer 1048").click()
    expect(page.locator("[id='v.city']")).to_have_value("Aalen-Wasseralfingen")
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_a_device_is_enrolled_lost_and_found(stage: Stage, tmp_path: Path) -> None:
    """D4: from the code on the page to a device that syncs, is turned away, and syncs again."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Devices", exact=True).click()
    page.get_by_role("link", name="Enrol a device").click()
    page.fill("#person", "nobody")
    page.get_by_role("button", name="Make a code").click()
    expect(page.get_by_role("alert")).to_contain_text("no such row")
    page.fill("#person", "281")
    page.get_by_role("button", name="Make a code").press("Enter")
    expect(page.locator("svg.qr")).to_be_visible()
    code = page.locator(".code").inner_text()
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Lost one", keys)
    device.sync()
    page.get_by_role("link", name="Devices", exact=True).first.click()
    page.get_by_role("link", name="Lost one", exact=True).click()
    page.get_by_role("button", name="Lock").click()
    expect(page.locator(".alert")).to_contain_text("turned away")
    with pytest.raises(SeatLocked):
        device.sync()
    page.get_by_role("button", name="Release").click()
    expect(page.locator(".alert")).to_contain_text("can sync again")
    device.sync()
    device.close()
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_somebody_leaves_in_the_browser(stage: Stage) -> None:
    """D4: refused without a successor that there is; previewed, then done."""
    person = people(stage.store)["281"]
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/employee/{to_text(person)}")
    page.locator(".tabs").get_by_role("link", name="Leaving").click()
    page.fill("#successor", "281")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("alert")).to_contain_text("own successor")
    page.fill("#successor", "282")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("What would happen")
    page.locator("[id=below]").select_option("manager")  # it is about something else now
    expect(page.locator("#preview section")).to_have_count(0)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Hand over now").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done")
    expect(page.get_by_text("This person has left")).to_be_visible()
    context.close()
    assert [text for text in said if "422" not in text] == []


@pytest.mark.parametrize(
    ("language", "theme", "width", "every"),
    [
        ("de", "light", 1280, 1),
        ("en", "dark", 834, 3),
        pytest.param("en", "dark", 834, 1, marks=pytest.mark.slow),
    ],
)
def test_every_page_is_accessible(
    stage: Stage, language: str, theme: str, width: int, every: int
) -> None:
    """axe finds nothing serious; no page is wider than its screen. In the dark they are the same
    pages in other colours: one of three is looked at, and all of them with the slow tests.
    """
    context = visit(stage, language, theme, width)
    page, said = watched(context)
    page.goto(f"{stage.address}/portal/sign-in")
    wrong = faults(page, "sign-in")
    sign_in(page, stage.address)
    for name, path in islice(paths(stage.store).items(), 0, None, every):
        page.goto(stage.address + path)
        wrong += faults(page, name)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{name}: wider than the screen")
    context.close()
    assert wrong == []
    assert [text for text in said if "404" not in text] == []


def test_the_history_is_searched_and_verified(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chain in pieces, one after the other without a click; a search that cannot be, and one
    that leads to a record.
    """
    monkeypatch.setattr(chain, "AT_ONCE", 4)
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="History").click()
    page.fill("#who", "nobody like this")
    page.get_by_role("button", name="Search").click()
    expect(page.locator("#who-wrong")).to_be_visible()
    page.get_by_role("link", name="Without this search").click()
    page.select_option("#entity", "rule")
    expect(page.locator(".timeline")).to_contain_text("Large shops")
    page.get_by_role("link", name="Verify the history").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_role("status")).to_contain_text("The history is whole")
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_a_german_reads_german(stage: Stage) -> None:
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    expect(page.locator("h1")).to_have_text("Ist im Außendienst alles in Ordnung?")
    page.get_by_role("link", name="Kunden").click()
    page.get_by_role("link", name="Neu").click()
    page.fill("[id='v.number']", "4711")
    page.fill("[id='v.name']", "Fahrrad Ähre")
    page.fill("[id='v.annual_sales']", "1.234,5")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Gespeichert")
    expect(page.locator("[id='v.annual_sales']")).to_have_value("1.234,50")
    page.get_by_role("button", name="Dunkel").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    context.close()
    assert said == []

"""The office writes an info and sees a rep confirm it, in a real browser with a real device."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from device_sdk import Device, FileKeyProvider
from modules.messages.device import Messages
from modules.messages.jobs import follow
from tests.portal.scene_messages import PLACE
from tests.portal.screenshots import HOUR, people, sign_in
from tests.portal.stage import Stage, faults, visit, watched
from tests.portal.test_browser_live import PATIENCE, live


def test_an_info_goes_to_a_device_and_comes_back_confirmed(stage: Stage, tmp_path: Path) -> None:
    """D7, D9: composed by keyboard, previewed, published; a receipt changes without a click, and
    the device's proof that it is gone, too.
    """
    known, store = people(stage.store), stage.store
    code = store.seats.create_code(known["283"], HOUR)
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Reader", keys)
    context = visit(stage, "en", zone="UTC")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Infos", exact=True).click()
    page.get_by_role("link", name="Write an info").press("Enter")
    compose(page)
    page.get_by_role("button", name="Publish").press("Enter")  # without an end it is not published
    expect(page.get_by_role("alert")).to_contain_text("not published yet")
    expect(page.locator("#title")).to_have_value("Winter range")
    expect(page.locator("[id='task.0.title']")).to_have_value("Read it")
    expect(page.locator("#ends_at-wrong")).to_be_visible()
    assert faults(page, "composer") == []
    page.fill("#ends_at", "2099-01-01T08:00")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Published")
    live(page)
    follow(store, 100)  # the server's job does it every 20 seconds
    line = page.locator("#receipts tbody tr")
    expect(line).to_contain_text("Scheduled", timeout=PATIENCE)
    device.sync()
    messages = Messages(device)
    messages.received()
    device.sync()
    expect(line).to_contain_text("Delivered", timeout=PATIENCE)
    (one,) = [m for m in messages.at_day_login() if m.title == "Winter range"]
    assert "**warm**" in one.text
    (task,) = messages.show(one.receipt).tasks
    messages.complete_task(task.answer, True)
    messages.confirm(one.receipt)
    device.sync()
    expect(line).to_contain_text("Confirmed", timeout=PATIENCE)
    line.locator("a").first.click()
    live(page)
    expect(page.locator("#receipt")).not_to_contain_text("gone from the device")
    device.sync()
    expect(page.locator("#receipt")).to_contain_text("gone from the device", timeout=PATIENCE)
    assert all(m.title != "Winter range" for m in messages.at_day_login())
    device.close()
    context.close()
    assert [text for text in said if "422" not in text] == []


def compose(page: Page) -> None:
    """All but the end."""
    page.fill("#title", "Winter range")
    page.fill("#text", "Now it is **warm** there")
    expect(page.locator("#beside strong", has_text="warm")).to_be_visible()
    page.fill("[id='target.0.value']", "283")
    expect(page.locator("#beside .figure")).to_have_text("1")
    page.locator("[id='add.task']").press("Enter")
    expect(page.locator("[id='task.0.title']")).to_be_focused()
    page.keyboard.type("Read it")
    page.locator("[id='add.task']").press("Enter")
    expect(page.locator("[id='task.1.title']")).to_be_focused()
    page.locator("[id='remove.task.1']").press("Enter")
    expect(page.locator("[id='task.1.title']")).to_have_count(0)
    expect(page.locator("[id='add.task']")).to_be_focused()
    expect(page.locator("#beside")).to_contain_text("Read it")


def test_withdrawing_asks_first(stage: Stage) -> None:
    """With a count; then it says so, and the list, too."""
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(stage.address + PLACE)
    page.get_by_role("link", name="Stocktaking").click()
    page.get_by_role("link", name="Zurückziehen").click()
    expect(page.locator("main")).to_contain_text("1 Empfänger hat sie nicht bestätigt")
    page.get_by_role("button", name="Zurückziehen").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Zurückgezogen")
    context.close()
    assert said == []

"""Open pages that keep themselves up to date, in a real browser with real devices."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from device_sdk import Device, FileKeyProvider
from server.substitution import switch_off, switch_on
from syncengine.model.ids import to_text
from tests.portal.screenshots import HOUR, people, sign_in
from tests.portal.stage import Stage, faults, visit, watched

PATIENCE = 20_000.0  # milliseconds; a busy machine is not what is tested


def live(page: Page) -> None:
    """Wait for the stream."""
    expect(page.locator("[data-live-sign]")).to_be_visible(timeout=PATIENCE)


def test_the_start_page_changes_when_a_device_syncs(stage: Stage, tmp_path: Path) -> None:
    """Without a click; in German; and so do the switch and the list of devices, by other
    processes' doing as far as the page can tell. A focused link stays focused.
    """
    known, store = people(stage.store), stage.store
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    live(page)
    never = page.locator("a[href='/portal/devices?group=never'] strong")
    before = int(never.inner_text())
    code = store.seats.create_code(known["282"], HOUR)
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Lebendig", keys)
    expect(never).to_have_text(str(before + 1), timeout=PATIENCE)
    expect(page.locator("#field")).to_contain_text("Lebendig", timeout=PATIENCE)
    never.locator("..").focus()
    device.sync()
    device.sync()
    expect(never).to_have_text(str(before), timeout=PATIENCE)
    expect(never.locator("..")).to_be_focused()
    assert faults(page, "start") == []
    page.goto(f"{stage.address}/portal/substitutions")
    live(page)
    row = page.locator(f"#line-{to_text(known['282'])}")
    expect(row).not_to_contain_text("wird vertreten", timeout=PATIENCE)
    switch_on(store, known["282"], known["275"])
    expect(row).to_contain_text("wird vertreten", timeout=PATIENCE)
    switch_off(store, known["282"], known["275"])
    expect(row).not_to_contain_text("wird vertreten", timeout=PATIENCE)
    page.goto(f"{stage.address}/portal/devices")
    live(page)
    seat = next(s.seat for s in store.seats.list() if s.seat.device == "Lebendig")
    store.seats.lock(seat.id)
    expect(page.locator("tr", has_text="Lebendig")).to_contain_text("Gesperrt", timeout=PATIENCE)
    page.get_by_role("button", name="Abmelden").click()
    device.close()
    context.close()
    assert said == []

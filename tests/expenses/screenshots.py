"""Pictures of a trip that is written down, handed in, rejected and written once more."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from syncengine.model.entity import Action
from tests.expenses.phone import Phone, phone
from tests.looks import HELD, Look
from tests.portal.browser import browser
from tests.screen.running import until
from tests.screen.screenshots import Take, shots
from tests.visit_reports.test_screen_browser import picture


def stage(page: Page, country: str, starts: str, ends: str, place: str) -> None:
    """What is typed into the form of one."""
    page.select_option("#country", country)
    page.fill("#place", place)
    page.fill("#starts_at", starts)
    page.fill("#ends_at", ends)


def save(page: Page) -> None:
    """The form that is open; then the page of the trip."""
    page.click("form[data-preview] button.main")
    page.wait_for_selector("#trip")


def add(page: Page, part: str) -> None:
    """The form of a new part."""
    page.click(f"#{part} a")
    page.wait_for_selector("#preview")


def opened(at: Phone, page: Page, take: Take) -> None:
    """The list with nothing in it, and a new trip."""
    page.goto(f"{at.address}/expenses/trips")
    take("trips-none")
    page.click("main a.main")
    take("new")
    page.fill("#purpose", "Autumn fair in Hamburg")
    page.fill("#cost_centre", "4711")
    page.click("button.main")
    page.wait_for_selector("#trip")
    take("trip-new")


def written(page: Page, take: Take) -> None:
    """Three days, a drive, an item with its receipt, and one in another currency."""
    add(page, "trip_stage")
    stage(page, "DE", "2026-03-02T07:00", "2026-03-04T18:30", "Hamburg")
    expect(page.locator("#preview .sum")).to_have_count(4)
    take("stage")
    save(page)
    for meal in ("2026-03-03-breakfast", "2026-03-04-breakfast", "2026-03-03-dinner"):
        page.click(f"#meal-{meal}")
        expect(page.locator(f"#meal-{meal}")).to_have_attribute("aria-pressed", "true")
    add(page, "trip_drive")
    page.fill("#kilometres", "120")
    page.fill("#route", "Office, Hamburg")
    save(page)
    for gross, currency in (("119", "EUR"), ("50", "CHF")):
        add(page, "trip_item")
        page.select_option("#expense_type", index=1)
        page.fill("#gross", gross)
        page.fill("#currency", currency)
        page.set_input_files("#receipt input[capture]", [picture(200)])
        expect(page.locator("[data-attached]")).to_contain_text("200.png")
        if currency == "EUR":
            page.fill("#vat_percent", "19")
            take("item")
        save(page)
    take("trip-missing")


def take(folder: Path, looks: Sequence[Look], only: Sequence[str] = ()) -> None:
    """Write them into a folder that there is; those of some pages, where they are named."""
    with browser() as found:
        for look in (look for look in looks if look in HELD):
            with tempfile.TemporaryDirectory() as own, phone(Path(own), found, look) as at:
                shot, page = shots(at.page, folder, look, only), at.page
                opened(at, page, shot)
                written(page, shot)
                page.click("#trip_item + .list li:last-child a[href*=part]")
                page.fill("#exchange_rate", "1")
                shot("item-abroad")
                page.fill("#gross", "")
                page.click("form[data-preview] button.main")
                shot("item-refused")
                page.fill("#gross", "50")
                save(page)
                shot("trip")
                page.click(".finish button")
                page.wait_for_selector(".finish", state="detached")
                shot("trip-handed-in")
                until(lambda at=at: len(at.at_office("trip")) == 1 and at.work() == 1)
                (row,) = at.at_office("trip")
                reason = "The hotel's bill is missing, and the second taxi was private."
                at.write(Action.UPDATE, "trip", row["id"], status="rejected", reason=reason)
                at.sync()
                page.goto(f"{at.address}/")
                shot("home")
                page.click("main a.warn")
                shot("trip-rejected")
                page.click("#content button.main")
                page.wait_for_selector(".finish")
                shot("trip-again")
                page.goto(f"{at.address}/expenses/trips")
                shot("trips")

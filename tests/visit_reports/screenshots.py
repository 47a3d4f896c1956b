"""Pictures of a visit and its report, on a phone and a tablet."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.looks import HELD, Look
from tests.portal.browser import browser
from tests.screen.screenshots import Take, shots
from tests.visit_reports.phone import Phone, phone
from tests.visit_reports.test_screen_browser import picture, sign


def visit(at: Phone, page: Page, take: Take) -> None:
    """Before the check-in, and after it."""
    page.goto(f"{at.address}/rows/customer/{at.shop}")
    take("customer")
    page.click("form[action='/visit_reports/check-in'] button")
    page.wait_for_selector("form[action='/visit_reports/start']")
    take("visit")
    page.click("form[action='/visit_reports/start'] button")


def fill_in(page: Page, take: Take) -> None:
    """Each step, empty and answered."""
    take("step")
    page.locator("#q-promotion label").first.click()
    page.set_input_files("#q-view-camera", picture(200))
    expect(page.locator("#q-view img")).to_be_visible()
    for question in ("place", "rivals", "mood"):
        page.locator(f"#q-{question} label").nth(1).click()
    page.fill("#q-facings-value", "30")
    expect(page.locator("#q-facings .wrong")).to_be_visible()
    take("answered")
    page.click("#place summary")
    take("steps")
    page.click("#foot .main")
    page.locator("form.question label").first.click()
    expect(page.locator("#place .count")).to_have_text("1/3")
    take("articles")
    page.click("#foot .main")
    sign(page)
    expect(page.locator("#q-signed .clear")).to_be_visible()
    take("signing")
    page.reload()
    take("signed")


def hand_in(at: Phone, page: Page, take: Take) -> None:
    """Too early, and what is open then."""
    page.click("#foot .main")
    take("end")
    page.click(".finish button.main")
    take("missing")
    page.goto(at.address)
    take("home")


def take(folder: Path, looks: Sequence[Look], only: Sequence[str] = ()) -> None:
    """Write them into a folder that there is; those of some pages, where they are named."""
    with browser() as found:
        for look in (look for look in looks if look in HELD):
            with tempfile.TemporaryDirectory() as own, phone(Path(own), found, look) as at:
                shot = shots(at.page, folder, look, only)
                visit(at, at.page, shot)
                fill_in(at.page, shot)
                hand_in(at, at.page, shot)

"""Pictures of a visit and its report on a phone, in both languages, bright and dark.

`python -m tests.visit_reports.screenshots DIR`.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.portal.browser import browser
from tests.screen.screenshots import THEMES
from tests.visit_reports.phone import Phone, phone
from tests.visit_reports.test_screen_browser import picture, sign

Take = Callable[[str], object]


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


def main(folder: Path) -> None:
    """Write them."""
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as found:
        for language in ("en", "de"):
            for theme in THEMES:
                with (
                    tempfile.TemporaryDirectory() as own,
                    phone(Path(own), found, language, theme) as at,
                ):
                    page = at.page

                    def take(
                        name: str, page: Page = page, end: str = f"{language}-{theme}"
                    ) -> None:
                        page.screenshot(path=folder / f"{name}-{end}.png", full_page=True)

                    visit(at, page, take)
                    fill_in(page, take)
                    hand_in(at, page, take)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

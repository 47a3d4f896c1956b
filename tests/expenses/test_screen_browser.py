"""D13: a rep writes a trip down on a phone, offline, hands it in, and writes it once more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from syncengine.model.entity import Action
from tests.expenses.phone import Phone, phone
from tests.expenses.screenshots import add, save, stage
from tests.screen.running import until
from tests.screen.test_browser import in_looks, some_browser
from tests.visit_reports.test_screen_browser import picture

SUM = "#trip .total strong"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Phone]:
    with some_browser() as found, phone(tmp_path, found) as made:
        yield made


def begin(at: Phone) -> Page:
    """A new draft, without a network."""
    page = at.page
    page.goto(f"{at.address}/expenses/trips")
    page.click("header button[role=switch]")
    page.click("text=New trip")
    page.fill("#purpose", "Fair in Lille")
    page.click("button.main")
    page.wait_for_selector("#trip")
    return page


def stages(page: Page) -> None:
    """Through the night without a bed, home for a part of it: over midnight."""
    add(page, "trip_stage")
    stage(page, "DE", "2026-03-02T17:00", "2026-03-02T23:00", "Cologne")
    expect(page.locator("#preview strong")).to_have_text("€0.00")
    expect(page.locator("#preview")).to_contain_text("too short for a per diem")
    save(page)
    add(page, "trip_stage")
    expect(page.locator("#starts_at")).to_have_value("2026-03-02T23:00")  # it goes on
    stage(page, "DE", "2026-03-02T23:00", "2026-03-03T01:30", "Aachen")
    page.check("#awake")
    save(page)
    page.click("#trip_stage + .list a >> nth=0")
    page.check("#awake")
    expect(page.locator("#preview strong")).to_have_text("€14.00")  # before it is kept
    save(page)


def test_d13_a_trip_over_midnight_is_written_down_handed_in_and_written_again(at: Phone) -> None:
    page = begin(at)
    found = in_looks(page, "a new trip")
    stages(page)
    expect(page.locator(SUM)).to_have_text("€14.00")
    expect(page.locator(".days")).to_contain_text("Through the night without a bed")
    page.click("#meal-2026-03-02-dinner")
    expect(page.locator(SUM)).to_have_text("€2.80")
    assert page.evaluate("document.activeElement.id") == "meal-2026-03-02-dinner"
    page.keyboard.press("Enter")
    expect(page.locator(SUM)).to_have_text("€14.00")
    found += in_looks(page, "its days")
    add(page, "trip_item")
    page.select_option("#expense_type", label="Hotel")
    page.fill("#gross", "50")
    page.fill("#currency", "CHF")
    expect(page.locator("#preview")).to_contain_text("needs an exchange rate")
    page.fill("#exchange_rate", "1.05")
    expect(page.locator("#preview strong")).to_have_text("€66.50")
    page.set_input_files("#receipt input[capture]", [picture(200)])
    expect(page.locator("[data-attached]")).to_contain_text("200.png")
    found += in_looks(page, "an expense")
    save(page)
    expect(page.locator(".receipts img")).to_have_count(1)
    page.wait_for_function("document.querySelector('.receipts img').naturalWidth === 64")
    assert at.at_office("trip") == []
    page.click("text=Submit")
    expect(page.locator(".finish")).to_have_count(0)
    found += in_looks(page, "handed in")
    page.click("header button[role=switch]")
    returned(at)
    page.goto(f"{at.address}/")
    page.click("text=A trip came back")
    expect(page.locator("main")).to_contain_text("Which hotel?")
    found += in_looks(page, "rejected")
    page.click("text=Make a new draft")
    expect(page.locator("main")).to_contain_text("In place of one that was rejected")
    expect(page.locator(SUM)).to_have_text("€66.50")
    expect(page.locator(".receipts img")).to_have_count(1)
    page.click("text=Submit")
    expect(page.locator(".finish")).to_have_count(0)
    until(lambda: len(at.at_office("trip")) == 2)
    until(lambda: at.work() == 1)
    page.goto(f"{at.address}/expenses/trips")
    found += in_looks(page, "the list")
    assert found == []
    assert at.said == []
    first, second = at.at_office("trip")
    assert (first["status"], second["status"], second["total"]) == ("rejected", "in_review", 6650)
    assert second["replaces"] == first["id"]


def returned(at: Phone) -> None:
    """The office has it and its receipt, and rejects it."""
    until(lambda: [one["status"] for one in at.at_office("trip")] == ["submitted"])
    until(lambda: at.work() == 1)
    (row,) = at.at_office("trip")
    assert (row["status"], row["total"]) == ("in_review", 6650)
    assert len(at.at_office("trip_receipt")) == 1
    at.write(Action.UPDATE, "trip", row["id"], status="rejected", reason="Which hotel?")
    at.sync()


def test_d13_a_touch_is_kept_where_the_script_cannot_send_it(at: Phone) -> None:
    """It goes as a form, and nothing is lost."""
    page = begin(at)
    add(page, "trip_stage")
    stage(page, "DE", "2026-03-02T07:00", "2026-03-02T18:00", "Cologne")
    save(page)
    page.evaluate("() => { window.fetch = () => Promise.reject(new Error('gone')); }")
    page.click("#meal-2026-03-02-lunch")
    expect(page.locator(SUM)).to_have_text("€2.80")

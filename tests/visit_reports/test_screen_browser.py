"""D11, D12: a rep fills in a report on a phone, offline, and hands it in."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests.portal.stage import faults
from tests.screen.running import until
from tests.screen.test_browser import some_browser
from tests.visit_reports.phone import Phone, phone


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Phone]:
    with some_browser() as found, phone(tmp_path, found) as made:
        yield made


def picture(red: int, width: int = 64) -> FilePayload:
    """A PNG of one colour."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + bytes([red, 120, 60]) * width for _ in range(64))
    header = struct.pack(">IIBBBBB", width, 64, 8, 2, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)
    content += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return {"name": f"{red}.png", "mimeType": "image/png", "buffer": content}


def begin(at: Phone) -> Page:
    """Check in at the shop, and open its report."""
    page = at.page
    page.goto(f"{at.address}/rows/customer/{at.shop}")
    page.click("text=Check in")
    page.click("text=Spring promotion")
    page.wait_for_selector("#q-promotion")
    return page


def sign(page: Page) -> None:
    """Two strokes on the canvas."""
    page.locator("#q-signed canvas").scroll_into_view_if_needed()
    box = page.locator("#q-signed canvas").bounding_box()
    assert box is not None
    for y in (0.3, 0.6):
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] * y)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] - 20, box["y"] + box["height"] * (1 - y), steps=5)
        page.mouse.up()


def test_a_report_is_filled_in_offline_and_handed_in(at: Phone) -> None:
    page = at.page
    page.goto(f"{at.address}/rows/customer/{at.shop}")
    found = faults(page, "before the visit")
    page.click("header button[role=switch]")  # no network at the shop
    page = begin(at)
    address = page.url
    found += faults(page, "the first step")

    expect(page.locator("#q-why")).to_be_visible()
    page.click("#q-promotion >> text=Yes")
    expect(page.locator("#q-why")).to_be_hidden()  # skipped
    page.set_input_files("#q-view-camera", picture(200))
    expect(page.locator("#q-view .photos img")).to_have_count(1)
    page.set_input_files("#q-view-package", [picture(90)])
    expect(page.locator("#q-view .photos img")).to_have_count(2)
    expect(page.locator("#q-view-camera")).to_have_count(0)  # two are enough
    page.click("[aria-label='Take photo 2 away']")
    expect(page.locator("#q-view .photos img")).to_have_count(1)
    page.click("#q-place >> text=Entrance")
    page.click("#q-rivals >> text=Brand A")
    page.click("#q-rivals >> text=Brand B")
    page.fill("#q-facings-value", "30")
    expect(page.locator("#q-facings")).to_contain_text("Not above 20 m.")
    found += faults(page, "a wrong answer")
    page.fill("#q-facings-value", "2.5")
    expect(page.locator("#q-facings .wrong")).to_have_count(0)
    page.fill("#q-next-value", "2027-01-15")
    page.click("#q-mood >> text=4")
    page.fill("#q-code-value", "4001234567890")
    page.click("#foot >> text=Next")  # what was typed last is stored before

    articles = page.locator("form.question:not([hidden])")
    expect(articles).to_have_count(2)
    articles.nth(0).locator("text=Yes").click()
    expect(articles).to_have_count(3)
    articles.nth(1).locator("input[name=value]").fill("1.99")
    articles.nth(2).locator("text=No").click()
    expect(page.locator("#place .count")).to_have_text("3/3")
    found += faults(page, "the matrix")
    page.click("#foot >> text=Next")
    page.click("#foot >> text=Finish")
    page.click("button.main >> text=Confirm")
    expect(page.get_by_role("alert")).to_contain_text("something is still missing")
    found += faults(page, "the end")
    page.click("text=Signature of the shop")
    found += faults(page, "the signature")
    sign(page)
    expect(page.locator("#q-signed .clear")).to_be_visible()
    page.goto(f"{at.address}/")
    expect(page.locator("main")).to_contain_text("Open reports")
    found += faults(page, "today")
    page.click("text=Spring promotion")
    expect(page.locator("#q-signed img")).to_be_visible()  # where one was
    assert page.url == address
    page.click("#foot >> text=Finish")
    page.click("text=Complete, confirm later")
    expect(page.locator("main")).to_contain_text("It is complete.")
    page.click("button.main >> text=Confirm")
    expect(page.locator("main")).to_contain_text("Confirmed")
    page.click("text=Check out")
    found += faults(page, "after the visit")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert found == []
    assert wide <= 390
    assert [text for text in at.said if "422" not in text] == []
    returned(at)


def returned(at: Phone) -> None:
    """With the network it comes to the office, and leaves the device."""
    assert at.at_office("report") == []
    at.page.click("header button[role=switch]")
    until(lambda: [one["status"] for one in at.at_office("report")] == ["confirmed"])
    at.work()
    until(lambda: at.on_device("report") == 0 and at.on_device("visit") == 0)
    assert at.on_device("report_answer") == 0
    (report,) = at.at_office("report")
    assert report["status"] == "returned"
    rows = at.at_office("report_answer")
    answers = {row["question"]: row for row in rows if row["article"] is None}
    assert answers["promotion"]["yes"] is True
    assert "why" not in answers
    assert answers["place"]["text"] == "front"
    assert json.loads(answers["rivals"]["choices"]) == ["a", "b"]
    assert (answers["facings"]["amount"], answers["mood"]["amount"]) == (25_000, 40_000)
    assert (answers["next"]["day"], answers["code"]["text"]) == ("2027-01-15", "4001234567890")
    assert answers["view"]["file"]
    assert answers["signed"]["file"]
    prices = [(row["yes"], row["amount"]) for row in rows if row["article"] is not None]
    assert sorted(prices, key=str) == [(False, None), (None, 19_900), (True, None)]


def test_what_is_typed_is_stored_when_the_page_is_left(at: Phone) -> None:
    """Before the pause that ends a word, and by the way back of the browser."""
    page = begin(at)
    page.click("#q-promotion >> text=No")
    page.locator("#q-why-value").press_sequentially("No room in the ais")
    page.go_back()
    page.wait_for_selector("text=Open reports")
    until(lambda: at.on_device("report_answer") == 2)
    page.click("text=Spring promotion")
    expect(page.locator("#q-why-value")).to_have_value("No room in the ais")
    page.fill("#q-facings-value", "many")
    expect(page.locator("#q-facings")).to_contain_text("Enter a number")
    page.click("#q-place >> text=Entrance")
    expect(page.locator("#q-place .clear")).to_be_visible()
    expect(page.locator("#q-facings-value")).to_have_value("many")  # it is not taken away


def test_a_report_is_filled_in_by_keyboard(at: Phone) -> None:
    page = begin(at)
    page.focus("#q-promotion input[value=true]")
    page.keyboard.press("Space")
    expect(page.locator("#q-why")).to_be_hidden()
    assert page.evaluate("document.activeElement.value") == "true"
    page.focus("#q-promotion .clear")
    page.keyboard.press("Enter")
    expect(page.locator("#q-why")).to_be_visible()
    assert page.evaluate("document.activeElement.name") == "value", "it is where it was"
    page.focus("#q-facings-value")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(page.locator("#q-facings .clear")).to_be_visible()
    assert page.evaluate("document.activeElement.id") == "q-facings-value"


def test_what_could_not_be_stored_is_tried_again(at: Phone) -> None:
    """The screen's own process is gone for a while; a report that has left is told."""
    page = begin(at)
    page.route("**/visit_reports/report*", lambda route: route.abort())
    page.fill("#q-why-value", "No room")
    expect(page.locator("#q-why")).to_contain_text("Not stored yet.")
    page.click("#q-place >> text=Entrance")
    expect(page.locator("#q-place")).to_contain_text("Not stored yet.")
    page.unroute("**/visit_reports/report*")
    expect(page.locator("#q-why .clear")).to_be_visible()
    expect(page.locator("#q-place .clear")).to_be_visible()
    until(lambda: at.on_device("report_answer") == 2)
    at.give("276")
    until(lambda: at.on_device("report") == 0)
    page.fill("#q-why-value", "No room, and no staff")
    expect(page.locator("#q-why")).to_contain_text("Copy what you still need.")
    expect(page.locator("#q-why-value")).to_have_value("No room, and no staff")


def test_a_photo_is_made_smaller(at: Phone) -> None:
    """And what the browser takes for no picture is kept as it is."""
    page = begin(at)
    page.click("#q-promotion >> text=Yes")
    page.set_input_files("#q-view-camera", picture(200, width=4096))
    expect(page.locator("#q-view .photos img")).to_have_count(1)
    width = "document.querySelector('.photos img').naturalWidth"
    page.wait_for_function(f"{width} === 2048")
    strange: FilePayload = {"name": "x.heic", "mimeType": "image/heic", "buffer": b"no picture"}
    page.set_input_files("#q-view-package", [strange])
    expect(page.locator("#q-view .photos img")).to_have_count(2)

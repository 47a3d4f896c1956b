"""The office designs a report, tries it, publishes it to a market node; a rep's device has it there
and answers it; the office reads what came back. In a real browser with a real device.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from device_sdk import Device, FileKeyProvider
from device_sdk.errors import Refused
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import close
from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.portal.scene_reports import ALL, REPORTS, reports_paths
from tests.portal.screenshots import HOUR, people, sign_in
from tests.portal.stage import Stage, faults, visit, watched
from tests.portal.test_browser_live import PATIENCE, live


def test_a_report_is_designed_tried_published_and_comes_back(stage: Stage, tmp_path: Path) -> None:
    """D10, D11, D12."""
    known, store = people(stage.store), stage.store
    shops, _ = listing.page(store, ALL, Wanted("customer", filters=(("owner", known["283"]),)), 50,
                            None)  # fmt: skip
    shop = next(row for row in shops if row.values["market"])
    market = listing.one(store, ALL, "market", shop.values["market"])  # type: ignore[arg-type]
    assert market is not None
    context = visit(stage, "en", zone="UTC")
    page, said = watched(context)
    sign_in(page, stage.address)
    design(page)
    try_it(page)
    publish(page, str(market.values["number"]))
    code = store.seats.create_code(known["283"], HOUR)
    keys = FileKeyProvider(tmp_path / "keys")
    device = Device.enrol(tmp_path / "device", stage.address, code, "Visits", keys)
    device.sync()
    reports = Reports(device)
    (one,) = [x for x in reports.applying(shop.id) if x.title == "Display of helmets"]
    filling = reports.start(reports.check_in(shop.id).id, one.template)
    page.goto(f"{stage.address}{REPORTS}")
    live(page)
    device.sync()
    line = page.locator("#reports tbody tr", has_text="Display of helmets")
    expect(line).to_contain_text("Open", timeout=PATIENCE)
    filling = reports.answer(filling.report, "is_it_there", False)
    with pytest.raises(Refused, match="Why not"):
        reports.confirm(filling.report)
    reports.answer(filling.report, "why_not", "No room")
    reports.confirm(filling.report)
    device.sync()
    close(store, 100)  # the server's job does it every 20 seconds
    expect(line).to_contain_text("Returned", timeout=PATIENCE)
    line.locator("a").first.click()
    expect(page.locator("#report")).to_contain_text("No room")
    assert faults(page, "report") == []
    give_back(page)
    device.sync()
    assert [f.reason for f in reports.open_reports(shop.id)] == ["Which room?"]
    device.close()
    context.close()
    assert [text for text in said if "422" not in text] == []


def design(page: Page) -> None:
    """Two questions and one that is moved, the second one asked only after a no; by keyboard."""
    page.get_by_role("link", name="Report templates").click()
    page.get_by_role("link", name="New template").press("Enter")
    page.fill("#title", "Display of helmets")
    page.check("input[value=dynamic]")
    page.get_by_role("button", name="Go on to the questions").press("Enter")
    page.get_by_role("link", name="Section").first.click()
    page.fill("[id='title.en']", "Display")
    page.get_by_role("button", name="Save").last.press("Enter")
    for kind, text, needed in (
        ("photo", "A photo", ""), ("yes_no", "Is it there?", "yes"), ("text", "Why not?", "yes"),
    ):  # fmt: skip
        page.select_option("#kind-display", kind)
        page.locator(".rep-add button").press("Enter")
        page.fill("[id='text.en']", text)
        page.select_option("#mandatory", needed)
        page.get_by_role("button", name="Save").press("Enter")
        expect(page.locator(".rep-question", has_text=text)).to_be_visible()
    page.get_by_role("link", name="Why not?", exact=True).click()
    assert faults(page, "question") == []
    page.get_by_role("link", name="Change: Shown when").click()
    expect(page.locator("[id='field.0.0']")).to_have_value("is_it_there")  # the answer just before
    page.select_option("[id='value.0.0']", "false")
    assert faults(page, "condition") == []
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.locator("#part-why_not")).to_contain_text("Shown when: Is it there? is no")
    page.drag_and_drop("#part-a_photo .rep-facts", "#part-why_not .rep-facts")
    order = page.locator(".rep-question .rep-text")
    expect(order).to_have_text(["Is it there?", "A photo", "Why not?"])
    page.get_by_role("button", name="Down: A photo").press("Enter")
    expect(order).to_have_text(["Is it there?", "Why not?", "A photo"])
    page.get_by_role("link", name="Remove: Is it there?").press("Enter")
    page.get_by_role("button", name="Remove", exact=True).press("Enter")  # another one asks for it
    expect(page.locator("#part-why_not")).to_contain_text("Nothing was changed.")


def try_it(page: Page) -> None:
    """On the phone beside it: what is skipped, what is missing."""
    phone = page.locator("#phone")
    expect(phone).not_to_contain_text("Why not?")
    phone.get_by_text("No", exact=True).click()
    expect(phone).to_contain_text("Why not?")
    phone.get_by_role("button", name="Confirm").press("Enter")
    expect(phone).to_contain_text("This has to be answered.")
    page.locator("[id='a.why_not']").press_sequentially("No room", delay=60)
    expect(phone).not_to_contain_text("This has to be answered.")
    expect(page.locator("[id='a.why_not']")).to_have_value("No room")
    phone.get_by_role("button", name="Confirm").press("Enter")
    expect(phone).to_contain_text("it could be confirmed")
    assert faults(page, "designer") == []


def publish(page: Page, market: str) -> None:
    """To a market and all below it, until a day that is far."""
    page.get_by_role("link", name="Publish …").click()
    expect(page.locator("[id='target.0.kind']")).to_have_value("market")
    page.fill("[id='target.0.value']", market)
    expect(page.locator("#beside .figure")).not_to_have_text("0")
    page.get_by_role("button", name="Publish").press("Enter")  # without an end it is not published
    expect(page.get_by_role("alert")).to_contain_text("not published yet")
    expect(page.locator("[id='target.0.value']")).to_have_value(market)
    assert faults(page, "publish") == []
    page.fill("#ends_at", "2099-01-01T08:00")
    page.get_by_role("button", name="Publish").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Published")
    assert faults(page, "template") == []


def give_back(page: Page) -> None:
    """With a reason."""
    page.get_by_role("link", name="Give back …").click()
    page.fill("#reason", "Which room?")
    page.get_by_role("button", name="Give it back").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Given back")


def test_a_bar_leads_to_the_answers_behind_it(stage: Stage) -> None:
    """As the line of the table beside it does; nothing of it needs more than the policy allows."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(stage.address + reports_paths(stage.store)["evaluation-figures"])
    chart = page.locator("#q-filled [data-chart]")
    expect(chart.locator("canvas")).to_be_visible()
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    across, down = chart.evaluate(
        "e => echarts.getInstanceByDom(e).convertToPixel({seriesIndex: 0}, [1, 1])"
    )
    page.mouse.click(box["x"] + across, box["y"] + down)
    expect(page).to_have_url(re.compile("/evaluation/answers.*value=false"))
    behind = page.locator("tbody tr")
    expect(behind).to_have_count(5)
    expect(behind.first).to_contain_text("no")
    context.close()
    assert said == []


@pytest.mark.parametrize(
    ("language", "theme", "width"), [("de", "dark", 390), ("en", "light", 1280)]
)
def test_the_pages_have_no_faults(stage: Stage, language: str, theme: str, width: int) -> None:
    """Tried as people with a screen reader would find them, on a phone, too."""
    context = visit(stage, language, theme, width)
    page, said = watched(context)
    sign_in(page, stage.address)
    for name, path in reports_paths(stage.store).items():
        page.goto(stage.address + path)
        assert faults(page, name) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    context.close()
    assert said == []

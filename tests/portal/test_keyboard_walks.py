"""The pages that work is done on, by keyboard alone: one walk each."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from syncengine.model.ids import to_text
from syncengine.store import listing
from syncengine.store.listing import Wanted
from tests.portal.screenshots import ALL, CALENDAR, people, sign_in
from tests.portal.stage import Stage, visit, watched
from tests.portal.walk import Walk


@pytest.fixture(scope="module")
def walk(stage: Stage) -> Iterator[Walk]:
    """Signed in; nothing but refused forms may be complained of."""
    context = visit(stage, "en", zone="UTC")
    page, said = watched(context)
    sign_in(page, stage.address)
    yield Walk(page)
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_a_list(stage: Stage, walk: Walk) -> None:
    """Searched, filtered, sorted, its columns chosen; then some of its rows edited at once."""
    page = walk.page
    walk.begin(f"{stage.address}/portal/data/customer")
    walk.to("#q")
    walk.type("Sport")
    expect(page.locator("#rows tbody tr").first).to_contain_text("Sport")
    expect(page.locator("#q")).to_be_focused()
    walk.to("#f-active", 2)
    page.keyboard.type("Active: yes")
    expect(page.locator("#f-active")).to_have_value("true")
    expect(page.locator("#f-active")).to_be_focused()
    walk.to("Columns", 2)
    walk.press("Enter")
    walk.to("Remark")
    walk.press("Space", "Enter")
    expect(page.locator("#rows thead")).to_contain_text("Remark")
    walk.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(page.locator("details.menu summary", has_text="Columns")).to_be_focused()
    walk.to("Name")
    walk.press("Enter")
    expect(page.locator("th[aria-sort=ascending]")).to_contain_text("Name")
    walk.skip()
    walk.to("Choose all on this page")
    walk.to("Choose ")
    walk.press("Space")
    walk.to("Edit the chosen")
    walk.press("Enter")
    expect(page.locator("h1")).to_have_text("Edit many: Customers")
    walk.skip()
    walk.to("#field")
    walk.press("ArrowDown", "ArrowDown")  # past others, without leaving the page
    page.keyboard.type("Remark")
    walk.press("Enter")
    expect(page.locator("[id='v.remark']")).to_be_focused()
    page.keyboard.type("Ask at the counter.")
    walk.to("Preview", 3)
    walk.press("Enter")
    expect(page.locator("#preview")).to_be_focused()
    walk.to("Save", 3)
    walk.press("Enter")
    expect(page.get_by_role("status")).to_be_focused()
    expect(page.get_by_role("status")).to_contain_text("1 row was changed")


def test_a_tree(stage: Stage, walk: Walk) -> None:
    """Opened, gone through, a node moved without dragging it, and back at that node."""
    page, known = walk.page, people(stage.store)
    sales, rep = (f"#node-{to_text(known[number])}" for number in ("285", "284"))
    walk.begin(f"{stage.address}/portal/data/employee/tree")
    walk.to("#q")
    walk.type("28")
    expect(page.get_by_role("link", name="Show the whole tree")).to_be_visible()
    walk.press("Tab", "Tab", "End")  # past the way back to the whole tree
    node = page.locator(f"{rep} > .node")
    for _ in range(page.locator("[role=treeitem]").count()):
        if not node.evaluate("e => e === document.activeElement"):
            walk.press("ArrowUp")
    walk.to("Move …", 3)
    walk.press("Enter")
    expect(page.locator("h1")).to_contain_text("Move")
    walk.skip()
    walk.to("#v.manager")
    walk.type("284")
    walk.press("Enter")
    expect(page.locator("[id='v.manager']")).to_be_focused()  # with what is wrong beside it
    expect(page.locator("[id='v.manager-wrong']")).to_contain_text("nothing can be above itself")
    walk.type("285")
    walk.press("Enter")
    expect(page.locator("#preview section")).to_be_focused()
    walk.to("Move", 4)
    walk.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done")
    expect(page.locator(f"{sales} > .node")).to_be_focused()  # where it is now
    walk.press("ArrowDown")
    expect(page.locator(f"{sales} {rep}")).to_be_visible()


def test_a_form(stage: Stage, walk: Walk) -> None:
    """What does not fit is said beside the field, and there the focus is; days and other rows are
    typed.
    """
    page = walk.page
    rows, _ = listing.page(stage.store, ALL, Wanted("article", order="number"), 1, None)
    walk.begin(f"{stage.address}/portal/data/article/{to_text(rows[0].id)}")
    group, day = page.locator("[id='v.product_group']"), page.locator("[id='v.sold_from']")
    before = group.input_value()
    walk.to("#v.product_group")
    walk.type("nobody")
    walk.to("#v.sold_from")
    page.keyboard.type("03152014")
    walk.to("Save")
    walk.press("Enter")
    expect(group).to_be_focused()
    expect(page.locator("[id='v.product_group-wrong']")).to_contain_text("no such row")
    expect(group).to_have_value("nobody")
    expect(day).to_have_value("2014-03-15")
    walk.type(before)
    walk.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(day).to_have_value("2014-03-15")


def test_a_condition(stage: Stage, walk: Walk) -> None:
    """Built, a group and a line taken away again; the focus is always at what comes next."""
    page = walk.page
    walk.begin(f"{stage.address}/portal/visibility/new")
    walk.to("#field.0.0")
    page.keyboard.type("City")
    expect(page.locator("[id='field.0.0']")).to_have_value("city")
    walk.to("#op.0.0", 1)
    page.keyboard.type("begins")
    expect(page.locator("[id='op.0.0']")).to_have_value("starts_with")
    expect(page.locator("[id='op.0.0']")).to_be_focused()
    walk.to("#value.0.0", 1)
    page.keyboard.type("A")
    walk.to("#add-group.0")
    walk.press("Enter")
    expect(page.locator("[id='k.0.1']")).to_be_focused()
    walk.to("#remove.0.1", 1)
    walk.press("Enter")
    expect(page.locator("[id='k.0.1']")).to_have_count(0)
    expect(page.locator("[id='add-line.0']")).to_be_focused()
    walk.press("Enter")
    expect(page.locator("[id='field.0.1']")).to_be_focused()
    walk.to("#remove.0.1", 4)
    walk.press("Enter")
    expect(page.locator("[id='add-line.0']")).to_be_focused()
    expect(page.locator("#count .figure")).not_to_have_text("0")


def test_a_review_of_trips(stage: Stage, walk: Walk) -> None:
    """D13: one approved, the next one rejected with what is wrong beside an item; from each on to
    the others.
    """
    page = walk.page

    def to_page(link: str, heading: str) -> None:
        walk.to(link)
        walk.press("Enter")
        expect(page.locator("h1")).to_have_text(heading)
        walk.skip()

    walk.begin(f"{stage.address}/portal/expenses/trips")
    to_page("Fair in Cologne", "Fair in Cologne")
    to_page("Approve …", "Approve 1 trip?")
    walk.to("Approve")
    walk.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Approved.")
    walk.skip()
    to_page("To those under review", "Trips")
    expect(page.locator("main")).not_to_contain_text("Fair in Cologne")
    to_page("Winter tour", "Winter tour")
    to_page("Reject …", "Reject this trip?")
    walk.to("Reject")
    walk.press("Enter")
    expect(page.locator("#reason-wrong")).to_contain_text("Say why")
    expect(page.locator("#reason")).to_be_focused()
    walk.to("What is wrong with it?")
    page.keyboard.type("Which hotel?")
    walk.to("Reject")
    walk.press("Enter")
    expect(page.get_by_role("status").first).to_contain_text("Rejected.")
    expect(page.locator(".exp-lines")).to_contain_text("Which hotel?")


def test_a_calendar(stage: Stage, walk: Walk) -> None:
    """An appointment gets another time without being dragged."""
    page, rep = walk.page, to_text(people(stage.store)["279"])
    walk.begin(f"{stage.address}{CALENDAR}?rep={rep}")
    line = page.locator(".cal-item a", has_text="Opening of the new shop")
    expect(line).to_contain_text("11:00")
    walk.to("11:00")
    walk.press("Enter")
    expect(page.locator("h1")).to_have_text("Opening of the new shop")
    walk.skip()
    for name, hour in (("starts_at", "T13:00"), ("ends_at", "T14:30")):
        walk.to(f"#v.{name}")
        walk.press("ArrowRight", "ArrowRight", "ArrowRight", "ArrowUp", "ArrowUp")
        expect(page.locator(f"[id='v.{name}']")).to_have_value(re.compile(hour))
    walk.to("Save")
    walk.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Saved")
    expect(line).to_contain_text("13:00")

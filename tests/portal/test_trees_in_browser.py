"""Trees and lists in a real browser: walked by keyboard, dragged, and what is refused (D1, D3)."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from syncengine.model.ids import to_text
from tests.portal.screenshots import people, sign_in
from tests.portal.stage import Stage, visit, watched


def node(page: Page, stage: Stage, number: str) -> str:
    """The selector of a node, by the employee's number."""
    return f"#node-{to_text(people(stage.store)[number])}"


def test_a_rep_is_dragged_to_another_manager(stage: Stage) -> None:
    """Refused onto somebody below; previewed and saved onto somebody else."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Employees").click()
    page.get_by_role("link", name="Tree").click()
    page.fill("#q", "28")
    manager, rep, other = (node(page, stage, number) for number in ("287", "288", "285"))
    expect(page.locator(f"{manager} {rep}")).to_be_visible()
    page.drag_and_drop(f"{manager} > .node .name", f"{rep} > .node")
    expect(page.locator(".wrong")).to_contain_text("nothing can be above itself")
    page.get_by_role("link", name="Cancel").click()
    page.fill("#q", "28")
    expect(page.locator(f"{other}")).to_be_visible()
    page.drag_and_drop(f"{rep} > .node .name", f"{other} > .node")
    expect(page.locator("#preview")).to_contain_text("Leads them then")
    page.locator("#preview").get_by_role("button", name="Move").click()
    expect(page.get_by_role("status")).to_contain_text("Done")
    expect(page.locator(f"{other} {rep}")).to_be_visible()
    context.close()
    assert [text for text in said if "422" not in text] == []


def test_a_tree_is_walked_by_keyboard(stage: Stage) -> None:
    """Arrows, Home, End; what is opened is loaded then; one node at a time is reached by tab."""
    context = visit(stage, "de")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/employee/tree")
    expect(page.locator("h1")).to_have_text("Baum: Mitarbeiter")
    root, sales, manager = (node(page, stage, number) for number in ("1", "273", "274"))
    expect(page.locator('[role="treeitem"][tabindex="0"]')).to_have_count(1)
    page.locator(f"{root} > .node").focus()
    page.keyboard.press("End")
    expect(page.locator(f"{sales} > .node")).to_be_focused()
    expect(page.locator(manager)).to_have_count(0)
    page.keyboard.press("ArrowRight")
    expect(page.locator(manager)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"{manager} > .node")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(manager)).to_be_hidden()
    page.keyboard.press("Home")
    expect(page.locator(f"{root} > .node")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    expect(page.locator(f"{root} > .node")).to_be_focused()
    page.keyboard.press("Tab")  # the links of this node, then out of the tree
    expect(page.locator(f"{root} > .node .name")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator(f"{root} > .node .btn")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("verschieben")
    context.close()
    assert said == []


def test_customers_are_reassigned_in_the_browser(stage: Stage) -> None:
    """Chosen by their boxes; the column's input comes with the column."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Customers").click()
    page.fill("#q", "Wheel")
    expect(page.locator("#rows tbody tr").first).to_contain_text("Wheel")
    page.get_by_label("Choose all on this page").check()
    page.get_by_role("button", name="Edit the chosen").click()
    page.select_option("#field", "specialty")
    page.fill("[id='v.specialty']", "Wheels")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview")).to_contain_text("Rows that change")
    page.locator("#preview").get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("changed")
    page.get_by_role("link", name="Back to the list").click()
    page.locator("#rows tbody a").first.click()
    expect(page.locator("[id='v.specialty']")).to_have_value("Wheels")
    context.close()
    assert said == []

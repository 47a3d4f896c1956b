"""The main paths without a mouse: the focus is where one goes on, and returns."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.portal.screenshots import people, sign_in
from tests.portal.stage import Stage, visit, watched

MOST = 400  # presses of Tab until the end of a page must have come


def test_a_substitution_is_switched_by_keyboard(stage: Stage) -> None:
    """From signing in to the switch and back, and what is shown anew does not lose the focus."""
    context = visit(stage, "en")
    page, said = watched(context)
    page.goto(f"{stage.address}/portal/sign-in")
    expect(page.locator("#name")).to_be_focused()
    page.keyboard.type("anna")
    page.keyboard.press("Tab")
    page.keyboard.type("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{stage.address}/portal/")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # past the navigation
    expect(page.locator("#content")).to_be_focused()
    page.goto(f"{stage.address}/portal/substitutions")
    reach(page, "Switch on: 289 ")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("289")
    reach(page, "Preview")
    page.keyboard.press("Enter")
    expect(page.locator("#preview section")).to_be_visible()
    expect(page.get_by_role("button", name="Preview", exact=True)).to_be_focused()
    reach(page, "Switch on")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done")
    reach(page, "Preview of switching off")
    page.keyboard.press("Enter")
    expect(page.locator("#preview section")).to_be_visible()
    reach(page, "Switch off")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Done")
    assert people(stage.store)["289"]
    context.close()
    assert said == []


def test_menus_close_and_give_the_focus_back(stage: Stage) -> None:
    context = visit(stage, "en", width=390)
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/data/customer")
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Substitutions")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Substitutions")).to_be_hidden()
    expect(menu).to_be_focused()
    columns = page.locator("details.menu summary", has_text="Columns")
    columns.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details.menu[open]")).to_have_count(1)
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")
    expect(page.locator("details.menu[open]")).to_have_count(0)
    expect(columns).to_be_focused()
    context.close()
    assert said == []


def reach(page: Page, name: str) -> None:
    """Press Tab until what is called so has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        found = page.evaluate(
            "(e => (e.getAttribute('aria-label') || e.textContent || '').trim())"
            "(document.activeElement)"
        )
        if found == name or (name.endswith(" ") and found.startswith(name)):
            return
    raise AssertionError(f"{name} is not reached")

"""What is typed while a slow answer is under way: it stays, with its focus and caret (D1)."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs

from playwright.sync_api import Page, Route, expect

from tests.portal.scene_messages import PLACE
from tests.portal.screenshots import sign_in
from tests.portal.stage import Stage, visit, watched

BESIDE = ("count", "look")  # what is only looked at does not wait


class Slow:
    """Holds back what a form asks of the server, until it is let go."""

    def __init__(self, page: Page, address: str) -> None:
        self._page = page
        self._held: list[Route] = []
        page.route(address, self._hold)

    def _hold(self, route: Route) -> None:
        (do,) = parse_qs(route.request.post_data or "").get("do", [""])
        if not do or do in BESIDE:
            route.continue_()
        else:
            self._held.append(route)

    def one(self, answer: Callable[[Route], None] = Route.continue_) -> None:
        """Wait for the next one, and let it go."""
        while not self._held:
            self._page.wait_for_timeout(10)
        answer(self._held.pop(0))


def test_a_condition_keeps_what_is_typed_meanwhile(stage: Stage) -> None:
    """Lines come and go, in the order in which that was asked, around somebody who goes on typing;
    a server that fails takes nothing away.
    """
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}/portal/visibility/new")
    value, add = page.locator("[id='value.0.0']"), page.locator("[id='add-line.0']")
    page.select_option("[id='field.0.0']", "name")
    page.select_option("[id='op.0.0']", "starts_with")
    expect(page.locator("[id='op.0.0']")).to_have_value("starts_with")
    expect(page.locator(".htmx-request")).to_have_count(0)
    slow = Slow(page, "**/portal/visibility/new")
    add.click()
    value.click()
    page.keyboard.type("Gmes ")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    add.dispatch_event("click")  # once more, by somebody who does not wait
    page.keyboard.type("a")
    slow.one()
    expect(page.locator("[id='field.0.1']")).to_be_visible()
    expect(value).to_be_focused()  # and not the new line
    page.keyboard.type("a")
    slow.one()
    expect(page.locator("[id='field.0.2']")).to_be_visible()
    expect(value).to_be_focused()
    expect(value).to_have_value("Gaames ")  # the caret has stayed, and so has the blank
    expect(page.locator("#count")).to_contain_text("not complete")
    page.locator("[id='remove.0.1']").click()
    last = page.locator("[id='value.0.2']")
    last.click()
    page.keyboard.type("the l")
    slow.one()
    expect(page.locator("[id='field.0.1']")).to_have_count(0)
    page.keyboard.type("ast")
    expect(last).to_have_value("the last")
    page.select_option("[id='field.0.2']", "name")
    value.fill("Games")
    slow.one(lambda route: route.fulfill(status=500, body="<p>broken</p>"))
    expect(page.get_by_role("alert")).to_contain_text("still here")
    expect(value).to_have_value("Games")
    expect(last).to_have_value("the last")
    add.click()
    slow.one()
    expect(page.locator("[id='field.0.3']")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_hidden()
    context.close()
    assert [text for text in said if "500" not in text] == []


def test_the_composer_keeps_what_is_typed_meanwhile(stage: Stage) -> None:
    """Boxes and choices, too; and what is seen beside it is of what is there then."""
    context = visit(stage, "en")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(f"{stage.address}{PLACE}/new")
    slow = Slow(page, f"**{PLACE}/new")
    page.select_option("[id='target.0.kind']", "team")
    page.locator("[id='add.task']").press("Enter")
    title = page.locator("#title")
    title.fill("Winter rge")
    page.select_option("#priority", "high")
    page.get_by_label("at the customer").check()
    title.click()
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("a")
    slow.one()
    expect(page.locator("[id='target.0.kind']")).to_have_value("team")
    page.keyboard.type("n")
    slow.one()
    expect(page.locator("[id='task.0.title']")).to_be_visible()
    expect(title).to_be_focused()
    expect(title).to_have_value("Winter range")
    expect(page.locator("#priority")).to_have_value("high")
    expect(page.get_by_label("at the customer")).to_be_checked()
    expect(page.locator("#beside")).to_contain_text("Winter range")
    page.get_by_label("at the day's login").check()
    page.locator("[name='task.0.mandatory']").uncheck()
    page.locator("[id='add.task']").click()
    page.locator("[name='task.0.mandatory']").check()
    slow.one()
    expect(page.locator("[id='task.1.title']")).to_be_visible()
    expect(page.locator("[name='task.0.mandatory']")).to_be_checked()
    expect(page.locator("[name='task.0.mandatory']")).to_be_focused()
    expect(page.get_by_label("at the day's login")).to_be_checked()
    context.close()
    assert said == []

"""A rep's morning on a phone, against a real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from device_sdk.screen.screen import Offered, Screen
from server.settings import load_settings
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.looks import Look
from tests.portal.browser import NoBrowser, browser
from tests.portal.stage import faults, watched
from tests.portal.walk import Walk
from tests.screen.conftest import PASSCODE, Rep
from tests.screen.running import in_step, served, until
from tests.screen.running import running as screen_running
from tests.screen.test_photos import PHOTO
from tests.server.conftest import CUSTOMER, HOUR, IMPORT, Served, running
from tests.server.wire import WORLD

PHONE = {"width": 390, "height": 844}
PHONE_FIELD, OWNER_FIELD = 12, 3


@dataclass
class Morning:
    """An office that runs, a phone with the screen, and its page."""

    office: Served
    screen: Screen
    address: str
    page: Page
    said: list[str]

    def phone_of(self, number: str) -> object:
        """As the office has it."""
        with self.office.store.engine.connect() as connection:
            table = self.office.store.tables["customer"]
            query = table.select().where(table.c.id == self.office.customers[number])
            return connection.execute(query).one().phone

    def give(self, number: str, person: str) -> None:
        """A customer goes to somebody else."""
        row = self.office.customers[number]
        goes: dict[int, Stored] = {OWNER_FIELD: self.office.people[person]}
        self.office.store.write(IMPORT, [Operation(Action.UPDATE, CUSTOMER, row, goes)])


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Morning]:
    url = f"sqlite:///{tmp_path / 'server.db'}"
    settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5)
    with ExitStack() as stack:
        found = stack.enter_context(some_browser())
        office = stack.enter_context(running(settings, WORLD))
        code = office.store.seats.create_code(office.people["279"], HOUR)
        offered = Offered(office.client.url, code)
        address, screen = stack.enter_context(screen_running(tmp_path / "device", offered))
        context = found.new_context(
            viewport={"width": PHONE["width"], "height": PHONE["height"]}, locale="en",
            has_touch=True, is_mobile=True,
        )  # fmt: skip
        context.set_default_timeout(15_000)
        page, said = watched(context)
        yield Morning(office, screen, address, page, said)


@contextmanager
def some_browser() -> Iterator[Browser]:
    """Without one a skip, and in CI a failure."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browser())
        except NoBrowser as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield found


def test_a_morning_on_the_phone(morning: Morning) -> None:
    page, address = morning.page, morning.address
    page.goto(address)
    page.fill("#passcode", "correct horse")
    page.fill("#again", "correct horse")
    found = faults(page, "enrol")
    page.click("button.main")
    page.wait_for_url(f"{address}/")
    until(lambda: in_step(morning.screen))

    page.click("nav >> text=Customers")
    expect(page.locator("#found li")).to_have_count(3)
    page.locator("input[type=search]").press_sequentially("2791")
    expect(page.locator("#found li")).to_have_count(1)
    found += faults(page, "customers")
    page.click("text=Shop 2791")
    customer = page.url
    found += faults(page, "customer")

    at_work(morning)
    page.goto(customer)
    page.click("header button[role=switch]")  # into the lift
    expect(page.locator("#status")).to_contain_text("Airplane mode")
    page.click("main >> text=Edit")
    found += faults(page, "edit")
    page.fill("[id='v.phone']", "+43 316 1234")
    page.click("button.main")
    page.wait_for_url(customer)
    expect(page.locator("main")).to_contain_text("+43 316 1234")
    page.click("nav >> text=Sync")
    expect(page.locator("main")).to_contain_text("Changed: Customer")
    expect(page.locator("main")).to_contain_text("Shop 2791")
    found += faults(page, "sync")
    assert morning.phone_of("2791") is None

    page.click("text=Switch airplane mode off")
    expect(page.locator("main")).to_contain_text("Everything is with the office.")  # by itself
    expect(page.locator("#badge")).to_be_hidden()
    assert morning.phone_of("2791") == "+43 316 1234"

    refused(morning)
    assert found == []
    assert morning.said == []
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]


def in_looks(page: Page, name: str) -> list[str]:
    """What axe finds on a tablet in the dark and on a phone by day, and pages that are too wide."""
    found = []
    for look in (Look("en", "dark", "tablet"), Look("en", "light", "phone")):
        page.set_viewport_size(look.size)
        page.emulate_media(color_scheme=look.theme)
        found += faults(page, f"{name}, {look}")
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{name}, {look}: wider than the screen")
    return found


def at_work(morning: Morning) -> None:
    """D14: the day is begun and a break taken by keyboard; how it stands is told at once."""
    page, walk = morning.page, Walk(morning.page)
    walk.begin(f"{morning.address}/")
    for tap, told in (("Start day", "At work since"), ("Take a break", "Break since")):
        walk.to(tap)
        walk.press("Enter")
        expect(page.locator("#time")).to_contain_text(told)
        walk.skip()
    found = []
    for path in ("today", "month"):
        page.goto(f"{morning.address}/timesheets/{path}")
        found += in_looks(page, path)
    page.goto(f"{morning.address}/timesheets/today")
    page.click("main .list a >> nth=0")
    found += in_looks(page, "a span of time")
    assert found == []


def refused(morning: Morning) -> None:
    """The shop goes to somebody else while the rep is offline: the work is explained, and kept."""
    page = morning.page
    page.click("header button[role=switch]")
    page.goto(f"{morning.address}/masterdata/customers")
    page.click("text=Shop 2790")
    page.click("main >> text=Edit")
    page.fill("[id='v.phone']", "+43 1 999")
    page.click("button.main")
    morning.give("2790", "276")
    page.goto(f"{morning.address}/")
    page.click("header button[role=switch]")
    page.click("text=1 entry does not count as entered")  # the page hears of it by itself
    expect(page.locator("main")).to_contain_text("meanwhile this has gone to somebody else")
    page.click("a.entry")
    expect(page.locator("main")).to_contain_text("+43 1 999")
    assert faults(page, "item") == []
    page.click("summary >> text=Discard")
    page.click("text=Discard it")
    expect(page.locator("#badge")).to_be_hidden()


def test_a_photo_is_taken_on_the_phone(surveyor: Rep) -> None:
    """Kept before the form is sent; a form that is refused has it still."""
    with some_browser() as found, served(surveyor.screen) as address:
        page, said = watched(found.new_context(viewport={"width": 390, "height": 844}))
        page.goto(f"{address}/sign-in")
        page.fill("#passcode", PASSCODE)
        page.click("button.main")
        page.goto(f"{address}/rows/customer/{surveyor.office.shop}/edit")
        photo: FilePayload = {"name": "shelf.jpg", "mimeType": "image/jpeg", "buffer": PHOTO}
        page.set_input_files("input[capture]", photo)
        expect(page.locator("[data-attached]")).to_contain_text("shelf.jpg")
        page.fill("[id='v.staff']", "many")
        page.click("button.main")
        expect(page.locator("[data-attached]")).to_contain_text("There is a photo or file.")
        page.fill("[id='v.staff']", "4")
        page.click("button.main")
        page.wait_for_selector("dd img")
        assert page.evaluate("document.querySelector('dd img').src").startswith(address)
        row = surveyor.device.get("customer", surveyor.office.shop)
        assert row is not None
        assert row.staff == 4
        assert isinstance(row.x_photo, bytes)
        assert b"".join(surveyor.device.attachments.read(row.x_photo)) == PHOTO
        assert [text for text in said if "422" not in text] == []  # it tells of the refused form

"""Pictures of the rep's screen on a phone and a tablet: a rep who substitutes another one."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from playwright.sync_api import Page

from device_sdk import Device
from device_sdk.screen.screen import Screen
from modules.documents.device import Documents
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Stored
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.store import Store
from tests.looks import HELD, Look
from tests.portal.browser import browser
from tests.portal.scene_timesheets import last_month, record
from tests.portal.screenshots import ALL, HOUR, people, place
from tests.screen.running import in_step, running, until

Take = Callable[[str], object]
PASSCODE = "correct horse"
AWAY = "279"  # whom the rep of the pictures substitutes


def operation(store: Store, entity: str, row: bytes, action: Action, **values: Stored) -> Operation:
    """One of the office's."""
    by_name, tag = store.schema.entities[entity].by_name, store.schema.tags[entity]
    return Operation(action, tag, row, {by_name[n].number: v for n, v in values.items()})


def substitute_of(store: Store, person: bytes) -> bytes:
    """Who stands in."""
    row = listing.one(store, ALL, "employee", person)
    assert row is not None
    found = row.values["substitute"]
    assert isinstance(found, bytes)
    return found


def plan(store: Store, person: bytes, shops: list[bytes]) -> None:
    """Two visits of today, and a contact."""
    author = Author(Source.OFFICE, None, "screenshots", None)
    today = dt.datetime.now().astimezone().replace(hour=8, minute=30, second=0, microsecond=0)
    subjects = ("Order for the spring", "New shelf, photo of the promotion")
    work = [
        operation(
            store, "appointment", store.environment.new_id(), Action.INSERT, customer=shop,
            employee=person, subject=subject, active=True,
            starts_at=(today + dt.timedelta(hours=2 * n) - EPOCH) // MICROSECOND,
            ends_at=(today + dt.timedelta(hours=2 * n + 1) - EPOCH) // MICROSECOND,
        )
        for n, (shop, subject) in enumerate(zip(shops, subjects, strict=True))
    ]  # fmt: skip
    contact = operation(
        store, "contact", store.environment.new_id(), Action.INSERT, customer=shops[0],
        name="Eva Brandt", role="Purchasing", phone="+43 316 1234", active=True,
    )  # fmt: skip
    store.write(author, [*work, contact])


def refuse(store: Store, device: Device, successor: bytes) -> None:
    """A customer goes to somebody else, and an edit of it arrives late."""
    mine = "owner=? ORDER BY name DESC LIMIT 1"
    shop = device.rows("customer", mine, [device.person])[0]
    with device.changeset() as changes:
        changes.update("customer", shop.id, phone="+49 731 2200", remark="Entrance in the yard.")
    author = Author(Source.OFFICE, None, "screenshots", None)
    goes = operation(store, "customer", shop.id.bytes, Action.UPDATE, owner=successor)
    store.write(author, [goes])


def edit(screen: Screen, specialty: str) -> None:
    """Work that waits where there is no network."""
    assert screen.user is not None
    shop = screen.user.device.rows("customer", "1 ORDER BY name LIMIT 1")[0]
    with screen.user.changeset() as changes:
        changes.update("customer", shop.id, phone="+43 316 5555", specialty=specialty)
    with screen.user.changeset() as changes:
        changes.insert("contact", customer=shop.id, name="Kim Berger", active=True)


def document_pages(device: Device) -> dict[str, str]:
    """One to be brought, and a form."""
    every = {one.kind: one.edition for one in Documents(device).valid()}
    return {
        "document": f"/documents/document?e={every['price_list']}",
        "form": f"/documents/document?e={every['form']}",
        "return": f"/documents/return?e={every['form']}",
    }


def shots(page: Page, folder: Path, look: Look, only: Sequence[str]) -> Take:
    """What takes a picture of the page as it is, unless others are wanted."""

    def take(name: str) -> None:
        if not only or name in only:
            page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)

    return take


def pictures(page: Page, address: str, screen: Screen, take: Take) -> None:
    """Of the pages behind the signing in."""
    assert screen.user is not None
    device = screen.user.device
    shop = str(device.rows("appointment", "1 ORDER BY id DESC LIMIT 1")[0]["customer"])
    (item,) = device.inbox()
    month = last_month(last_month(dt.datetime.now().astimezone().date()))
    pages = {
        "home": "/", "customers": "/masterdata/customers", "customer": f"/rows/customer/{shop}",
        "search": "/masterdata/customers?q=bike",
        "nothing": "/masterdata/customers?q=zzz", "edit": f"/rows/customer/{shop}/edit",
        "contact-new": f"/rows/contact/new?customer={shop}&back=/",
        "appointment-new": f"/rows/appointment/new?customer={shop}&employee={device.person}",
        "documents": "/documents/all", **document_pages(device),
        "time": "/timesheets/today", "time-month": f"/timesheets/month?m={month}",
        "work": "/sync", "item": f"/sync/{item.sequence}", "more": "/more", "gone": "/nowhere",
    }  # fmt: skip
    for name, path in pages.items():
        page.goto(address + path)
        take(name)
    page.goto(address + pages["contact-new"])
    page.click("form.form button.main")
    take("refused")


def enter(page: Page, address: str, take: Take) -> None:
    """The pages before, and signing in."""
    page.goto(f"{address}/enrol")
    take("enrol")
    page.click("form.form button.main")
    page.goto(f"{address}/sign-in")
    page.fill("#passcode", "wrong one")
    page.click("button.main")
    take("sign-in")
    page.fill("#passcode", PASSCODE)
    page.click("button.main")
    page.wait_for_url(f"{address}/")


def take(folder: Path, looks: Sequence[Look], only: Sequence[str] = ()) -> None:
    """Write them into a folder that there is; those of some pages, where they are named."""
    with (
        place() as (server, store),
        browser() as found,
        tempfile.TemporaryDirectory() as own,
        running(Path(own)) as (address, screen),
    ):
        known = people(store)
        rep = substitute_of(store, known[AWAY])
        code = store.seats.create_code(rep, HOUR)
        device = screen.enrol(server, code, "Phone", PASSCODE).device
        until(lambda: in_step(screen))
        shops = device.rows("customer", "owner=? LIMIT 1", [device.person])
        lent = device.rows("customer", "owner<>? LIMIT 1", [device.person])
        plan(store, rep, [row.id.bytes for row in (*shops, *lent)])
        refuse(store, device, known["281"])
        screen.user.sync_now() if screen.user else None
        until(lambda: in_step(screen) and device.inbox())
        before = last_month(last_month(dt.datetime.now().astimezone().date()))
        record(device, before).start_travel()
        for look in (look for look in looks if look in HELD):
            context = found.new_context(
                viewport=look.size, locale=look.language, color_scheme=look.theme, has_touch=True,
                device_scale_factor=1.5,
            )  # fmt: skip
            page = context.new_page()
            screen.sign_out()
            shot = shots(page, folder, look, only)
            enter(page, address, shot)
            screen.set_airplane(look.theme == "dark")  # what is waiting is seen in the dark
            edit(screen, f"Road, {look}")
            until(lambda: screen.place.known.airplane or in_step(screen))
            pictures(page, address, screen, shot)
            context.close()

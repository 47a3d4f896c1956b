"""The calendar in a real browser, with a real device (D3, D6)."""

from __future__ import annotations

import datetime as dt
import io
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from device_sdk import Device, FileKeyProvider
from server.accounts.directory import make_first
from server.accounts.passwords import Cost, Passwords
from server.accounts.sign_in import Accounts
from server.compose import open_store
from server.demo.service import serving
from server.logs import configure_logs
from server.settings import load_settings
from server.substitution import switch_on
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.store.author import Author
from syncengine.store.store import Store
from tests.masterdata.planning import CALENDAR, MINUTE
from tests.portal.browser import NoBrowser, browser
from tests.portal.screenshots import HOUR, PASSWORD, people, sign_in
from tests.portal.stage import Stage, faults, visit, watched
from tests.portal.visits import EPOCH, instant, monday, planned, shops

OFFICE = Author(Source.OFFICE, None, "calendar", None)


def insert(store: Store, entity: str, **values: Stored) -> bytes:
    row_id, kind = store.environment.new_id(), store.schema.entities[entity]
    fields = {kind.by_name[name].number: value for name, value in values.items()}
    operation = Operation(Action.INSERT, store.schema.tags[entity], row_id, fields)
    assert store.write(OFFICE, [operation]).version
    return row_id


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two reps with a shop each; without a browser: a skip, and in CI a failure."""
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browser())
        except NoBrowser as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        url = f"sqlite:///{tmp_path_factory.mktemp('calendar') / 'server.db'}"
        settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5)
        configure_logs(settings, io.StringIO())
        store = stack.enter_context(open_store(settings, migrated=True))
        accounts = Accounts(store, Passwords(store.environment, Cost(1, 8, 1)))
        once = accounts.reset_password(None, make_first(store, "anna", "en"))
        accounts.change_password(accounts.sign_in("anna", once, "-"), once, PASSWORD, "-")
        for number in ("1", "2"):
            rep = insert(store, "employee", number=number, login=f"rep {number}", active=True)
            insert(store, "customer", number=number, name=f"Shop {number}", active=True, owner=rep)
        yield Stage(stack.enter_context(serving(store, settings)), store, found)


def drag(page: Page, what: str, day: str, rep: str, y: float | None = None) -> None:
    """With the mouse, to a day of a rep; y: how far down in a column of hours."""
    place = page.locator(f'[data-day="{day}"][data-to="{rep}"]')
    at = {"x": 20.0, "y": y} if y is not None else {"x": 60.0, "y": 12.0}
    page.locator(".cal-item", has_text=what).drag_to(
        place,
        source_position={"x": 20, "y": 4},
        target_position=at,  # type: ignore[arg-type]
    )


def held(device: Device) -> tuple[bytes, str, str]:
    """(rep, begin, end) of the one appointment on the device."""
    device.sync()
    ((rep, starts, ends),) = device.query("SELECT employee, starts_at, ends_at FROM appointment")
    assert isinstance(rep, bytes)
    return rep, _shown(starts), _shown(ends)


def _shown(at: object) -> str:
    """By UTC, which is the browser's clock here."""
    assert isinstance(at, int)
    return (EPOCH + dt.timedelta(microseconds=at)).isoformat()[:16]


def test_an_appointment_is_dragged_and_the_devices_have_it(stage: Stage, tmp_path: Path) -> None:
    """To another day and to the substitute, whose device has it so at its next sync; taken back;
    to another hour. A drag from a page that is no longer true is shown both values.
    """
    store, known = stage.store, people(stage.store)
    absent, substitute = known["1"], known["2"]
    day = monday(store.environment.now())
    times = instant(day, "09:00"), instant(day, "10:00")
    one = planned(store, absent, shops(store, absent, 1)[0], "Stocktaking", times)
    assert store.write(OFFICE, [one]).version
    switch_on(store, absent, substitute)
    keys = FileKeyProvider(tmp_path / "keys")
    code = store.seats.create_code(substitute, HOUR)
    device = Device.enrol(tmp_path / "device", stage.address, code, "Substitute", keys)
    device.sync()
    context = visit(stage, "en", zone="UTC")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.get_by_role("link", name="Calendar").click()
    expect(page.locator(".cal-item")).to_contain_text("The rep is away; 2 · rep 2 has it.")
    tuesday = (day + dt.timedelta(days=1)).isoformat()
    drag(page, "Stocktaking", tuesday, to_text(substitute))
    expect(page.get_by_role("status")).to_contain_text("Moved: Stocktaking")
    assert held(device) == (substitute, f"{tuesday}T09:00", f"{tuesday}T10:00")
    page.get_by_role("button", name="Undo").press("Enter")  # by keyboard
    expect(page.locator(f'[data-day="{day}"] .cal-item')).to_contain_text("Stocktaking")
    page.goto(f"{stage.address}{CALENDAR}?rep={to_text(absent)}")
    column = page.locator(f'[data-day="{day}"]')
    box = column.bounding_box()
    assert box is not None
    drag(page, "Stocktaking", day.isoformat(), to_text(absent), y=box["height"] * 7 / 12 + 4)
    expect(page.locator(".cal-item")).to_contain_text("14:00")
    assert held(device) == (absent, f"{day}T14:00", f"{day}T15:00")
    tag, entity = store.schema.tags["appointment"], store.schema.entities["appointment"]
    late: dict[int, Stored] = {
        entity.by_name["starts_at"].number: times[0] - 60 * MINUTE,
        entity.by_name["ends_at"].number: times[0],
    }
    assert store.write(OFFICE, [Operation(Action.UPDATE, tag, one.row_id, late)]).version
    drag(page, "Stocktaking", tuesday, to_text(absent), y=10)
    expect(page.get_by_role("alert")).to_contain_text("Somebody else has changed this")
    page.get_by_label("Now saved").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".cal-item")).to_contain_text("08:00–09:00")  # noqa: RUF001
    device.close()
    context.close()
    assert [text for text in said if "409" not in text] == []


def test_a_series_is_planned_in_german_on_a_phone(stage: Stage) -> None:
    """By touch there are forms; nothing is wider than the screen, and axe finds nothing."""
    context = visit(stage, "de", "dark", 390, "UTC")
    page, said = watched(context)
    sign_in(page, stage.address)
    page.goto(stage.address + CALENDAR)
    expect(page.locator("h1")).to_have_text("Kalender")
    page.get_by_role("link", name="Neuer Termin", exact=True).click()
    page.fill("[id='v.customer']", "2")
    page.fill("[id='v.employee']", "2")
    page.fill("[id='v.subject']", "Rundgang")
    day = monday(stage.store.environment.now()).isoformat()
    page.fill("[id='v.starts_at']", f"{day}T11:00")
    page.select_option("#repeat", "week")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#until-wrong")).to_contain_text("wie oft")
    wrong = faults(page, "form")
    page.fill("#until", f"{int(day[:4]) + 1}-12-31")
    page.fill("#every", "4")
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("status")).to_contain_text("Gespeichert")
    shown = page.locator(".cal-item", has_text="Rundgang")
    expect(shown).to_contain_text("Serie")
    for view in ("Tag", "Monat", "Woche"):
        page.get_by_role("link", name=view, exact=True).click()
        wrong += faults(page, view)
        assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
    shown.get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Rundgang")
    page.get_by_label("folgende").check()
    page.get_by_role("button", name="Termin absagen").click()
    expect(page.get_by_role("status")).to_contain_text("Gespeichert")
    expect(shown).to_have_count(0)
    context.close()
    assert wrong == []
    assert [text for text in said if "422" not in text] == []

"""Pictures of the portal's pages: the demo's data, a few devices, a running substitution."""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page

from device_sdk import Device, FileKeyProvider, HttpTransport
from server.accounts.directory import make_first
from server.accounts.passwords import Cost, Passwords
from server.accounts.sign_in import Accounts
from server.compose import open_store
from server.demo.delivery import deliver
from server.demo.service import serving
from server.logs import configure_logs
from server.settings import load_settings
from server.substitution import switch_on
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.listing import Wanted
from syncengine.store.overview import device_lines
from syncengine.store.store import Store
from tests.looks import Look
from tests.portal.browser import browser
from tests.portal.exported import export_lists, export_paths
from tests.portal.imported import addresses, bring_files
from tests.portal.scene_documents import documents_paths, return_forms, write_documents
from tests.portal.scene_expenses import expenses_paths, travel, write_rates
from tests.portal.scene_late import decisions, disagree, work_late
from tests.portal.scene_messages import infos_paths, read_infos, remind, write_info, write_infos
from tests.portal.scene_payroll import payroll_paths, state_trips
from tests.portal.scene_people import appoint, people_paths
from tests.portal.scene_reports import (
    answer_reports,
    reports_paths,
    try_phone,
    write_reports,
)
from tests.portal.scene_rules import show_by_rule
from tests.portal.scene_timesheets import record_time, timesheets_paths
from tests.portal.scene_tokens import give_tokens
from tests.portal.visits import plan_visits

ALL = Rights(administers=True)
PASSWORD = "correct horse battery"
HOUR = 3_600_000_000
OWN_FIELDS = """[[custom_field]]
entity = "customer"
number = 151
name = "photo"
type = "blobreference"

[[custom_field]]
entity = "customer"
number = 152
name = "iban"
type = "text"
limit = 40
device = "write"
conflict = "manual"
"""
CALENDAR = "/portal/masterdata/calendar"


def people(store: Store) -> dict[str, bytes]:
    """Employees by number."""
    rows, _ = listing.page(store, ALL, Wanted("employee", order="number"), 1_000, None)
    return {str(row.values["number"]): row.id for row in rows}


@contextmanager
def standing(folder: Path) -> Iterator[tuple[Store, str]]:
    """A running server whose files are in that folder: its store and its address."""
    settings = load_settings(
        None, {}, database=f"sqlite:///{folder / 'server.db'}", port=0, graceful_seconds=5,
        custom_fields=str(folder / "fields.toml"), blob_folder=str(folder / "blobs"),
    )  # fmt: skip
    configure_logs(settings, io.StringIO())
    with open_store(settings, migrated=True) as store, serving(store, settings) as address:
        yield store, address


@contextmanager
def place(furnished: Path | None = None) -> Iterator[tuple[str, Store]]:
    """A running server with the demo's data, and its address. furnished: a folder to copy."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if furnished is None:
            furnish(folder)
        else:
            shutil.copytree(furnished, folder, dirs_exist_ok=True)
        with standing(folder) as (store, address):
            yield address, store


def furnish(folder: Path) -> None:
    """Fill a server's folder, by way of a server that runs meanwhile."""
    (folder / "fields.toml").write_text(OWN_FIELDS)
    with standing(folder) as (store, address):
        deliver(store)
        user = make_first(store, "anna", "en")
        accounts = Accounts(store, Passwords(store.environment, Cost(1, 8, 1)))
        once = accounts.reset_password(None, user)
        accounts.change_password(accounts.sign_in("anna", once, "-"), once, PASSWORD, "-")
        give_tokens(store, user)
        known = people(store)
        write_infos(store, known)
        write_reports(store, known)
        write_documents(store, known, folder / "blobs")
        write_rates(store)
        for number in ("275", "276", "277", "279"):
            _work(store, address, folder, known, number)
        switch_on(store, known["279"])
        appoint(store, accounts, known["275"], PASSWORD)
        show_by_rule(store, known["277"])
        plan_visits(store, known)
        bring_files(store, user)
        export_lists(store, user)


def _work(store: Store, address: str, folder: Path, known: dict[str, bytes], number: str) -> None:
    """A person's tablet, and what they do with it."""
    code = store.seats.create_code(known[number], HOUR)
    keys = FileKeyProvider(folder / f"{number}.key")
    transport = HttpTransport(address)
    device = Device.enrol(folder / number, transport, code, f"Tablet {number}", keys=keys)
    if number == "279":
        remind(store)
    if number != "277":
        device.sync()
        read_infos(device, number)
        return_forms(device, number)
        travel(store, device, number)
        record_time(store, device, number)
    if number == "275":
        answer_reports(store, device)
        state_trips(store, device, folder / "blobs")
    if number == "276":
        disagree(store, device, known["276"])
        work_late(store, device, known["276"], known["275"])
    device.close()


def paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    known = people(store)
    customers, _ = listing.page(store, ALL, Wanted("customer", order="number"), 1, None)
    rules, _ = listing.page(store, ALL, Wanted("rule"), 1, None)
    rule = f"/portal/visibility/{to_text(rules[0].id)}"
    customer = f"/portal/data/customer/{to_text(customers[0].id)}"
    device = next(x for x in device_lines(store, ALL) if x.person == known["276"])
    tour = Wanted("appointment", filters=(("series", "tour"),), order="starts_at")
    series, _ = listing.page(store, ALL, tour, 1, None)
    return {
        "start": "/portal/",
        "devices": "/portal/devices",
        **decisions(store),
        "password": "/portal/password",
        "device": f"/portal/devices/{to_text(device.seat)}",
        "enrol": "/portal/devices/new",
        "leaving": f"/portal/leaving/{to_text(known['276'])}",
        "imports": "/portal/imports",
        "import-new": "/portal/imports/new",
        **addresses(store),
        **export_paths(store),
        "board": "/portal/substitutions",
        "switch": f"/portal/substitutions/{to_text(known['275'])}",
        "all-data": "/portal/data",
        "customers": "/portal/data/customer",
        "customer": customer,
        "history": f"{customer}/history",
        "away": f"/portal/substitutions/{to_text(known['279'])}",
        "new": "/portal/data/appointment/new",
        "employee": f"/portal/data/employee/{to_text(known['275'])}",
        "articles": "/portal/data/article",
        "found-nothing": "/portal/data/customer?q=nothing-like-this",
        "empty": "/portal/data/note",
        "holding": f"/portal/holding/{to_text(known['276'])}",
        "holding-rows": f"/portal/holding/{to_text(known['276'])}/customer",
        "rules": "/portal/visibility",
        "rule": rule,
        "rule-new": "/portal/visibility/new",
        "rule-versions": f"{rule}/versions",
        "history-search": "/portal/history?entity=rule",
        "history-nothing": "/portal/history?value=nothing-like-this",
        "chain": "/portal/history/chain",
        "held-by": f"{customer}/holders",
        "why-not": "/portal/why?person=275&entity=customer&row=1000",
        "why": "/portal/why?person=276&entity=customer&row=" + str(customers[0].values["number"]),
        "tree": "/portal/data/employee/tree",
        "tree-search": "/portal/data/employee/tree?q=28",
        "tree-markets": "/portal/data/market/tree",
        "bulk": "/portal/data/customer?q=bike",
        "move": f"/portal/data/employee/{to_text(known['275'])}/move",
        "jobs": "/portal/jobs",
        **people_paths(store),
        "tokens": "/portal/tokens",
        "calendar": f"{CALENDAR}?rep={to_text(known['275'])}",
        "calendar-team": CALENDAR,
        "calendar-day": f"{CALENDAR}?view=day",
        "calendar-month": f"{CALENDAR}?view=month&cancelled=1",
        "appointment": f"/portal/masterdata/appointments/{to_text(series[0].id)}",
        "appointment-new": "/portal/masterdata/appointments/new",
        **infos_paths(store),
        **reports_paths(store),
        **documents_paths(store),
        **expenses_paths(store),
        **payroll_paths(store),
        **timesheets_paths(store),
        "nowhere": "/portal/nowhere",
    }


def sign_in(page: Page, address: str) -> None:
    """As the one user."""
    page.goto(f"{address}/portal/sign-in")
    page.fill("#name", "anna")
    page.fill("#password", PASSWORD)
    page.locator("button.btn-primary").click()
    page.wait_for_url(f"{address}/portal/")


def press(page: Page, name: str) -> None:
    """Some pages are more interesting once something was asked of them."""
    typed = {
        "enrol": ("#person", "281"),
        "leaving": ("#successor", "275"),
        "move": ("[id='v.manager']", "285"),
        "rule": ("[id='value.0.1.0']", "500000"),
        "tokens": ("#name", "Shop system"),
    }
    pressed = {
        "switch": ("button[value=preview-on]", "#preview section, #preview .alert"),
        "chain": ("main button.btn-primary", "#chain h2"),
        "enrol": ("main button.btn-primary", "svg.qr"),
        "leaving": ("main button.btn-primary", "#preview section"),
        "role": ("#role .cardfoot button", "#preview section"),
        "tokens": ("button[value=make]", ".secret"),
        "move": ("main button.btn-primary", "#preview section"),
        "bulk": ("button[value=all]", "#field"),
        "rule": ("button[value=preview]", "#preview section, #preview .alert"),
    }
    if name == "role":
        page.check("[name='r.market'][value=edit]")
    if name in typed:
        page.fill(*typed[name])
    if name == "info-new":
        write_info(page)
    if name == "designer":
        try_phone(page)
    if name == "tokens":
        page.select_option("#user", index=1)
    if name in pressed:
        button, awaited = pressed[name]
        page.click(button)
        page.wait_for_selector(awaited)
    if name == "bulk":
        page.select_option("#field", "owner")
        page.fill("[id='v.owner']", "277")
        page.click("button[value=preview]")
        page.wait_for_selector("#preview")


def take(folder: Path, looks: Sequence[Look], only: Sequence[str] = ()) -> None:
    """Write them into a folder that there is; those of some pages, where they are named."""
    with place() as (address, store), browser() as found:
        for look in looks:
            context = found.new_context(viewport=look.size)
            context.add_cookies([
                {"name": name, "value": value, "domain": "127.0.0.1", "path": "/portal"}
                for name, value in (("language", look.language), ("theme", look.theme))
            ])  # fmt: skip
            page = context.new_page()
            page.goto(f"{address}/portal/sign-in")
            page.screenshot(path=folder / f"sign-in-{look}.png", full_page=True)
            sign_in(page, address)
            for name, path in paths(store).items():
                if only and name not in only:
                    continue
                page.goto(address + path)
                press(page, name)
                page.evaluate("scrollTo({top: 0, behavior: 'instant'})")
                page.screenshot(path=folder / f"{name}-{look}.png", full_page=True)
            context.close()

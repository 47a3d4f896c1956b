"""A running office with a report for a shop, and the rep's phone in a browser."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from device_sdk.screen.screen import Offered, Screen
from modules.visit_reports.jobs import assign, close
from server.settings import load_settings
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.author import Author
from syncengine.store.store import Store
from tests.looks import Look
from tests.portal.stage import watched
from tests.screen.conftest import PASSCODE
from tests.screen.running import in_step, until
from tests.screen.running import running as screen_running
from tests.server.conftest import HOUR, Served, running
from tests.server.wire import WORLD
from tests.support.world import DAY
from tests.visit_reports.paper import form

PHONE = Look("en", "light", "phone")
OFFICE = Author(Source.OFFICE, None, "phone", None)


@dataclass
class Phone:
    """An office that runs, a phone with the screen, and its page."""

    office: Served
    screen: Screen
    address: str
    page: Page
    said: list[str]

    @property
    def shop(self) -> uuid.UUID:
        """The customer with the report."""
        return uuid.UUID(bytes=self.office.customers["2791"])

    def at_office(self, entity: str) -> list[Mapping[str, Any]]:
        """The rows that it has."""
        table = self.office.store.tables[entity]
        with self.office.store.engine.connect() as connection:
            return list(connection.execute(sa.select(table).order_by(table.c.id)).mappings().all())  # type: ignore[arg-type]

    def on_device(self, entity: str) -> int:
        """How many rows it has."""
        assert self.screen.user is not None
        return self.screen.user.device.counts()[entity]

    def give(self, person: str) -> None:
        """The shop goes to somebody else."""
        store, shop = self.office.store, self.shop.bytes
        goes = _operation(store, Action.UPDATE, "customer", shop, owner=self.office.people[person])
        store.write(OFFICE, [goes])

    def work(self) -> None:
        """What the server's jobs do."""
        assign(self.office.store, 10)
        close(self.office.store, 10)


def publish(store: Store, shop: bytes) -> None:
    """A report with a question of every kind and a matrix of two articles, for a shop."""
    new = store.environment.new_id
    names = ("Oat drink 1 l", "Muesli with nuts 500 g")
    articles = {new(): name for name in names}
    template, now = new(), store.environment.now()
    period: dict[str, Stored] = {"starts_at": now - DAY, "ends_at": now + 30 * DAY}
    paper = json.dumps(form(*articles), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    values: dict[str, Stored] = {
        "title": "Spring promotion", "kind": "dynamic", "family": str(uuid.UUID(bytes=template)),
        "edition": 1, "form": paper, "status": "draft", **period,
    }  # fmt: skip
    work = [
        _operation(store, Action.INSERT, "article", row, number=f"A{n}", name=name, active=True)
        for n, (row, name) in enumerate(articles.items())
    ]
    target = {"template": template, "customer": shop, **period}
    work += [
        _operation(store, Action.INSERT, "report_template", template, **values),
        _operation(store, Action.INSERT, "report_target", new(), **target),
        _operation(store, Action.UPDATE, "report_template", template, status="published"),
    ]
    verdict = store.write(OFFICE, work)
    assert verdict.version is not None, verdict


def _operation(
    store: Store, action: Action, entity: str, row: bytes, **values: Stored
) -> Operation:
    by_name, tag = store.schema.entities[entity].by_name, store.schema.tags[entity]
    return Operation(action, tag, row, {by_name[n].number: v for n, v in values.items()})


@contextmanager
def phone(folder: Path, found: Browser, look: Look = PHONE) -> Iterator[Phone]:
    """Signed in and in step."""
    url = f"sqlite:///{folder / 'server.db'}"
    blobs = str(folder / "blobs")
    settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5, blob_folder=blobs)
    with ExitStack() as stack:
        office = stack.enter_context(running(settings, WORLD))
        publish(office.store, office.customers["2791"])
        code = office.store.seats.create_code(office.people["279"], HOUR)
        offered = Offered(office.client.url, code)
        address, screen = stack.enter_context(screen_running(folder / "device", offered))
        context = found.new_context(
            viewport=look.size, locale=look.language, color_scheme=look.theme,
            has_touch=True, is_mobile=True, device_scale_factor=1.5,
        )  # fmt: skip
        context.set_default_timeout(10_000)
        page, said = watched(context)
        page.goto(address)
        page.fill("#passcode", PASSCODE)
        page.fill("#again", PASSCODE)
        page.click("button.main")
        page.wait_for_url(f"{address}/")
        until(lambda: in_step(screen))
        yield Phone(office, screen, address, page, said)

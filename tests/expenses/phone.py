"""A running office with rates, and the rep's phone in a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import Browser, Page

from device_sdk.screen.screen import Offered, Screen
from modules.expenses.jobs import take_default_rates, take_up
from server.settings import load_settings
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.author import Author
from tests.looks import Look
from tests.portal.stage import watched
from tests.screen.conftest import PASSCODE
from tests.screen.running import in_step, until
from tests.screen.running import running as screen_running
from tests.server.conftest import HOUR, Served, running
from tests.server.wire import WORLD

PHONE = Look("en", "light", "phone")
OFFICE = Author(Source.OFFICE, None, "phone", None)
KINDS = {"taxi": "Taxi", "hotel": "Hotel", "parking": "Parking"}


@dataclass
class Phone:
    """An office that runs, a phone with the screen, and its page."""

    office: Served
    screen: Screen
    address: str
    page: Page
    said: list[str]

    def at_office(self, entity: str) -> list[Mapping[str, Any]]:
        """The rows that it has."""
        table = self.office.store.tables[entity]
        with self.office.store.engine.connect() as connection:
            return list(connection.execute(sa.select(table).order_by(table.c.id)).mappings().all())  # type: ignore[arg-type]

    def write(self, action: Action, entity: str, row: bytes, **values: Stored) -> None:
        """By the office."""
        verdict = self.office.store.write(
            OFFICE, [_operation(self.office, action, entity, row, **values)]
        )
        assert verdict.version is not None, verdict

    def work(self) -> int:
        """What the server's job does; how many trips."""
        return take_up(self.office.store, 10)

    def sync(self) -> None:
        """What the office has done comes to the phone."""
        assert self.screen.user is not None
        self.screen.user.device.sync()


def _operation(
    office: Served, action: Action, entity: str, row: bytes, **values: Stored
) -> Operation:
    by_name, tag = office.store.schema.entities[entity].by_name, office.store.schema.tags[entity]
    return Operation(action, tag, row, {by_name[n].number: v for n, v in values.items()})


@contextmanager
def phone(folder: Path, found: Browser, look: Look = PHONE) -> Iterator[Phone]:
    """Signed in and in step."""
    blobs, url = str(folder / "blobs"), f"sqlite:///{folder / 'server.db'}"
    settings = load_settings(None, {}, database=url, port=0, graceful_seconds=5, blob_folder=blobs)
    with ExitStack() as stack:
        office = stack.enter_context(running(settings, WORLD))
        take_default_rates(office.store, 1)
        new = office.store.environment.new_id
        kinds = [
            _operation(office, Action.INSERT, "expense_type", new(), number=number, name=name,
                       unit="amount", active=True)
            for number, name in KINDS.items()
        ]  # fmt: skip
        verdict = office.store.write(OFFICE, kinds)
        assert verdict.version is not None, verdict
        code = office.store.seats.create_code(office.people["279"], HOUR)
        address, screen = stack.enter_context(
            screen_running(folder / "device", Offered(office.client.url, code))
        )
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

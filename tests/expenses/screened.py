"""Anna before the screen, with trips; without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from device_sdk import Device, Environment
from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from modules.expenses.device import Expenses
from tests.expenses.scene import Travel
from tests.screen.conftest import HERE, PASSCODE, inputs
from tests.screen.running import in_step, until
from tests.support.world import DAY


@dataclass
class Rep:
    """Signed in and in step; every form is one of ours."""

    travel: Travel
    screen: Screen
    http: TestClient

    @property
    def device(self) -> Device:
        """Hers."""
        assert self.screen.user is not None
        return self.screen.user.device

    @property
    def expenses(self) -> Expenses:
        """The facade, for what a test looks at."""
        return Expenses(self.device)

    def get(self, path: str, language: str = "en") -> str:
        """A page."""
        answer = self.http.get(path, headers={"accept-language": language})
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **values: str) -> httpx2.Response:
        """A form."""
        assert self.screen.user is not None
        sent = {"csrf": self.screen.user.csrf, **values}
        return self.http.post(path, data=sent, headers={"origin": HERE, "accept-language": "en"})

    def save(self, path: str, **values: str) -> httpx2.Response:
        """Open a part's form, type into some of its inputs, send all of it."""
        return self.send(path, **{**inputs(self.get(path)), **values})

    def attach(self, content: bytes) -> str:
        """A file, as the page's script keeps it: its value."""
        assert self.screen.user is not None
        kind = {"content-type": "application/octet-stream", "x-csrf": self.screen.user.csrf}
        answer = self.http.post("/attachments", content=content, headers={"origin": HERE, **kind})
        return str(answer.json()["value"])

    def begin(self, purpose: str = "Fair in Lyon") -> str:
        """The page of a new draft."""
        return str(self.send("/expenses/new", purpose=purpose).headers["location"])

    def sync(self) -> None:
        """Until what waits was answered."""
        self.device.sync()


def part_of(trip: str, name: str, row: object = "") -> str:
    """The form of a part."""
    return trip.replace("/trip?", "/part?") + f"&part={name}" + (f"&r={row}" if row else "")


def words_of(page: str) -> str:
    """What a person reads, in one line."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


@contextmanager
def at_the_screen(folder: Path) -> Iterator[Rep]:
    """Anna, with the default rates and no trip."""
    travel = Travel(f"sqlite:///{folder / 'server.db'}", folder)
    clock = Environment(now=lambda: travel.at)
    screen = Screen(
        Place(folder / "device"), found_screens(), None, lambda _: travel.transport(None), clock
    )
    http = TestClient(screen_app(screen), base_url=HERE, follow_redirects=False)
    code = travel.store.seats.create_code(travel.people["a"], DAY)
    sent = {"csrf": "", "code": code, "server": "http://office.test", "name": "Phone",
            "passcode": PASSCODE, "again": PASSCODE}  # fmt: skip
    answer = http.post("/enrol", data=sent, headers={"origin": HERE})
    assert answer.status_code == 303, answer.text
    until(lambda: in_step(screen))
    yield Rep(travel, screen, http)
    screen.sign_out()
    travel.close()

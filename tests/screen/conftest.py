"""A rep before the screen, without a browser, and an office in this process."""

from __future__ import annotations

import datetime as dt
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from device_sdk import Device, Environment
from device_sdk.screen import passcode
from device_sdk.screen.brought import ModuleScreen, found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Offered, Screen
from device_sdk.testing import Connection, Faults, Server
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.custom import CustomField
from syncengine.model.entity import DeviceRight, Field
from syncengine.model.fields import (
    EPOCH,
    MICROSECOND,
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Json,
    Timestamp,
)  # fmt: skip
from tests.screen.running import in_step, until

HERE = "http://127.0.0.1:8321"
PASSCODE = "correct horse"
NOW = dt.datetime(2026, 11, 27, 8, tzinfo=dt.UTC)
KINDS: dict[str, FieldType] = {
    "x_photo": BlobReference(), "x_rent": Decimal(2), "x_open": Bool(), "x_since": Date(),
    "x_visit": Timestamp(), "x_class": Enum(("A", "B")), "x_raw": Json(),
}  # fmt: skip
CUSTOM = [
    CustomField("customer", Field(151 + n, name, kind, device=DeviceRight.WRITE))
    for n, (name, kind) in enumerate(KINDS.items())
]


@dataclass
class Office:
    """The office, and two reps; `anna` has a shop. `asked`: how often devices came to it."""

    server: Server
    anna: uuid.UUID
    ben: uuid.UUID
    shop: uuid.UUID
    faults: Faults = field(default_factory=Faults)
    asked: int = 0

    def connect(self, _address: str) -> Connection:
        """A device's line."""
        self.asked += 1
        return self.server.connection(self.faults)


@dataclass
class Rep:
    """Somebody with a browser on the screen's own machine."""

    office: Office
    folder: Path
    screen: Screen
    http: TestClient

    @property
    def device(self) -> Device:
        """Of who is signed in."""
        assert self.screen.user is not None
        return self.screen.user.device

    @property
    def csrf(self) -> str:
        """The session's word."""
        return self.screen.user.csrf if self.screen.user else ""

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """A page."""
        return self.http.get(path, headers={"accept-language": "en", **headers})

    def post(self, path: str, **values: str) -> httpx2.Response:
        """A form of ours; in the names of fields, `__` is a dot."""
        sent = {name.replace("__", "."): value for name, value in values.items()}
        headers = {"origin": HERE, "accept-language": "en"}
        return self.http.post(path, data={"csrf": self.csrf, **sent}, headers=headers)

    def save(self, path: str, **values: str) -> httpx2.Response:
        """Open a form, type into some of its inputs, send all of it."""
        return self.send(path, self.opened(path), **values)

    def opened(self, path: str) -> dict[str, str]:
        """What a form would send as it is."""
        return inputs(self.get(path).text)

    def send(self, path: str, form: dict[str, str], **values: str) -> httpx2.Response:
        """A form that was opened before."""
        return self.post(path, **{**form, **{f"v.{name}": v for name, v in values.items()}})

    def enrol(self, person: uuid.UUID, passcode: str = PASSCODE) -> httpx2.Response:
        """With a fresh code; once the first sync has ended."""
        answer = self.post(
            "/enrol", code=self.office.server.code(person), server="http://office.test",
            name="Phone", passcode=passcode, again=passcode,
        )  # fmt: skip
        if answer.status_code == 303:
            until(lambda: in_step(self.screen))
        return answer

    def sync(self) -> None:
        """Until what waits was answered."""
        assert self.screen.user is not None
        self.device.sync()


def inputs(page: str) -> dict[str, str]:
    """Names and values of a page's inputs, as a browser sends them."""
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        pair = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        chosen = ('type="checkbox"' not in tag and 'type="radio"' not in tag) or " checked" in tag
        if pair[0] and pair[1] and chosen:
            found[unescape(pair[0][1])] = unescape(pair[1][1])
    for name, inner in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?(.*?)</textarea>', page,
                                  re.S):  # fmt: skip
        found[unescape(name)] = unescape(inner)
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        picked = re.search(r'value="([^"]*)" selected', inner)
        found[unescape(name)] = unescape(picked[1]) if picked else ""
    return found


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deriving keys is meant to take long; not here."""
    monkeypatch.setattr(passcode, "COST", 2)


@pytest.fixture(scope="session")
def begun(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, tuple[uuid.UUID, uuid.UUID, uuid.UUID]]:
    """An office's folder, to copy: making the tables takes a second."""
    folder = tmp_path_factory.mktemp("office")
    with Server(folder, [MASTERDATA], now=NOW) as server:
        ben = server.insert("employee", number="8", login="ben", active=True)
        anna = server.insert("employee", number="7", login="anna", active=True)
        shop = server.insert(
            "customer", number="1", name="Möser Bikes", city="Graz", owner=anna, active=True
        )
    return folder, (anna, ben, shop)


@pytest.fixture
def office(
    begun: tuple[Path, tuple[uuid.UUID, uuid.UUID, uuid.UUID]], tmp_path: Path
) -> Iterator[Office]:
    """With two reps and a shop of the first one."""
    shutil.copytree(begun[0], tmp_path / "office")
    with Server(tmp_path / "office", [MASTERDATA], now=NOW) as server:
        yield Office(server, *begun[1])


def start(
    office: Office,
    folder: Path,
    offered: Offered | None = None,
    screens: Mapping[str, ModuleScreen] | None = None,
) -> Rep:
    """The screen on that folder. screens: of modules beside those that are installed."""
    clock = Environment(now=lambda: (office.server.now - EPOCH) // MICROSECOND)
    screen = Screen(
        Place(folder), found_screens() | dict(screens or {}), offered, office.connect, clock
    )
    http = TestClient(screen_app(screen), base_url=HERE, follow_redirects=False)
    return Rep(office, folder, screen, http)


@pytest.fixture
def fresh(office: Office, tmp_path: Path) -> Iterator[Rep]:
    """Before anybody was enrolled."""
    rep = start(office, tmp_path / "device")
    yield rep
    rep.screen.sign_out()


@pytest.fixture
def rep(fresh: Rep) -> Rep:
    """Anna, signed in and in step."""
    assert fresh.enrol(fresh.office.anna).status_code == 303
    return fresh


@pytest.fixture
def surveyor(tmp_path: Path) -> Iterator[Rep]:
    """Anna, offline, in an installation with fields of its own."""
    (tmp_path / "office").mkdir()
    with Server(tmp_path / "office", [MASTERDATA], now=NOW, custom=CUSTOM) as server:
        anna = server.insert("employee", number="7", login="anna", active=True)
        shop = server.insert("customer", number="1", name="Shop", owner=anna, active=True)
        rep = start(Office(server, anna, anna, shop), tmp_path / "device")
        assert rep.enrol(anna).status_code == 303
        rep.post("/airplane", on="1")
        yield rep
        rep.screen.sign_out()

"""The screen of one device: who is signed in, and what every page shows."""

from __future__ import annotations

import datetime as dt
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import jinja2
from markupsafe import Markup
from starlette.responses import HTMLResponse, RedirectResponse, Response

from device_sdk import telling
from device_sdk.device import Device
from device_sdk.errors import EnrolmentRefused
from device_sdk.rows import Row
from device_sdk.screen import assets
from device_sdk.screen.airplane import AirplaneTransport
from device_sdk.screen.asked import Asked
from device_sdk.screen.brought import Link, ModuleScreen
from device_sdk.screen.passcode import PasscodeKeys, WrongPasscode
from device_sdk.screen.place import Person, Place
from device_sdk.screen.signed_in import Hearing, SignedIn
from device_sdk.screen.titles import title, title_of
from device_sdk.screen.words import LANGUAGES, LOCALES
from device_sdk.transport import HttpTransport, Transport
from syncengine.model.environment import Environment
from syncengine.model.fields import EPOCH, MICROSECOND

TEMPLATES = Path(__file__).parent / "templates"
TABS = 3  # links of modules in the bar at the foot; further ones are on the page "More"


@dataclass(frozen=True)
class Offered:
    """What the command line gave for the enrolment: to be seen in the form."""

    server: str = ""
    code: str = ""


class Screen:
    """What pages work with: the folder, who is signed in, the templates, what modules bring."""

    def __init__(
        self,
        place: Place,
        brought: Mapping[str, ModuleScreen],
        offered: Offered | None = None,
        connect: Callable[[str], Transport] = HttpTransport,
        environment: Environment | None = None,
    ) -> None:
        self.place = place
        self.offered = offered or Offered()
        self.brought = brought
        self.user: SignedIn | None = None
        self._connect = connect
        self._environment = environment or Environment()
        self._entering = threading.Lock()
        self.catalogues = (LOCALES, *(screen.locale for screen in brought.values()))
        self.assets = assets.Assets({n: s.folder / "static" for n, s in brought.items()})
        self._templates = self._made_templates()

    # -- coming and going

    def enrol(self, server: str, code: str, name: str, passcode: str) -> SignedIn:
        """A store for one more person, with their passcode; signed in. What Device.enrol raises."""
        address, _, code = code.strip().rpartition("#")
        person = self.place.next_person(server.strip() or address)
        with self._entering:
            try:
                device, line, hearing = self._made(person, code, name, passcode)
            except WrongPasscode:  # begun before with another one, and never finished
                self.place.start_over(person)
                device, line, hearing = self._made(person, code, name, passcode)
            except EnrolmentRefused:
                self.place.start_over(person)
                raise
            self.place.add(person)
            self._leave()
            return self._entered(person, device, line, hearing)

    def _made(
        self, person: Person, code: str, name: str, passcode: str
    ) -> tuple[Device, AirplaneTransport, Hearing]:
        folder, hearing = self.place.store(person), Hearing()
        line = AirplaneTransport(self._connect(person.server), self.place.known.airplane)
        keys = PasscodeKeys(folder, passcode, self._environment.random_bytes)
        device = Device.enrol(folder, line, code, name, keys, self._environment, hearing)
        return device, line, hearing

    def sign_in(self, person: Person, passcode: str) -> SignedIn:
        """Open somebody's store: WrongPasscode, and what Device.open raises."""
        folder, hearing = self.place.store(person), Hearing()
        keys = PasscodeKeys(folder, passcode)
        keys.load()  # nobody is signed out by a wrong one
        if self.offered.server and self.offered.server != person.server:
            person = self.place.change(person, server=self.offered.server)
        with self._entering:
            self._leave()
            line = AirplaneTransport(self._connect(person.server), self.place.known.airplane)
            device = Device.open(folder, line, keys, self._environment, hearing)
            return self._entered(person, device, line, hearing)

    def _entered(
        self, person: Person, device: Device, line: AirplaneTransport, hearing: Hearing
    ) -> SignedIn:
        airplane = self.place.known.airplane
        for screen in self.brought.values():
            if screen.opened is not None:
                screen.opened(device)
        self.user = SignedIn(
            person, device, line, hearing, airplane, self._learn_name,
            self._environment.random_bytes,
        )  # fmt: skip
        return self.user

    def _learn_name(self) -> None:
        """For the page on which people sign in, as of the last sync."""
        user = self.user
        if user is None:
            return
        name = title_of(user.device, telling.people(user.device), user.device.person)
        if name and name != user.person.name:
            user.person = self.place.change(user.person, name=name)

    def sign_out(self) -> None:
        """Close the store: until somebody signs in, nothing is synced."""
        with self._entering:
            self._leave()

    def _leave(self) -> None:
        user, self.user = self.user, None
        if user is not None:
            user.close()

    def set_airplane(self, on: bool) -> None:
        """Durably, for everybody who uses the device."""
        self.place.set_airplane(on)
        if self.user is not None:
            self.user.set_airplane(on)

    # -- pages

    def now(self) -> dt.datetime:
        """By this machine's clock, in its zone."""
        return (EPOCH + self._environment.now() * MICROSECOND).astimezone()

    def _made_templates(self) -> jinja2.Environment:
        own = {n: jinja2.FileSystemLoader(s.folder / "templates") for n, s in self.brought.items()}
        made = jinja2.Environment(
            loader=jinja2.ChoiceLoader(
                [jinja2.FileSystemLoader(TEMPLATES), jinja2.PrefixLoader(own)]
            ),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        made.globals |= {"icon": assets.icon, "asset": self.assets.address, "languages": LANGUAGES}
        made.filters["title"] = title
        return made

    def render(self, asked: Asked, template: str, **values: object) -> Markup:
        """A part of a page."""
        user = asked.user
        known: dict[str, object] = {
            "_": asked.words, "w": asked.words, "user": user, "url": asked.url,
            "csrf": user.csrf if user else "", "open": "",
        }  # fmt: skip
        return Markup(self._templates.get_template(template).render(known | values))  # noqa: S704  escaped by the template

    def page(
        self, asked: Asked, template: str, status: int = 200, open_: str = "", **values: object
    ) -> Response:
        """A whole page. open_: the tab that is highlighted, the link's path with its module."""
        frame: dict[str, object] = {"open": open_, "tabs": [], "more": []}
        if asked.user is not None:
            links = self.links(asked.device)
            frame |= {
                "tabs": links[:TABS], "more": links[TABS:], "airplane": asked.user.airplane,
                "status": asked.device.status(), "rows_so_far": asked.user.rows_so_far,
                "mark": self.mark(asked.user),
            }  # fmt: skip
        return HTMLResponse(self.render(asked, template, **frame | values), status)

    def links(self, device: Device) -> list[tuple[str, Link]]:
        """(address, link) of the modules that the device has rows of."""
        held = telling.modules(device)
        return [
            (f"/{name}{link.path}", link)
            for name, screen in self.brought.items()
            if name in held
            for link in screen.links
        ]

    def blocks(self, asked: Asked, place: str, row: Row | None = None) -> list[str]:
        """What modules have to say at a place of a page."""
        held = telling.modules(asked.device)
        made = [
            screen.blocks[place](self, asked, row)
            for name, screen in sorted(self.brought.items(), key=lambda b: not b[1].first)
            if name in held and place in screen.blocks
        ]
        return [block for block in made if block]

    def person(self, asked: Asked, person: uuid.UUID) -> str:
        """What somebody is called."""
        return title_of(asked.device, telling.people(asked.device), person)

    def mark(self, user: SignedIn) -> str:
        """Another one when a page may show something else than before."""
        status = user.device.status()
        return f"{user.device.version}.{status.pending}.{status.inbox}.{','.join(status.coming)}"


def to(path: str) -> Response:
    """Go there next. The address never names a host."""
    return RedirectResponse(path, 303)


def own_path(path: str, otherwise: str = "/") -> str:
    """A path of the screen, and nothing that a browser could take for another place."""
    plain = path.isprintable() and not any(bad in path for bad in ("\\", "//", ".."))
    return path if plain and path.startswith("/") and len(path) <= 2_000 else otherwise

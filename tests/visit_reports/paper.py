"""A form with a question of every kind, and a rep before the screen who has it to fill in."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.testclient import TestClient

from device_sdk import Environment
from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Screen
from syncengine.model.manifest import Schema
from tests.screen.conftest import HERE, PASSCODE
from tests.screen.running import in_step, until
from tests.support.world import DAY
from tests.visit_reports.scene import SCHEMA, Office

YES: object = {"field": "promotion", "op": "equal", "value": True}
COMPETITORS = [
    {"key": key, "text": {"de": f"Marke {key.upper()}", "en": f"Brand {key.upper()}"}}
    for key in ("a", "b", "c")
]
PRICES = [
    {"key": "listed", "kind": "yes_no", "text": {"de": "Gelistet?", "en": "Listed?"},
     "mandatory": True},
    {"key": "price", "kind": "number", "text": {"de": "Preis", "en": "Price"}, "unit": "€",
     "minimum": "0.01", "maximum": "99", "mandatory": True,
     "shown_when": {"field": "listed", "op": "equal", "value": True}},
]  # fmt: skip
SHELF: list[dict[str, object]] = [
    {"key": "promotion", "kind": "yes_no", "text": {"de": "Ist die Aktion aufgebaut?",
     "en": "Is the promotion set up?"}, "mandatory": True},
    {"key": "why", "kind": "text", "text": {"de": "Warum nicht?", "en": "Why not?"},
     "mandatory": True, "shown_when": {"not": YES}, "maximum": 200},
    {"key": "view", "kind": "photo", "text": {"de": "Foto der Aktion",
     "en": "Photo of the promotion"}, "minimum": 1, "maximum": 2, "mandatory": True,
     "shown_when": YES},
    {"key": "place", "kind": "one", "text": {"de": "Wo steht sie?", "en": "Where is it?"},
     "choices": [{"key": "front", "text": {"de": "Eingang", "en": "Entrance"}},
                 {"key": "back", "text": {"de": "Hinten", "en": "At the back"}}]},
    {"key": "rivals", "kind": "many", "text": {"de": "Welche Mitbewerber?",
     "en": "Which competitors?"}, "choices": COMPETITORS, "maximum": 2},
    {"key": "facings", "kind": "number", "text": {"de": "Breite im Regal", "en": "Shelf space"},
     "unit": "m", "minimum": "0", "maximum": "20", "mandatory": True,
     "help": {"de": "Auf halbe Meter genau.", "en": "To half a metre."}},
    {"key": "next", "kind": "date", "text": {"de": "Nächster Besuch", "en": "Next visit"},
     "minimum": "2026-01-01"},
    {"key": "mood", "kind": "rating", "text": {"de": "Wie zufrieden ist der Markt?",
     "en": "How content is the shop?"}},
    {"key": "code", "kind": "bar_code", "text": {"de": "Strichcode am Regal",
     "en": "Bar code on the shelf"}},
]  # fmt: skip
SIGNED = {"key": "signed", "kind": "signature", "mandatory": True,
          "text": {"de": "Unterschrift des Marktes", "en": "Signature of the shop"}}  # fmt: skip


FILES = ("photo", "signature")


def form(*articles: bytes, files: bool = True) -> object:
    """With a matrix of these articles. files: with photos and a signature."""
    ids = [str(uuid.UUID(bytes=one)) for one in articles]
    matrix = {"key": "prices", "title": {"de": "Preise", "en": "Prices"}, "articles": ids,
              "questions": PRICES}  # fmt: skip
    end = {"key": "end", "title": {"de": "Abschluss", "en": "At the end"}, "questions": [SIGNED]}
    shelf = [one for one in SHELF if files or one["kind"] not in FILES]
    return {
        "sections": [
            {"key": "shelf", "title": {"de": "Regal", "en": "Shelf"}, "questions": shelf},
            *([matrix] if articles else []),
            *([end] if files else []),
        ]
    }


@dataclass
class Rep:
    """Anna before the screen, at her shop."""

    office: Office
    screen: Screen
    http: TestClient
    shop: uuid.UUID

    @property
    def customer(self) -> str:
        """The page of the shop."""
        return f"/rows/customer/{self.shop}"

    def get(self, path: str, language: str = "en") -> str:
        """A page."""
        answer = self.http.get(path, headers={"accept-language": language})
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, path: str, **values: str | list[str]) -> httpx2.Response:
        """A form of ours."""
        assert self.screen.user is not None
        sent = {"csrf": self.screen.user.csrf, **values}
        return self.http.post(path, data=sent, headers={"origin": HERE, "accept-language": "en"})

    def attach(self, content: bytes) -> str:
        """A file, as the page's script keeps it: its value."""
        assert self.screen.user is not None
        kind = {"content-type": "application/octet-stream", "x-csrf": self.screen.user.csrf}
        answer = self.http.post("/attachments", content=content, headers={"origin": HERE, **kind})
        return str(answer.json()["value"])

    def sync(self) -> None:
        """Until what waits was answered."""
        assert self.screen.user is not None
        self.screen.user.device.sync()

    def check_in(self) -> None:
        """At the shop."""
        sent = inputs_of(self.get(self.customer), "/visit_reports/check-in")
        assert self.send("/visit_reports/check-in", **sent).headers["location"] == self.customer

    def begin(self) -> str:
        """The only report that applies at the visit: its page."""
        sent = inputs_of(self.get(self.customer), "/visit_reports/start")
        return str(self.send("/visit_reports/start", **sent).headers["location"])

    def answer(self, path: str, key: str, value: str | list[str], **more: str) -> httpx2.Response:
        """A question, as a page without its script sends it."""
        return self.send(path, q=key, do="answer", value=value, **more)


def inputs_of(page: str, action: str) -> dict[str, str]:
    """What the only form of a page with that action would send."""
    (found,) = re.findall(f'<form[^>]*action="{action}"[^>]*>.*?</form>', page, re.S)
    pairs = re.findall(r'<input[^>]*name="([^"]*)" value="([^"]*)"', found)
    return {name: value for name, value in pairs if name != "csrf"}


@contextmanager
def at_the_screen(folder: Path, files: bool = True, schema: Schema = SCHEMA) -> Iterator[Rep]:
    """Anna, signed in and in step, with a report of every kind of question for her shop. files:
    with photos and a signature, which this line to the office does not carry.
    """
    office = Office(f"sqlite:///{folder / 'server.db'}", folder, schema=schema)
    shop = office.customer("a", "1")
    articles = [office.insert("article", number=f"A{n}", name=f"Oats {n}", active=True)
                for n in range(2)]  # fmt: skip
    office.publish(
        "dynamic", {"customer": shop}, form=form(*articles, files=files), title="Spring promotion"
    )
    clock = Environment(now=lambda: office.at)
    place = Place(folder / "device")
    screen = Screen(place, found_screens(), None, lambda _: office.transport(None), clock)
    http = TestClient(screen_app(screen), base_url=HERE, follow_redirects=False)
    code = office.store.seats.create_code(office.people["a"], DAY)
    typed = {"server": "http://office.test", "name": "Phone", "passcode": PASSCODE}
    sent = {"csrf": "", "code": code, "again": PASSCODE, **typed}
    answer = http.post("/enrol", data=sent, headers={"origin": HERE})
    assert answer.status_code == 303, answer.text
    until(lambda: in_step(screen))
    yield Rep(office, screen, http, uuid.UUID(bytes=shop))
    screen.sign_out()
    office.close()

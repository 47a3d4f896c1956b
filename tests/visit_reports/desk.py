"""The office's pages of visit reports, and somebody who may do everything there."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import sqlalchemy as sa

from device_sdk import Device
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import assign, close
from server.portal.words import Words
from syncengine.model.manifest import Schema
from syncengine.store.deadlines import take_deadlines
from tests.accounts.office import NOON, Office
from tests.portal.conftest import Desk, Visitor, inputs
from tests.support.world import DAY
from tests.visit_reports.scene import SCHEMA

TEMPLATES = "/portal/visit_reports/templates"


def shown(microseconds: int) -> str:
    """As an input writes it, by this machine's clock."""
    return Words("en").local(microseconds).strftime("%Y-%m-%dT%H:%M")


def seen(page: str) -> str:
    """What there is to read."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page)).split())


@dataclass
class Bureau:
    """A desk with the module. Customers 1 and 2 are of `a`, 3 is of `b`."""

    desk: Desk
    anna: Visitor

    @classmethod
    def made(cls, folder: Path, schema: Schema = SCHEMA) -> Bureau:
        office = Office(f"sqlite:///{folder / 'server.db'}", folder, schema)
        desk = Desk(office, blob_folder=str(folder / "blobs"))
        for owner, number in (("a", "1"), ("a", "2"), ("b", "3")):
            desk.world.customer(owner, number)
        return cls(desk, desk.administrator())

    def draft(self, title: str = "Shelves", kind: str = "standard") -> str:
        """The address of a new template."""
        return self.done(f"{TEMPLATES}/new", title=title, kind=kind).removesuffix("/design")

    def post(self, path: str, **typed: str) -> httpx2.Response:
        """A form, sent as a whole; in names, `__` is a dot."""
        named = {name.replace("__", "."): value for name, value in typed.items()}
        return self.anna.http.post(path, data={"csrf": self.anna.csrf, **named})

    def part(self, path: str, **typed: str) -> str:
        """What htmx gets for a form."""
        named = {name.replace("__", "."): value for name, value in typed.items()}
        sent = {"csrf": self.anna.csrf, **named}
        answer = self.anna.http.post(path, data=sent, headers={"hx-request": "true"})
        assert answer.status_code == 200, seen(answer.text)
        return str(answer.text)

    def done(self, path: str, **typed: str) -> str:
        """Likewise, and it is done: where it goes on."""
        answer = self.post(path, **typed)
        assert answer.status_code == 303, seen(answer.text)
        return str(answer.headers["location"])

    def section(self, place: str, title: str = "Shelf") -> None:
        """One more in a draft."""
        self.done(f"{place}/design/section", do="save", title__en=title)

    def question(self, place: str, text: str, kind: str = "yes_no", **typed: str) -> None:
        """One more in the section `shelf` of a draft."""
        given = {"section": "shelf", "kind": kind, "text.en": text, "do": "save", **typed}
        self.done(f"{place}/design/question", **given)

    def when(self, place: str, key: str, of: str, line: Sequence[str], **typed: str) -> Any:
        """A condition of one line: an answer, a comparison, a value."""
        built = dict(zip(("field.0.0", "op.0.0", "value.0.0"), line, strict=True))
        given = {"key": key, "of": of, "k.0": "all", "k.0.0": "line", "do": "save", **built}
        return self.post(f"{place}/design/condition", **given | typed)

    def filled(self, kind: str = "standard") -> str:
        """A draft that asks whether the shelf is filled and, if not, why."""
        place = self.draft(kind=kind)
        self.section(place)
        self.question(place, "Is it filled?", mandatory="yes")
        self.question(place, "Why not?", "text", mandatory="yes")
        line = ("is_it_filled", "equal", "false")
        assert self.when(place, "why_not", "shown_when", line).status_code == 303
        return place

    def publish(self, place: str, **typed: str) -> httpx2.Response:
        """What the page of publishing sends: for customer 1, until tomorrow."""
        version = inputs(self.anna.get(f"{place}/publish").text)["version"]
        usual = {
            "version": version, "kind": "dynamic", "starts_at": "", "do": "publish",
            "ends_at": shown(NOON + DAY), "target.0.kind": "customer", "target.0.value": "1",
        }  # fmt: skip
        return self.post(f"{place}/publish", **usual | typed)

    def work(self) -> None:
        """What the server's jobs do."""
        assign(self.desk.store, 100)
        close(self.desk.store, 100)
        take_deadlines(self.desk.store, 100)

    def device(self, person: str) -> tuple[Device, Reports]:
        """Enrolled, with what there is for that person."""
        device = self.desk.world.enrol(person)
        device.sync()
        return device, Reports(device)

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """All of them, at the server, by id."""
        table = self.desk.store.tables[entity]
        with self.desk.store.engine.connect() as connection:
            return [dict(r) for r in connection.execute(sa.select(table).order_by("id")).mappings()]

    def shop(self, number: str = "1") -> bytes:
        """A customer."""
        (row,) = (row for row in self.rows("customer") if row["number"] == number)
        return bytes(row["id"])

    def form(self) -> Any:
        """The questions of the only template."""
        (row,) = self.rows("report_template")
        return json.loads(row["form"])

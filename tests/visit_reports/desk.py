"""The office's pages of visit reports, and somebody who may do everything there."""

from __future__ import annotations

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.portal.words import Words
from tests.accounts.office import Office
from tests.portal.conftest import Desk, Visitor
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
    def made(cls, folder: Path) -> Bureau:
        office = Office(f"sqlite:///{folder / 'server.db'}", folder, SCHEMA)
        desk = Desk(office, blob_folder=str(folder / "blobs"))
        for owner, number in (("a", "1"), ("a", "2"), ("b", "3")):
            desk.world.customer(owner, number)
        return cls(desk, desk.administrator())

    def draft(self, title: str = "Shelves", kind: str = "standard") -> str:
        """The address of a new template."""
        answer = self.anna.post(f"{TEMPLATES}/new", title=title, kind=kind)
        assert answer.status_code == 303, answer.text
        return str(answer.headers["location"]).removesuffix("/design")

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """All of them, at the server, by id."""
        table = self.desk.store.tables[entity]
        with self.desk.store.engine.connect() as connection:
            return [dict(r) for r in connection.execute(sa.select(table).order_by("id")).mappings()]

    def form(self) -> Any:
        """The questions of the only template."""
        (row,) = self.rows("report_template")
        return json.loads(row["form"]) if row["form"] else None

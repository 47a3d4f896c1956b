"""Visit reports of the small installation, and what tests ask about them."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from modules.visit_reports.device import Reports
from modules.visit_reports.jobs import WATCHED, assign, close
from modules.visit_reports.manifest import VISIT_REPORTS
from server.watching import Watching
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.store.deadlines import take_deadlines
from tests.support.world import DAY, World

SCHEMA = Schema((MASTERDATA, OFFICE, VISIT_REPORTS))
START = 1_767_225_600_000_000  # 2026-01-01
Target = Mapping[str, Stored]
FORM = {
    "sections": [
        {
            "key": "shelf",
            "title": {"en": "Shelf"},
            "questions": [
                {"key": "filled", "kind": "yes_no", "text": {"en": "Is it filled?"},
                 "mandatory": True},
                {"key": "why", "kind": "text", "text": {"en": "Why not?"}, "mandatory": True,
                 "shown_when": {"field": "filled", "op": "equal", "value": False}},
                {"key": "view", "kind": "photo", "text": {"en": "A photo"}},
            ],
        }
    ]
}  # fmt: skip


def canonical(data: object) -> str:
    """JSON as it is stored."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class Office(World):
    """The small installation with the module, and a clock that tests move."""

    def __init__(
        self,
        url: str,
        folder: Path,
        random_bytes: Callable[[int], bytes] = os.urandom,
        schema: Schema = SCHEMA,
    ) -> None:
        self.at = START
        self._assign = Watching(assign, WATCHED["assignments"])
        super().__init__(url, folder, now=lambda: self.at, schema=schema, random_bytes=random_bytes)

    def publish(
        self,
        kind: str,
        *targets: Target,
        form: object = FORM,
        days: int = 30,
        begins: int = 0,
        before: bytes | None = None,
        **values: Stored,
    ) -> bytes:
        """A template with its targets, written and published in one changeset. before: the edition
        that this one is in place of.
        """
        template = self.environment.new_id()
        period: dict[str, Stored] = {}
        if kind == "dynamic":
            starts_at = self.at + begins * DAY
            period = {"starts_at": starts_at, "ends_at": starts_at + days * DAY}
        family, edition = str(uuid.UUID(bytes=template)), 1
        write = []
        if before is not None:
            (old,) = self.rows("report_template", id=before)
            family, edition = old["family"], old["edition"] + 1
            write.append(self.operation(Action.UPDATE, "report_template", before, status="ended"))
        fields: dict[str, Stored] = {
            "title": "Shelves", "kind": kind, "family": family, "edition": edition,
            "form": canonical(form), "status": "draft", **period, **values,
        }  # fmt: skip
        write.append(self.operation(Action.INSERT, "report_template", template, **fields))
        write += [self.new("report_target", template=template, **period, **t) for t in targets]
        write.append(self.operation(Action.UPDATE, "report_template", template, status="published"))
        verdict = self.write(write)
        assert verdict.version is not None, verdict
        return template

    def new(self, entity: str, **fields: Stored) -> Operation:
        """A row to be inserted."""
        return self.operation(Action.INSERT, entity, self.environment.new_id(), **fields)

    def step(self, entity: str, row: bytes, status: str, **values: Stored) -> Verdict:
        """By the office."""
        return self.update(entity, row, status=status, **values)

    def delete(self, entity: str, row: bytes) -> Verdict:
        """By the office."""
        return self.write([self.operation(Action.DELETE, entity, row)])

    def work(self) -> int:
        """What the server's jobs do; how many rows."""
        store = self.store
        return self._assign(store, 100) + close(store, 100) + take_deadlines(store, 100)

    def device(self, person: str, name: str | None = None) -> tuple[Device, Reports]:
        """Enrolled, with what there is for that person."""
        device = self.enrol(person, name=name)
        device.sync()
        return device, Reports(device)

    def substitute(self, absent: str, substitute: str) -> bytes:
        """Somebody stands in for somebody, from now on."""
        people = self.people[absent], self.people[substitute]
        return self.insert("substitution", absent=people[0], substitute=people[1], active=True)

    def rows(self, entity: str, **equal: Stored) -> list[dict[str, Any]]:
        """At the server, by id."""
        table = self.store.tables[entity]
        wanted = sa.select(table).where(*(table.c[name] == v for name, v in equal.items()))
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted.order_by(table.c.id)).mappings()]

    def status(self, entity: str, row: bytes | uuid.UUID) -> str:
        """Of a row, at the server."""
        row_id = row.bytes if isinstance(row, uuid.UUID) else row
        (found,) = self.rows(entity, id=row_id)
        return str(found["status"])

    def later(self, days: float = 1) -> None:
        """Time passes."""
        self.at += int(days * DAY)

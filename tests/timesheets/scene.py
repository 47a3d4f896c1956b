"""People of the small installation who record their time, and users of the office with rights."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from modules.timesheets.device import Timesheets
from modules.timesheets.jobs import take_up
from modules.timesheets.manifest import TIMESHEETS
from modules.timesheets.spans import Kind
from modules.visit_reports.device import Reports
from modules.visit_reports.manifest import VISIT_REPORTS
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from tests.support.world import World

SCHEMA = Schema((MASTERDATA, OFFICE, VISIT_REPORTS, TIMESHEETS))
START = 1_772_434_800_000_000  # Monday 2026-03-02 08:00 in Berlin
MARCH = dt.date(2026, 3, 1)
BERLIN = ZoneInfo("Europe/Berlin")
MINUTE = 60_000_000
OF_SHEETS = ("timesheet", "time_span", "timesheet_day", "timesheet_correction")


def at(text: str) -> dt.datetime:
    """A time in Berlin."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class Clocked(World):
    """The small installation with the module, and a clock that tests move."""

    def __init__(
        self, url: str, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.at = START
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA, random_bytes=random_bytes)

    def later(self, minutes: int) -> None:
        """Time passes."""
        self.at += minutes * MINUTE

    def device(self, person: str, name: str | None = None) -> tuple[Device, Timesheets]:
        """Enrolled, with what there is for that person."""
        device = self.enrol(person, name=name)
        device.sync()
        return device, Timesheets(device)

    def tapped(self, device: Device, timesheets: Timesheets) -> uuid.UUID:
        """A Monday: to a customer, there for half an hour, lunch, until five; the sheet."""
        customer, reports = self.customer("a", f"{self.at}"), Reports(device)
        device.sync()
        timesheets.start_travel()  # 08:00
        self.later(60)
        timesheets.end_travel()
        visit = reports.check_in(customer)
        device.sync()
        self.later(30)
        reports.check_out(visit.id)
        device.sync()
        self.later(150)
        timesheets.start_break()  # 12:00
        self.later(30)
        timesheets.end_break()
        self.later(270)
        timesheets.end_day()  # 17:00
        (sheet,) = timesheets.month(MARCH).recorded
        return sheet.id

    def submitted(self, device: Device, timesheets: Timesheets) -> uuid.UUID:
        """A month that the server has, not yet checked."""
        sheet = self.tapped(device, timesheets)
        timesheets.submit(MARCH)
        device.sync()
        return sheet

    def user(self, name: str, *rights: Right, limit: str | None = None) -> bytes:
        """A user of the office with these rights on everything of sheets."""
        who = self.insert(
            "office_user", name=name, full_name=name, language="de", active=True,
            limited_to=self.people[limit] if limit else None,
        )  # fmt: skip
        role = self.insert("office_role", name=name, administers=False)
        for entity in (*OF_SHEETS, "timesheet_setting"):
            given: dict[str, Stored] = {str(right): right in rights for right in Right}
            self._right(given | {"role": role, "entity": entity})
        self.insert("office_user_role", user=who, role=role)
        return who

    def _right(self, values: dict[str, Stored]) -> None:
        kind = "office_role_right"
        by_name = SCHEMA.entities[kind].by_name
        fields = {by_name[name].number: value for name, value in values.items()}
        new = self.environment.new_id()
        verdict = self.write([Operation(Action.INSERT, SCHEMA.tags[kind], new, fields)])
        assert verdict.version is not None, verdict

    @cached_property
    def administrator(self) -> bytes:
        """A user who has every right."""
        who = self.insert("office_user", name="root", full_name="root", language="de", active=True)
        role = self.insert("office_role", name="all", administers=True)
        self.insert("office_user_role", user=who, role=role)
        return who

    def rights(self, user: bytes) -> Rights:
        """What a user may now."""
        with self.store.engine.connect() as connection:
            return rights_of(connection, self.store.schema, self.store.tables, user)

    def by(
        self, user: bytes | None, *operations: Operation, source: Source = Source.OFFICE
    ) -> Verdict:
        """One changeset of a user, or of the operator."""
        return self.store.write(Author(source, None, "test", user), operations)

    def step(self, user: bytes | None, sheet: uuid.UUID, status: str, **along: Stored) -> Verdict:
        """A step of the office."""
        change = self.operation(Action.UPDATE, "timesheet", sheet.bytes, status=status, **along)
        return self.by(user, change)

    def new(self, entity: str, **fields: Stored) -> Operation:
        """A row to be inserted."""
        return self.operation(Action.INSERT, entity, self.environment.new_id(), **fields)

    def work(self) -> int:
        """What the server's job does; how many rows."""
        return take_up(self.store, 100)

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """At the server."""
        table = self.store.tables[entity]
        with self.store.engine.connect() as connection:
            found = connection.execute(sa.select(table).order_by(table.c.id))
            return [dict(row) for row in found.mappings()]

    def everything(self) -> dict[str, list[dict[str, Any]]]:
        """All rows of sheets at the server."""
        return {name: self.rows(name) for name in OF_SHEETS}


def whole_day(timesheets: Timesheets, day: str, begins: str = "08:00", ends: str = "12:00") -> None:
    """Recorded by hand."""
    timesheets.add(Kind.DAY, at(f"{day} {begins}"), at(f"{day} {ends}"))

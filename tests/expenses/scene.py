"""People of the small installation who travel, and users of the office with rights."""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable
from decimal import Decimal
from functools import cached_property
from io import BytesIO
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from device_sdk import Device
from modules.expenses.device import Expenses
from modules.expenses.jobs import take_default_rates, take_up
from modules.expenses.manifest import EXPENSES
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploads
from tests.attachments.scene import BOUNDS, Carrying
from tests.support.world import Faults, World

SCHEMA = Schema((MASTERDATA, OFFICE, EXPENSES))
START = 1_772_524_800_000_000  # 2026-03-03 08:00 UTC
MONDAY = dt.date(2026, 3, 2)
BERLIN = ZoneInfo("Europe/Berlin")
OF_TRIPS = tuple(entity.name for entity in EXPENSES.entities if entity.name.startswith("trip"))


def at(text: str) -> dt.datetime:
    """A time in Germany."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=BERLIN)


class Travel(World):
    """The small installation with the module, default rates, files, and a clock that tests move."""

    def __init__(
        self, url: str, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.at = START
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA, random_bytes=random_bytes)
        self.blobs = BlobFolder(folder / "blobs", self.environment.reached)
        self.uploads = Uploads(self.store, self.blobs, BOUNDS)
        self.downloads = Downloads(self.store, self.blobs)
        self.taxi = self.insert(
            "expense_type", number="taxi", name="Taxi", unit="amount", active=True
        )
        take_default_rates(self.store, 1)

    def transport(self, faults: Faults | None) -> Carrying:
        """A way to this server, for files, too."""
        made = Carrying(
            self.store, faults or Faults(), uploads=self.uploads, downloads=self.downloads
        )
        self.transports.append(made)
        return made

    def device(self, person: str, name: str | None = None) -> tuple[Device, Expenses]:
        """Enrolled, with what there is for that person."""
        device = self.enrol(person, name=name)
        device.sync()
        return device, Expenses(device)

    def user(self, name: str, *rights: Right, limit: str | None = None) -> bytes:
        """A user of the office with these rights on everything of trips."""
        who = self.insert(
            "office_user", name=name, full_name=name, language="de", active=True,
            limited_to=self.people[limit] if limit else None,
        )  # fmt: skip
        role = self.insert("office_role", name=name, administers=False)
        for entity in OF_TRIPS:
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

    def step(self, user: bytes | None, trip: uuid.UUID, status: str, **along: Stored) -> Verdict:
        """A step of the office."""
        change = self.operation(Action.UPDATE, "trip", trip.bytes, status=status, **along)
        return self.by(user, change)

    def work(self) -> int:
        """What the server's job does; how many rows."""
        return take_up(self.store, 100)

    def row(self, trip: uuid.UUID) -> dict[str, Any]:
        """At the server."""
        table = self.store.tables["trip"]
        with self.store.engine.connect() as connection:
            wanted = sa.select(table).where(table.c.id == trip.bytes)
            return dict(connection.execute(wanted).mappings().one())

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All rows of trips at the server."""
        found = {}
        with self.store.engine.connect() as connection:
            for name in OF_TRIPS:
                table = self.store.tables[name]
                rows = connection.execute(sa.select(table).order_by(table.c.id))
                found[name] = [tuple(row) for row in rows]
        return found

    def written(self, device: Device, expenses: Expenses) -> uuid.UUID:
        """A draft with a part of each kind; a long day with lunch, 2.80."""
        trip = expenses.begin("Fair in Cologne", "4711")
        expenses.add_stage(trip, "DE", at("2026-03-02 07:00"), at("2026-03-02 18:00"), "Cologne")
        expenses.add_meal(trip, MONDAY, "lunch")
        expenses.add_drive(trip, MONDAY, "car", Decimal("120"), "home, Cologne")
        item = expenses.add_item(
            trip, MONDAY, self.taxi, Decimal("23.80"), "EUR",
            vat_percent=Decimal("19"),
        )  # fmt: skip
        expenses.add_receipt(item, device.attachments.attach(BytesIO(b"a receipt")))
        return trip

    def submitted(self, device: Device, expenses: Expenses) -> uuid.UUID:
        """One that the server has, not yet checked."""
        trip = self.written(device, expenses)
        expenses.submit(trip)
        device.sync()
        return trip

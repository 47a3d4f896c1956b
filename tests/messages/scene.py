"""Messages of the small installation, and what tests ask about them."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from device_sdk import Device
from modules.masterdata.manifest import MASTERDATA
from modules.messages.device import Messages
from modules.messages.jobs import follow
from modules.messages.manifest import MESSAGES
from modules.office.manifest import OFFICE
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.store.deadlines import take_deadlines
from tests.support.world import DAY, World

SCHEMA = Schema((MASTERDATA, OFFICE, MESSAGES))
START = 1_767_225_600_000_000  # 2026-01-01
Target = Mapping[str, Stored]
Task = tuple[str, bool]  # (kind, whether it is mandatory)


class Post(World):
    """The small installation with the module, and a clock that tests move."""

    def __init__(
        self, url: str, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.at = START
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA, random_bytes=random_bytes)

    def publish(
        self,
        kind: str,
        *targets: Target,
        tasks: Sequence[Task] = (),
        begins: int = 0,
        days: int = 1,
        **values: Stored,
    ) -> bytes:
        """An info with its tasks and targets, written and published in one changeset."""
        info = self.environment.new_id()
        ends = "expires_at" if kind == "daily" else "due_at"
        starts_at = self.at + begins * DAY
        fields: dict[str, Stored] = {
            "kind": kind,
            "title": "News",
            "priority": "normal",
            "starts_at": starts_at,
            ends: starts_at + days * DAY,
            **values,
        }
        write = [self.operation(Action.INSERT, "info", info, status="draft", **fields)]
        for position, (of, mandatory) in enumerate(tasks):
            write.append(
                self.new("info_task", info=info, position=position, title=of, kind=of,
                         mandatory=mandatory)
            )  # fmt: skip
        write += [self.new("info_target", info=info, **target) for target in targets]
        write.append(self.operation(Action.UPDATE, "info", info, status="published"))
        verdict = self.write(write)
        assert verdict.version is not None, verdict
        return info

    def new(self, entity: str, **fields: Stored) -> Operation:
        """A row to be inserted."""
        return self.operation(Action.INSERT, entity, self.environment.new_id(), **fields)

    def withdraw(self, info: bytes) -> Verdict:
        """By the office."""
        return self.update("info", info, status="withdrawn")

    def work(self) -> int:
        """What the server's jobs do; how many rows."""
        return follow(self.store, 100) + take_deadlines(self.store, 100)

    def device(self, person: str) -> tuple[Device, Messages]:
        """Enrolled, with what there is for that person."""
        device = self.enrol(person)
        device.sync()
        return device, Messages(device)

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

    def receipt(self, info: bytes, **equal: Stored) -> dict[str, Any]:
        """The only one of an info."""
        (found,) = self.rows("info_receipt", info=info, **equal)
        return found

    def states(self, info: bytes, by: str) -> dict[bytes, str]:
        """Recipient -> status of its receipt."""
        return {row[by]: row["status"] for row in self.rows("info_receipt", info=info) if row[by]}

    def later(self, days: float = 1) -> None:
        """Time passes."""
        self.at += int(days * DAY)

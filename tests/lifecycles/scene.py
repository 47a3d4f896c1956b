"""Errands and claims of the small installation, and what tests ask about them."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from syncengine.model.fields import Stored
from syncengine.store.history import history
from tests.lifecycles.module import SCHEMA
from tests.support.world import DAY, World

START = 1_767_225_600_000_000  # 2026-01-01


class Life(World):
    """The small installation with the module, and a clock that tests move."""

    def __init__(
        self, url: str, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.at = START
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA, random_bytes=random_bytes)

    def errand(self, owner: str = "a", *tasks: bool, due: int | None = None) -> bytes:
        """An open errand with a task for each of `tasks`: whether it is mandatory."""
        row = self.insert(
            "errand", title="as planned", owner=self.people[owner], state="open", due=due
        )
        for mandatory in tasks:
            self.insert("task", errand=row, title="do", mandatory=mandatory, done=False)
        return row

    def tasks(self, errand: bytes) -> list[bytes]:
        """Of an errand, the mandatory ones first."""
        table = self.store.tables["task"]
        wanted = table.select().where(table.c.errand == errand).order_by(table.c.mandatory.desc())
        with self.store.engine.connect() as connection:
            return [row.id for row in connection.execute(wanted)]

    def values(self, entity: str, row: bytes) -> dict[str, Stored]:
        """At the server."""
        table = self.store.tables[entity]
        with self.store.engine.connect() as connection:
            found = connection.execute(table.select().where(table.c.id == row)).mappings().one()
        return dict(found)

    def state(self, entity: str, row: bytes) -> Stored:
        """At the server."""
        return self.values(entity, row)["state"]

    def states(self, entity: str, row: bytes) -> list[object]:
        """All that the row was set to, as the history tells, oldest first."""
        entries = history(self.store, SCHEMA.tags[entity], row)
        return [e.after["state"] for e in reversed(entries) if "state" in e.after]

    def substitute(self, absent: str, substitute: str) -> bytes:
        """Somebody stands in for somebody, from now on."""
        return self.insert(
            "substitution",
            absent=self.people[absent],
            substitute=self.people[substitute],
            active=True,
            lead_days=0,
            trail_days=0,
        )

    def later(self, days: int = 1) -> None:
        """Time passes."""
        self.at += days * DAY

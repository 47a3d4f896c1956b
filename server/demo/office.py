"""The office of a module's day: what it writes, and what its rows say in the end."""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from server.jobs import Jobs
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.named import operation
from syncengine.store.store import Store

RUNS = 3  # of a job: what is refused is made anew by the next one


def settle(jobs: Jobs, name: str) -> None:
    """Let a job come to its end. The server runs it, too, by the clock: a run that meets one there
    has its batch refused and leaves the rest.
    """
    for _ in range(RUNS):
        jobs.run(name)


class Office:
    """Of one day. about: what the day is of, for the history and for what went wrong."""

    def __init__(self, store: Store, about: str) -> None:
        self._store = store
        self._about = about
        self._author = Author(Source.OFFICE, None, f"demo: {about}")

    def insert(self, entity: str, row: bytes | None = None, /, **values: Stored) -> Operation:
        """A new row, with an id of its own where none is given."""
        made = row or self._store.environment.new_id()
        return operation(self._store.schema, Action.INSERT, entity, made, values)

    def update(self, entity: str, row: bytes, /, **values: Stored) -> Operation:
        """An edit of a row."""
        return operation(self._store.schema, Action.UPDATE, entity, row, values)

    def write(self, *operations: Operation) -> None:
        """One changeset; Problem when it has no effect."""
        verdict = self._store.write(self._author, operations)
        if verdict.version is None:
            raise Problem("demo.refused", f"{self._about}: {verdict.objections[0].detail}")

    def rows(self, entity: str) -> list[dict[str, Any]]:
        """All of a kind."""
        table = self._store.tables[entity]
        with reading(self._store.engine) as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def statuses(self, *entities: str) -> dict[str, int]:
        """How many of their rows are in which state."""
        found = Counter(row["status"] for entity in entities for row in self.rows(entity))
        return dict(sorted(found.items()))

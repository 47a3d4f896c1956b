"""Receipts follow the targets of their infos: made, withdrawn and addressed again by a job.

Whom an info is for is asked in SQL, and only what differs from the receipts that there are comes
out of the database. The ids of receipts follow from what they are for, so of several processes
that make the same one, one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa

from modules.masterdata.targets import Is, Target
from modules.messages.receipts import OPEN
from modules.messages.recipients import RECIPIENT, meant
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id
from syncengine.store.author import Author
from syncengine.store.database import reading
from syncengine.store.following import Following
from syncengine.store.named import operation
from syncengine.store.store import Store

OPERATIONS_AT_ONCE = 20_000  # of one changeset: 5,000 recipients with three tasks each
AUTHOR = Author(Source.JOB, None, "messages: recipients")


def follow(store: Store, batches: int) -> int:
    """Bring the receipts in step with what infos are for, each batch as a changeset; how many rows
    were written.

    An info is followed from its publication until its period is over; one that was withdrawn until
    no receipt of it is open. A batch that is refused, because something changed since it was looked
    up, is made anew by the next run.
    """
    following = Following(store, AUTHOR, batches)
    for info in _followed(store):
        following.step(partial(_differences, store, info))
    return following.written


JOBS = {"recipients": follow}


def _followed(store: Store) -> list[sa.Row[Any]]:
    info, receipt = store.tables["info"], store.tables["info_receipt"].c
    c, now = info.c, store.environment.now()
    is_open = sa.exists().where(receipt.info == c.id, receipt.status.in_(OPEN))
    ends = sa.func.coalesce(c.expires_at, c.due_at)
    wanted = sa.select(info).where(
        sa.or_(
            sa.and_(c.status == "published", ends > now),
            sa.and_(c.status == "withdrawn", is_open),
        )
    )
    with reading(store.engine) as connection:
        return list(connection.execute(wanted.order_by(c.id)))


def _differences(store: Store, info: sa.Row[Any]) -> list[Operation]:
    """The next steps and new receipts of an info, each with all of its answers; none where all is
    as it should be.
    """
    with reading(store.engine) as connection:
        tasks = store.tables["info_task"]
        of_info = sa.select(tasks).where(tasks.c.info == info.id).order_by(tasks.c.id)
        made = _Making(store, info, connection.execute(of_info).all())
        field = RECIPIENT[info.kind]
        table, r = store.tables[field], store.tables["info_receipt"].c
        meant = sa.select(table.c.id).where(_meant(store, connection, info))
        have = sa.select(r[field].label("id")).where(r.info == info.id)

        def first(recipients: sa.CompoundSelect[Any], room: int) -> list[bytes]:
            found = recipients.subquery().c.id
            return list(connection.scalars(sa.select(found).order_by(found).limit(room)))

        room = OPERATIONS_AT_ONCE
        gone = first(sa.except_(have.where(r.status.in_(OPEN)), meant), room)
        room -= len(gone)
        back = first(sa.intersect(have.where(r.status == "withdrawn"), meant), room)
        room -= len(back)
        new = first(sa.except_(meant, have), room // (1 + len(made.tasks)))
    return [
        *(made.step(recipient, "withdrawn") for recipient in gone),
        *(made.step(recipient, "scheduled") for recipient in back),
        *(operation for recipient in new for operation in made.receipt(field, recipient)),
    ]


@dataclass(frozen=True)
class _Making:
    """Operations on receipts of an info with these tasks."""

    store: Store
    info: sa.Row[Any]
    tasks: Sequence[sa.Row[Any]]

    def step(self, recipient: bytes, status: str) -> Operation:
        """Of a recipient's receipt, into another status."""
        values: dict[str, Stored] = {"status": status}
        if status == "scheduled":
            values["reminded_at"] = None  # it begins anew
        return self._operation(Action.UPDATE, "info_receipt", self._id(recipient), values)

    def receipt(self, field: str, recipient: bytes) -> Iterator[Operation]:
        """For a recipient, with an answer for each task."""
        row_id = self._id(recipient)
        values: dict[str, Stored] = {
            "info": self.info.id,
            field: recipient,
            "status": "scheduled",
            "expires_at": self.info.expires_at,
            "due_at": self.info.due_at,
        }
        yield self._operation(Action.INSERT, "info_receipt", row_id, values)
        for task in self.tasks:
            answer: dict[str, Stored] = {
                "receipt": row_id,
                "task": task.id,
                "kind": task.kind,
                "mandatory": task.mandatory,
            }
            made = derived_id(row_id, b"answer", task.id)
            yield self._operation(Action.INSERT, "info_answer", made, answer)

    def _id(self, recipient: bytes) -> bytes:
        return derived_id(self.info.id, b"receipt", recipient)

    def _operation(
        self, action: Action, entity: str, row_id: bytes, values: dict[str, Stored]
    ) -> Operation:
        return operation(self.store.schema, action, entity, row_id, values)


def _meant(store: Store, connection: sa.Connection, info: sa.Row[Any]) -> Is:
    """Whom an info is for, by its targets; nobody unless it is published."""
    if info.status != "published":
        return sa.false()
    targets = store.tables["info_target"]
    rows = connection.execute(sa.select(targets).where(targets.c.info == info.id)).mappings()
    return meant(store, connection, info.kind, [Target.of(row) for row in rows])

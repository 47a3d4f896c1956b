"""Leaving: what a person had goes to a successor, planned first, then written.

Everything is told from the rows as they are, so a plan made again holds what is still to do, and
a hand-over is finished, or work that came late handed on, by running it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import sqlalchemy as sa

from server.accounts.refusals import AccessDenied
from server.leaving import Below, Change, Fate, Leaving
from server.problem import Problem
from syncengine.model.access import Source
from syncengine.model.changeset import Objection, Operation
from syncengine.model.entity import Action
from syncengine.model.rights import Right
from syncengine.protocol.limits import MAX_OFFICE_OPERATIONS
from syncengine.store import tables as t
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.bulk import ChangeRefused, write_change
from syncengine.store.bulk_steps import Progress, Refused, no_progress
from syncengine.store.database import reading
from syncengine.store.seats import SeatStatus
from syncengine.store.store import Store
from syncengine.store.working import batches

ACTIVE = "active"  # the people's field that says whether somebody works here
AUTHOR = Author(Source.OFFICE, None, "hand-over")


@dataclass(frozen=True)
class Part:
    """How many rows of `entity` named the leaver in `field`, and what becomes of that."""

    entity: str
    field: str
    fate: Fate
    rows: int


@dataclass(frozen=True)
class Plan:
    """What a hand-over writes: ids and operations of its changes; the last operation of all makes
    the leaver inactive. Without changes nothing is left to do.
    """

    leaver: bytes
    successor: bytes
    parts: tuple[Part, ...]
    changes: tuple[tuple[bytes, tuple[Operation, ...]], ...]

    @property
    def operations(self) -> tuple[Operation, ...]:
        """Of all changes."""
        return tuple(o for _, operations in self.changes for o in operations)


@dataclass(frozen=True)
class LeaverDevice:
    """A device of somebody who left. synced: it has proved to hold the state after the hand-over;
    a device sends what waits before it asks for what is new.
    """

    status: SeatStatus
    synced: bool


def plan(
    store: Store,
    leaver: bytes,
    successor: bytes,
    below: Below = "successor",
    most: int = MAX_OFFICE_OPERATIONS,
) -> Plan:
    """What `hand_over` is to write, in changes of at most `most` operations.

    below: who is to lead the leaver's people. Problem: the two are one, are not there, or the
    successor is inactive.
    """
    with reading(store.engine) as connection:
        active = _check(store, connection, leaver, successor)
        now = store.environment.now()
        leaving = Leaving(connection, store.schema, store.tables, leaver, successor, below, now)
        changes = list(leaving.changes())
    if active:
        people = store.schema.people
        changes.append(Change(people, ACTIVE, leaver, Fate.ENDS, {ACTIVE: False}))
    counted = Counter((c.entity, c.field, c.fate) for c in changes)
    parts = tuple(Part(*what, rows) for what, rows in counted.items())
    made = [
        (store.environment.new_id(), tuple(some))
        for some in batches(_operations(store, changes), most)
    ]
    return Plan(leaver, successor, parts, tuple(made))


def hand_over(
    store: Store,
    plan: Plan,
    lock: bool = False,
    progress: Progress = no_progress,
    user: bytes | None = None,
) -> tuple[int, ...]:
    """Write the plan; the versions that it took. Problem when some of it is refused: what else was
    written stands, and a plan made anew has what is left.

    One changeset when it is small, else in steps that are finished after a crash
    (`syncengine.store.bulk`), the leaver becoming inactive in the last one. The same plan again
    writes nothing that was written. lock: the leaver's devices are turned away first, what they
    have not sent with them. Without it they hold personal rows and what everyone holds, and what
    they still send is late work: new rows below a row handed over are taken, edits wait. Nobody
    locks the rows between `plan` and here: what is changed meanwhile is overwritten or left for the
    next run. user: who hands over (Author); AccessDenied: they may not edit people.
    """
    author = replace(AUTHOR, user=user)
    if user is not None:
        _require_may_edit_people(store, user)
    if lock:
        store.seats.lock_all(plan.leaver)
    versions: list[int] = []
    for change, operations in plan.changes:
        try:
            written = write_change(store, author, operations, change, progress)
        except ChangeRefused as error:
            raise _refusal(error.objections[0]) from None
        if written.refused:
            raise _refusal(written.refused[0])
        versions += written.versions
    return tuple(versions)


def _require_may_edit_people(store: Store, user: bytes) -> None:
    """Before anybody's device is locked; for each row the write path asks again."""
    with reading(store.engine) as connection:
        rights = rights_of(connection, store.schema, store.tables, user)
    if not rights.may(Right.EDIT, store.schema.people):
        raise AccessDenied("Your rights do not allow you to hand over.")


def _refusal(why: Objection | Refused) -> Problem:
    return Problem(why.code, f"{why.detail} Nothing is lost: run it again.")


def devices_of(store: Store, leaver: bytes) -> list[LeaverDevice]:
    """The devices of a person who left, and whether each has synced since then."""
    r = t.record.c
    tag = store.schema.tags[store.schema.people]
    with reading(store.engine) as connection:
        left = connection.scalar(sa.select(r.version).where(r.row_id == leaver, r.tag == tag))
    return [
        LeaverDevice(status, left is not None and status.version >= left)
        for status in store.seats.list()
        if status.seat.person == leaver
    ]


def _check(store: Store, connection: sa.Connection, leaver: bytes, successor: bytes) -> bool:
    """Whether the leaver is still active; Problem when the two cannot be."""
    if leaver == successor:
        raise Problem("handover.same", "Nobody can be their own successor: name somebody else.")
    c = store.tables[store.schema.people].c
    rows = connection.execute(sa.select(c.id, c[ACTIVE]).where(c.id.in_((leaver, successor))))
    active = {bytes(row): bool(is_active) for row, is_active in rows}
    if len(active) < 2:
        raise Problem("person.unknown", f"There is no such {store.schema.people}.")
    if not active[successor]:
        raise Problem(
            "handover.inactive", "The successor is inactive: name somebody who works here."
        )
    return active[leaver]


def _operations(store: Store, changes: Iterable[Change]) -> list[Operation]:
    """One for each row, in the order in which the rows first come."""
    schema = store.schema
    made: dict[tuple[int, bytes], Operation] = {}
    for change in changes:
        entity, key = schema.entities[change.entity], (schema.tags[change.entity], change.row)
        if change.sets is None:
            made[key] = Operation(Action.DELETE, *key, {})
            continue
        earlier = made[key].fields if key in made else {}
        fields = {entity.by_name[name].number: value for name, value in change.sets.items()}
        made[key] = Operation(Action.UPDATE, *key, {**earlier, **fields})
    return list(made.values())

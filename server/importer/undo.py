"""Taking an import back: a later change that restores what was, where nobody changed it since.

A field that has another value by now stays, and so does a new row that somebody went on with: these
are told as conflicts. Everything is told from the rows as they are, so planned again after a crash
it comes to what is left.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any

import sqlalchemy as sa

from server.accounts.refusals import AccessDenied
from server.importer.findings import PlanOutdated
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.fields import Bool, Stored
from syncengine.model.rights import NEEDED, Right
from syncengine.store import tables as t
from syncengine.store.accounts import rights_of
from syncengine.store.author import Author
from syncengine.store.basis import unpack_fields
from syncengine.store.bulk import is_kept, keep
from syncengine.store.bulk_steps import Progress, Written, encoded, finish, no_progress
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.store import Store
from syncengine.store.working import batches

MAX_CONFLICTS = 1_000  # kept for the eye; the rest is counted
TRIES = 3  # where somebody writes between reading and deciding


@dataclass(frozen=True)
class Conflict:
    """What stays as it is. field: its name; empty: a row that the import made, and that was
    changed since. imported, now: stored values of the field.
    """

    entity: str
    row: bytes
    field: str
    imported: Stored
    now: Stored


@dataclass
class Undone:
    """What taking back comes to. restored: rows that get values of before; removed: rows that the
    import made; conflicts: of them MAX_CONFLICTS, left: how many there are. wanted: the rights that
    it takes, by tag.
    """

    restored: int = 0
    removed: int = 0
    left: int = 0
    conflicts: list[Conflict] = field(default_factory=list)
    operations: int = 0
    wanted: set[tuple[Right, int]] = field(default_factory=set)
    staged: IO[bytes] | None = None

    def add(self, operation: Operation) -> None:
        """Stage an operation."""
        assert self.staged is not None
        self.wanted.add((NEEDED[operation.action], operation.tag))
        packed = encoded(self.operations, operation)
        self.staged.write(len(packed).to_bytes(4, "big") + packed)
        self.operations += 1

    def stays(self, conflict: Conflict) -> None:
        """Note what stays."""
        self.left += 1
        if len(self.conflicts) < MAX_CONFLICTS:
            self.conflicts.append(conflict)

    def staged_operations(self) -> Iterator[bytes]:
        """What is staged, encoded as a bulk change keeps it."""
        assert self.staged is not None
        self.staged.seek(0)
        while head := self.staged.read(4):
            yield self.staged.read(int.from_bytes(head, "big"))


def undo(
    store: Store,
    bulk: bytes,
    author: Author,
    new: bytes,
    progress: Progress = no_progress,
) -> tuple[Undone, Written | None]:
    """Take the bulk change back as another one with the id `new`; None: nothing was to be written.

    Once that is decided it is only finished, however often this is called. AccessDenied: the user
    may not do all of it. BulkUnfinished, PlanOutdated: nothing is decided; it may be tried again.
    """
    for tries in range(TRIES):
        version = store.status().version
        with tempfile.TemporaryFile() as staged:
            undone = _plan(store, bulk, staged, progress)
            if is_kept(store, new):
                return undone, finish(store, new, progress)
            if not undone.operations:
                return undone, None
            try:
                holds = partial(_check_holds, store, bulk, author, version, undone.wanted)
                keep(store, new, author, undone.staged_operations(), holds)
            except PlanOutdated:
                if tries == TRIES - 1:
                    raise
                continue
        return undone, finish(store, new, progress)
    raise AssertionError("the last try returns or raises")


def _versions(store: Store, bulk: bytes) -> list[int]:
    s = t.bulk_step.c
    with reading(store.engine) as connection:
        found = connection.scalars(
            sa.select(s.version).where(s.bulk_id == bulk, s.version > 0).order_by(s.version.desc())
        )
        return [version for version in found if version is not None]


def _plan(store: Store, bulk: bytes, staged: IO[bytes], progress: Progress) -> Undone:
    """The last step first and in each the last operation, so that rows go before those that they
    refer to.
    """
    undone = Undone(staged=staged)
    o = t.operation
    for version in _versions(store, bulk):
        wanted = sa.select(o).where(o.c.version == version).order_by(o.c.position.desc())
        with reading(store.engine) as connection:
            operations = connection.execute(wanted).all()
            rows = _rows(store, connection, operations)
        for operation in operations:
            entity = store.schema.by_tag[operation.tag]
            now = rows.get((operation.tag, operation.row_id))
            if operation.action == str(Action.INSERT):
                _unmake(undone, entity, operation, now)
            elif operation.action == str(Action.UPDATE):
                _restore(undone, entity, operation, now)
        progress("comparing", len(operations))
    return undone


def _rows(store: Store, connection: sa.Connection, operations: Any) -> dict[tuple[int, bytes], Any]:  # noqa: ANN401
    found: dict[tuple[int, bytes], Any] = {}
    for tag in {operation.tag for operation in operations}:
        table = store.tables[store.schema.by_tag[tag].name]
        ids = [operation.row_id for operation in operations if operation.tag == tag]
        for some in batches(ids, KEYS_PER_STATEMENT):
            for row in connection.execute(sa.select(table).where(table.c.id.in_(some))):
                found[tag, row.id] = row
    return found


def _unmake(undone: Undone, entity: Entity, operation: Any, now: Any) -> None:  # noqa: ANN401
    if now is None:
        return  # somebody has deleted it
    if now.version != operation.version:
        undone.stays(Conflict(entity.name, operation.row_id, "", None, None))
        return
    undone.removed += 1
    undone.add(Operation(Action.DELETE, operation.tag, operation.row_id, {}))


def _restore(undone: Undone, entity: Entity, operation: Any, now: Any) -> None:  # noqa: ANN401
    before, after = unpack_fields(operation.before), unpack_fields(operation.after)
    back: dict[int, Stored] = {}
    for number, imported in after.items():
        declared = entity.known(number)
        if declared is None or declared.name not in entity.by_name:
            continue  # a field that was removed since
        if now is None:
            undone.stays(Conflict(entity.name, operation.row_id, declared.name, imported, None))
            continue
        value: Stored = getattr(now, declared.name)
        if isinstance(declared.type, Bool) and value is not None:
            value = bool(value)
        was = before.get(number)
        if value == imported and was != imported:
            back[number] = was
        elif value != was:
            undone.stays(Conflict(entity.name, operation.row_id, declared.name, imported, value))
    if back:
        undone.restored += 1
        undone.add(Operation(Action.UPDATE, operation.tag, operation.row_id, back))


def _check_holds(
    store: Store,
    bulk: bytes,
    author: Author,
    version: int,
    wanted: set[tuple[Right, int]],
    connection: sa.Connection,
) -> None:
    """PlanOutdated when one of the import's rows was changed since it was looked at. AccessDenied:
    the author has not all the rights that are wanted.
    """
    o, mine, step = t.operation.c, t.operation.alias().c, t.bulk_step.c
    of_import = (
        sa.select(mine.version)
        .join(t.bulk_step, step.version == mine.version)
        .where(step.bulk_id == bulk, mine.tag == o.tag, mine.row_id == o.row_id)
    )
    since = sa.select(o.version).where(o.version > version, of_import.exists()).limit(1)
    if connection.scalar(since) is not None:
        raise PlanOutdated("Rows of this import were changed meanwhile.")
    if author.user is None:
        return
    rights = rights_of(connection, store.schema, store.tables, author.user)
    if not all(rights.may(right, store.schema.by_tag[tag].name) for right, tag in wanted):
        raise AccessDenied("Your rights do not allow you to take all of this import back.")

"""Bulk changes: what is too large for one changeset is decided, kept whole, and written in steps.

A step is a changeset of at most STEP_OPERATIONS operations, so the lock is soon free again and
devices sync in between: they hold a consistent checkpoint of the work in progress. Once a change is
kept it is decided, and `bulk_steps.resume` finishes it after a crash. At most one is under way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

import msgspec
import sqlalchemy as sa

from syncengine.model.changeset import Objection, Operation, Outcome
from syncengine.model.errors import Advice, SyncError
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.bulk_steps import Progress, Written, encoded, finish, no_progress
from syncengine.store.database import reading, writing
from syncengine.store.objections import objections_to
from syncengine.store.removals import removals_first
from syncengine.store.store import Store

STEP_OPERATIONS = 1_000  # of one step; a change of no more is one changeset


class ChangeRefused(SyncError):
    """The change cannot be and nothing of it was written; `objections` says why."""

    code = "change.refused"
    advice = Advice.FIX

    def __init__(self, objections: Sequence[Objection]) -> None:
        super().__init__(objections[0].detail, reason=objections[0].code)
        self.objections = tuple(objections)


class BulkUnfinished(SyncError):
    """Another bulk change is being written, or a crash cut it short; `resume` finishes it."""

    code = "bulk.unfinished"
    advice = Advice.RETRY


def write_change(
    store: Store,
    author: Author,
    operations: Sequence[Operation],
    changeset_id: bytes | None = None,
    progress: Progress = no_progress,
) -> Written:
    """A change of any size up to MAX_OFFICE_OPERATIONS. ChangeRefused: nothing was written.

    Up to STEP_OPERATIONS it is one changeset. Beyond, it is judged whole first, without the lock,
    and then a bulk change, removals first; an operation may refer to rows that an earlier one
    makes. BulkUnfinished: there is one already. The same id again writes nothing again.
    """
    change = changeset_id or store.environment.new_id()
    if len(operations) <= STEP_OPERATIONS:
        verdict = store.write(author, operations, change)
        if verdict.outcome is Outcome.REJECTED:
            raise ChangeRefused(verdict.objections)
        versions = () if verdict.version is None else (verdict.version,)
        return Written(author.label, len(operations), versions)
    if not is_kept(store, change):
        if objections := objections_to(store, author, operations):
            raise ChangeRefused(objections)
        order = removals_first(store.schema, operations)
        keep(store, change, author, (encoded(place, operations[place]) for place in order))
    return finish(store, change, progress)


def keep(
    store: Store,
    bulk: bytes,
    author: Author,
    operations: Iterable[bytes],
    check: Callable[[sa.Connection], None] | None = None,
) -> None:
    """Decide a bulk change: durable when this returns, and only to be finished from then on.

    operations: encoded, in the order in which they are to be written; read once, a step at a time.
    check: raises, under the clock's lock, when the change no longer holds. BulkUnfinished: there is
    another. After an error nothing is kept.
    """
    with writing(store.engine) as connection:
        connection.execute(
            sa.insert(t.bulk_change).values(
                id=bulk, source=str(author.source), person=author.person,
                office_user=author.user, label=author.label, created=store.environment.now(),
            )
        )  # fmt: skip
        for number, some in enumerate(_pieces(operations)):
            connection.execute(
                sa.insert(t.bulk_step).values(
                    bulk_id=bulk, number=number, changeset_id=store.environment.new_id(),
                    operations=len(some), body=_joined(some),
                )
            )  # fmt: skip
        clocks.lock(connection)
        c = t.bulk_change.c
        other = sa.select(c.label).where(c.finished.is_(None), c.id != bulk).limit(1)
        if (label := connection.scalar(other)) is not None:
            raise BulkUnfinished(f"Another large change is not finished: {label}.", label=label)
        if check is not None:
            check(connection)
    store.environment.reached("bulk.kept")


def is_kept(store: Store, bulk: bytes) -> bool:
    """Whether a bulk change with this id was decided."""
    with reading(store.engine) as connection:
        found = connection.scalar(sa.select(t.bulk_change.c.id).where(t.bulk_change.c.id == bulk))
    return found is not None


def _pieces(operations: Iterable[bytes]) -> Iterator[list[bytes]]:
    waiting = iter(operations)
    while some := list(islice(waiting, STEP_OPERATIONS)):
        yield some


def _joined(encoded_operations: Sequence[bytes]) -> bytes:
    return msgspec.msgpack.encode([msgspec.Raw(one) for one in encoded_operations])

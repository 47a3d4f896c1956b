"""The steps of a bulk change, written one after the other until none is left.

Each has its changeset's id from the start, so it takes effect once, whoever writes it, how often
and after whatever crash; several processes may be at it. What somebody's write in the meantime has
made impossible is set apart, kept whole and told. The rest goes on: half a reassignment would help
nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.changeset import Objection, Operation, Outcome
from syncengine.model.errors import IdReused
from syncengine.protocol.changesets import ACTIONS
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.database import reading, writing
from syncengine.store.store import Store

Progress = Callable[[str, int], None]  # what is being done, and how many operations of it


@dataclass(frozen=True)
class Refused:
    """An operation that was set apart. position: its place in the change, from 0."""

    position: int
    code: str
    detail: str


@dataclass(frozen=True)
class Written:
    """What became of a change. operations: that took effect or were like that already. versions:
    of its changesets, in order; none when nothing changed.
    """

    label: str
    operations: int
    versions: tuple[int, ...]
    refused: tuple[Refused, ...] = ()


class _Kept(msgspec.Struct, array_like=True):
    position: int
    action: int
    tag: int
    row: bytes
    fields: list[tuple[int, Any]]

    def operation(self) -> Operation:
        return Operation(ACTIONS[self.action], self.tag, self.row, dict(self.fields))


@dataclass(frozen=True)
class _Step:
    bulk: bytes
    number: int
    changeset: bytes
    body: bytes


def no_progress(_what: str, _operations: int) -> None:
    """For callers that do not watch."""


def encoded(position: int, operation: Operation) -> bytes:
    """An operation as it is kept."""
    kept = _Kept(
        position, ACTIONS.index(operation.action), operation.tag, operation.row_id,
        sorted(operation.fields.items()),
    )  # fmt: skip
    return msgspec.msgpack.encode(kept)


def decoded(kept: bytes) -> Operation:
    """The reverse, without the position."""
    return msgspec.msgpack.decode(kept, type=_Kept).operation()


def resume(store: Store, progress: Progress = no_progress) -> list[Written]:
    """Finish what was decided and is not written to its end, whoever began it."""
    c = t.bulk_change.c
    with reading(store.engine) as connection:
        found = connection.scalars(
            sa.select(c.id).where(c.finished.is_(None)).order_by(c.created)
        ).all()
    return [finish(store, bulk, progress) for bulk in found]


def finish(store: Store, bulk: bytes, progress: Progress = no_progress) -> Written:
    """Write the steps that are not written yet, in order. A finished change stays as it is."""
    c = t.bulk_change.c
    with reading(store.engine) as connection:
        row = connection.execute(
            sa.select(c.source, c.person, c.label, c.office_user).where(c.id == bulk)
        ).one()
    author = Author(Source(row.source), row.person, row.label, row.office_user)
    while (step := _next(store, bulk)) is not None:
        _write(store, author, step, progress)
    with writing(store.engine) as connection:
        connection.execute(
            sa.update(t.bulk_change)
            .where(c.id == bulk, c.finished.is_(None))
            .values(finished=store.environment.now())
        )
    return _outcome(store, bulk, author.label)


def _next(store: Store, bulk: bytes) -> _Step | None:
    c = t.bulk_step.c
    wanted = sa.select(c.bulk_id, c.number, c.changeset_id, c.body)
    with reading(store.engine) as connection:
        row = connection.execute(
            wanted.where(c.bulk_id == bulk, c.version.is_(None)).order_by(c.number).limit(1)
        ).first()
    return None if row is None else _Step(*row)


def _write(store: Store, author: Author, step: _Step, progress: Progress) -> None:
    """Write a step, or set apart what is refused of it: then what is left waits in its place."""
    kept = msgspec.msgpack.decode(step.body, type=list[_Kept])
    version: int | None = None
    if kept:
        try:
            verdict = store.write(author, [k.operation() for k in kept], step.changeset)
        except IdReused:  # another process has set operations apart and written the others
            version = _version_of(store, step)
        else:
            if verdict.outcome is Outcome.REJECTED:
                _set_apart(store, step, kept, verdict.objections)
                return
            version = verdict.version
    store.environment.reached("bulk.step_written")
    with writing(store.engine) as connection:
        connection.execute(sa.update(t.bulk_step).where(_waits(step)).values(
            version=version or 0, body=b""
        ))  # fmt: skip
    progress("writing", len(kept))
    store.environment.reached("bulk.step_noted")


def _set_apart(
    store: Store, step: _Step, kept: Sequence[_Kept], objections: Sequence[Objection]
) -> None:
    """Durable before the others are written: their changeset would be another one after a crash."""
    why = {o.operation: o for o in reversed(objections)}  # the first of each operation
    rows: list[dict[str, Any]] = [
        {
            "bulk_id": step.bulk,
            "position": kept[place].position,
            "code": objection.code,
            "detail": objection.detail,
            "body": msgspec.msgpack.encode(kept[place]),
        }
        for place, objection in sorted(why.items())
    ]
    others = [k for place, k in enumerate(kept) if place not in why]
    with writing(store.engine) as connection:
        clocks.lock(connection)
        shorter = sa.update(t.bulk_step).where(_waits(step), t.bulk_step.c.body == step.body)
        body = msgspec.msgpack.encode(others)
        if connection.execute(shorter.values(operations=len(others), body=body)).rowcount:
            connection.execute(sa.insert(t.bulk_refused), rows)
    store.environment.reached("bulk.set_apart")


def _waits(step: _Step) -> sa.ColumnElement[bool]:
    c = t.bulk_step.c
    return sa.and_(c.bulk_id == step.bulk, c.number == step.number, c.version.is_(None))


def _version_of(store: Store, step: _Step) -> int | None:
    c = t.changeset.c
    with reading(store.engine) as connection:
        return connection.scalar(sa.select(c.version).where(c.id == step.changeset))


def _outcome(store: Store, bulk: bytes, label: str) -> Written:
    s, r = t.bulk_step.c, t.bulk_refused.c
    with reading(store.engine) as connection:
        steps = connection.execute(
            sa.select(s.version, s.operations).where(s.bulk_id == bulk).order_by(s.number)
        ).all()
        refused = connection.execute(
            sa.select(r.position, r.code, r.detail).where(r.bulk_id == bulk).order_by(r.position)
        ).all()
    return Written(
        label,
        sum(step.operations for step in steps),
        tuple(step.version for step in steps if step.version),
        tuple(Refused(*row) for row in refused),
    )

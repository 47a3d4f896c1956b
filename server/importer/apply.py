"""Applying a plan: journaled whole in one transaction, then chunk by chunk, finished after a
crash.
"""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from server.importer.findings import (
    ConfirmationNeeded,
    ImportRefused,
    ImportUnfinished,
    PlanOutdated,
)
from server.importer.staging import Plan, Progress, StagedOperation, no_progress
from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.entity import Action
from syncengine.protocol.changesets import ACTIONS
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.database import reading, writing
from syncengine.store.store import Store

CHUNK_OPERATIONS = 1_000
UNFINISHED = ("staged", "applying")
SHARE_TO_CONFIRM = 0.2
ROWS_TO_CONFIRM = 50


def check_share(plan: Plan) -> None:
    """ConfirmationNeeded when a large share of an entity's rows changes hands or ends."""
    for entity, counts in plan.counts.items():
        limit = max(ROWS_TO_CONFIRM, SHARE_TO_CONFIRM * counts.existing)
        for what, number in (("reassign", counts.reassigned), ("deactivate", counts.deactivated)):
            if number > limit:
                raise ConfirmationNeeded(
                    f"This would {what} {number} of {counts.existing} rows of {entity}.",
                    entity=entity, what=what, rows=number, existing=counts.existing,
                )  # fmt: skip


def apply_plan(
    store: Store, plan: Plan, confirmed: bool = False, progress: Progress = no_progress
) -> int:
    """Carry a plan out; returns how many rows were written.

    Once the journal is committed the import is decided: a crash afterwards is made good by
    `resume`. ImportUnfinished or PlanOutdated: another import was faster, and nothing is changed.
    """
    if plan.errors:
        raise ImportRefused(f"{plan.name} has {len(plan.errors)} errors and changes nothing.")
    if not confirmed:
        check_share(plan)
    if not plan.operations:
        return 0
    run = _stage(store, plan)
    store.environment.reached("import.staged")
    return _apply(store, run, plan.name, progress)


def author_of(name: str) -> Author:
    """Who writes what a file says."""
    return Author(Source.IMPORT, None, f"import {name}")


def operations_of(plan: Plan) -> list[Operation]:
    """Everything that a plan would write, in memory: for one that is known to be small."""
    return [
        operation
        for piece in plan.chunks(CHUNK_OPERATIONS)
        for operation in _operations(msgspec.msgpack.encode([msgspec.Raw(p) for p in piece]))
    ]


def resume(store: Store, progress: Progress = no_progress) -> list[str]:
    """Finish the imports that a crash cut short; their names. Called at start-up."""
    runs = t.import_run.c
    with reading(store.engine) as connection:
        unfinished = connection.execute(
            sa.select(runs.id, runs.name).where(runs.state.in_(UNFINISHED)).order_by(runs.created)
        ).all()
    for run, name in unfinished:
        _apply(store, run, name, progress)
    return [name for _, name in unfinished]


def _stage(store: Store, plan: Plan) -> bytes:
    run: bytes = store.environment.new_id()
    chunks = [
        {
            "run_id": run,
            "number": number,
            "changeset_id": store.environment.new_id(),
            "body": msgspec.msgpack.encode([msgspec.Raw(packed) for packed in piece]),
            "applied_version": None,
        }
        for number, piece in enumerate(plan.chunks(CHUNK_OPERATIONS))
    ]
    with writing(store.engine) as connection:
        connection.execute(
            sa.insert(t.import_run).values(
                id=run, name=plan.name, state="staged", created=store.environment.now(),
                total=plan.operations, applied=0, summary=plan.summary(),
            )
        )  # fmt: skip
        connection.execute(sa.insert(t.import_chunk), chunks)
        _check_alone(store, connection, plan, run)
    return run


def _check_alone(store: Store, connection: sa.Connection, plan: Plan, run: bytes) -> None:
    """Under the clock's lock, held until the journal is committed: no import is under way, and none
    made rows since the plan was. Otherwise both would make the rows that neither found.
    """
    clocks.lock(connection)
    runs, o = t.import_run.c, t.operation.c
    other = connection.scalar(
        sa.select(runs.name).where(runs.state.in_(UNFINISHED), runs.id != run).limit(1)
    )
    if other is not None:
        raise ImportUnfinished(f"The import of {other} is not finished.", file=other)
    tags = [store.schema.tags[entity] for entity in plan.counts]
    made = connection.scalar(
        sa.select(o.tag)
        .where(o.version > plan.version, o.action == str(Action.INSERT), o.tag.in_(tags))
        .limit(1)
    )
    if made is not None:
        entity = store.schema.by_tag[made].name
        raise PlanOutdated(f"New rows of {entity} were made meanwhile.", entity=entity)


def _apply(store: Store, run: bytes, name: str, progress: Progress) -> int:
    """The chunks that are not applied yet, in order; each is exactly once by its changeset id."""
    c = t.import_chunk.c
    with reading(store.engine) as connection:
        waiting = connection.scalars(
            sa.select(c.number)
            .where(c.run_id == run, c.applied_version.is_(None))
            .order_by(c.number)
        ).all()
    author = author_of(name)
    written = 0
    for number in waiting:
        here = sa.and_(c.run_id == run, c.number == number)
        with reading(store.engine) as connection:
            changeset, body = connection.execute(
                sa.select(c.changeset_id, c.body).where(here)
            ).one()
        operations = _operations(body)
        verdict = store.write(author, operations, changeset)
        if verdict.outcome is Outcome.REJECTED:
            first = verdict.objections[0]
            _end(store, run, "refused")
            raise ImportRefused(f"{name}: {first.detail} [{first.code}]", chunk=number)
        with writing(store.engine) as connection:
            connection.execute(
                sa.update(t.import_chunk).where(here).values(applied_version=verdict.version or 0)
            )
            connection.execute(
                sa.update(t.import_run)
                .where(t.import_run.c.id == run)
                .values(state="applying", applied=t.import_run.c.applied + len(operations))
            )
        written += len(operations)
        progress("applying", len(operations))
        store.environment.reached("import.chunk_applied")
    _end(store, run, "done")
    return written


def _end(store: Store, run: bytes, state: str) -> None:
    """The run is over; what was applied of it is in the history."""
    with writing(store.engine) as connection:
        connection.execute(
            sa.update(t.import_run).where(t.import_run.c.id == run).values(state=state)
        )
        connection.execute(sa.delete(t.import_chunk).where(t.import_chunk.c.run_id == run))


def _operations(body: bytes) -> list[Operation]:
    staged = msgspec.msgpack.decode(body, type=list[StagedOperation])
    return [Operation(ACTIONS[o.action], o.tag, o.row, dict(o.fields)) for o in staged]

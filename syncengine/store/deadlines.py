"""Deadlines of lifecycles: transitions that a job takes once the instant in a field has come."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.lifecycle import Lifecycle, Meets, Transition
from syncengine.store.author import Author
from syncengine.store.conditions import as_sql
from syncengine.store.database import reading
from syncengine.store.store import Store

ROWS_AT_ONCE = 2_000  # of one changeset, as many as a rule moves in one commit


def take_deadlines(store: Store, batches: int) -> int:
    """Take what is due, each batch of rows as a changeset of the system; how many rows.

    Several processes may do so: a step that is taken already is no change. One that was made
    impossible since it was looked up refuses its batch, which the next run looks up anew. What
    `batches` leaves over is for that one, too.
    """
    taken = 0
    for lifecycle, transition in _with_deadline(store):
        entity = store.schema.entities[lifecycle.entity]
        number, tag = entity.by_name[lifecycle.field].number, store.schema.tags[entity.name]
        author = Author(Source.JOB, None, f"{entity.name}: {transition.name}")
        while batches > 0 and (due := _due(store, lifecycle, transition)):
            batches -= 1
            steps = [Operation(Action.UPDATE, tag, i, {number: transition.to}) for i in due]
            if store.write(author, steps).version is None:
                break
            taken += len(due)
    return taken


def _with_deadline(store: Store) -> Iterator[tuple[Lifecycle, Transition]]:
    for lifecycle in store.schema.lifecycles.values():
        if store.schema.entities[lifecycle.entity].absent:
            continue
        for transition in lifecycle.transitions:
            if transition.when is not None:
                yield lifecycle, transition


def _due(store: Store, lifecycle: Lifecycle, transition: Transition) -> list[bytes]:
    """The next rows whose instant has come and which meet the transition's guards."""
    entity = store.schema.entities[lifecycle.entity]
    c = store.tables[entity.name].c
    assert transition.when is not None
    meets = (
        as_sql(guard.condition, store.tables, entity)
        for guard in transition.guards
        if isinstance(guard, Meets)
    )
    wanted = sa.select(c.id).where(
        c[lifecycle.field].in_(transition.sources),
        c[transition.when] <= store.environment.now(),
        *meets,
    )
    with reading(store.engine) as connection:
        return list(connection.scalars(wanted.order_by(c.id).limit(ROWS_AT_ONCE)))

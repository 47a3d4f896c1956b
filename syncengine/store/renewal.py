"""A module's next version in the database: values of fields that became others, defaults of new
ones, and the end of retired entities' rows.

These are changes like any other, through the write path, so rows get new versions and devices
take them: what a device holds of a row is the row, whatever words it was sent in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.entity import Action, Entity
from syncengine.model.environment import Environment
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.steps import Added, Renamed, Step, upwards
from syncengine.protocol.changesets import check_values
from syncengine.store import tables as t
from syncengine.store.author import Author, OfficeJob
from syncengine.store.basis import pack_fields
from syncengine.store.commit import Commit
from syncengine.store.entity_tables import entity_tables, whole_tables

BATCH = 10_000  # rows of a changeset


def renew(
    connection: sa.Connection,
    schema: Schema,
    environment: Environment,
    before: Mapping[int, Sequence[int]],
) -> None:
    """Bring the rows up to the modules' steps. The clock is of `schema` already, and locked.

    before: the numbers of the fields that each entity had until now. InvalidValue, InvalidSchema:
    a row cannot follow; the caller undoes everything.
    """
    tables = entity_tables(schema)
    for module in schema.modules:
        author = Author(Source.JOB, None, f"{module.name} {module.version}")
        changes = _changes(connection, schema, module, before)
        while operations := list(islice(changes, BATCH)):
            job = OfficeJob.of(author, environment.new_id(), operations)
            ((verdicts, error),) = Commit(connection, schema, tables, environment).run([job])
            if error is not None:
                raise error
            if verdicts[0].outcome is Outcome.REJECTED:
                raise InvalidSchema(f"{author.label}: {verdicts[0].objections[0].detail}")
            if verdicts[0].version is not None:
                _changes_nobody_made(connection, verdicts[0].version)


def _changes_nobody_made(connection: sa.Connection, version: int) -> None:
    """Work done before says the same in other words: against its base, nothing has changed."""
    o = t.operation.c
    connection.execute(
        sa.update(t.operation)
        .where(o.version == version, o.action == str(Action.UPDATE))
        .values(before=pack_fields({}))
    )


def _changes(
    connection: sa.Connection, schema: Schema, module: Module, before: Mapping[int, Sequence[int]]
) -> Iterator[Operation]:
    for entity in module.entities:
        tag = schema.tags[entity.name]
        steps = [
            step
            for step in module.steps or ()
            if step.entity == entity.name and before.get(tag) and _is_news(step, before[tag])
        ]
        if steps:
            yield from _filled(connection, schema, entity, steps)
    for entity in _referring_first(schema, [e for e in module.entities if e.retired]):
        for row_id, _ in _rows(connection, schema, entity):
            yield Operation(Action.DELETE, schema.tags[entity.name], row_id, {})


def _is_news(step: Step, before: Sequence[int]) -> bool:
    """Whether rows have nothing yet of what the step is about."""
    if isinstance(step, Renamed):
        return False
    after = (step.number,) if isinstance(step, Added) else step.after
    return set(after).isdisjoint(before)


def _filled(
    connection: sa.Connection, schema: Schema, entity: Entity, steps: Sequence[Step]
) -> Iterator[Operation]:
    for row_id, values in _rows(connection, schema, entity):
        fields: dict[int, Stored] = {}
        for step in steps:
            if isinstance(step, Added):
                fields[step.number] = step.value
            elif not isinstance(step, Renamed):
                fields |= upwards(step, entity, values[step.before])
        fields = {number: value for number, value in fields.items() if value is not None}
        if fields:
            check_values(entity, Action.UPDATE, fields)
            yield Operation(Action.UPDATE, schema.tags[entity.name], row_id, fields)


def _rows(
    connection: sa.Connection, schema: Schema, entity: Entity
) -> Iterator[tuple[bytes, dict[int, Stored]]]:
    """Every row with its values by number, those of removed fields, too."""
    table = whole_tables(schema)[entity.name]
    known = {f.name: f.number for f in (*entity.fields, *entity.removed)}
    last = b""
    while rows := connection.execute(
        sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
    ).all():
        for row in rows:
            values = row._asdict()
            yield row.id, {number: values[name] for name, number in known.items()}
        last = rows[-1].id


def _referring_first(schema: Schema, retired: Sequence[Entity]) -> list[Entity]:
    """So that no row goes to which another one still refers."""
    left, order = list(retired), []
    while left:
        names = {e.name for e in left}
        free = [e for e in left if not {r.name for r, _ in schema.referrers(e.name)} & names]
        order += free or left  # those that refer in a circle go together
        left = [e for e in left if e not in order]
    return order

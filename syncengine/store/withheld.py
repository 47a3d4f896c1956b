"""What a job brings for fields that are withheld: dropped under the clock's lock, before the job is
judged, so that neither the history nor what waits for the office has it.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.manifest import Schema
from syncengine.model.withheld import Withheld
from syncengine.store.author import DecisionJob, DeviceJob, Job, OfficeJob
from syncengine.store.working import Working


def withholds(schema: Schema, entity: str) -> bool:
    """Whether rows of this entity say what is withheld."""
    return any(one.by == entity for some in schema.withheld.values() for one in some)


def noted(working: Working, job: Job) -> Job:
    """The job without what is withheld now."""
    if not working.schema.withheld:
        return job
    sieve = _Sieve(working)
    match job:
        case DeviceJob():
            kept = [replace(x, operations=sieve.kept(x.operations)) for x in job.submissions]
            return replace(job, submissions=kept)
        case OfficeJob():
            return replace(job, operations=sieve.kept(job.operations))
        case DecisionJob():
            entered, operations = sieve.kept(job.entered), sieve.kept(job.operations)
            return replace(job, entered=entered, operations=operations)
    return job


class _Sieve:
    """Of one job. The rows that say so are read when something is brought for such a field."""

    def __init__(self, working: Working) -> None:
        self._working = working
        self._off: dict[Withheld, bool] = {}

    def kept(self, operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
        return tuple(self._without(operation) for operation in operations)

    def _without(self, operation: Operation) -> Operation:
        entity = self._working.schema.by_tag[operation.tag]
        dropped = {
            number
            for one in self._working.schema.withheld.get(entity.name, ())
            for number in (entity.by_name[name].number for name in one.fields)
            if operation.fields.get(number) is not None and self._is_off(one)
        }
        if not dropped:
            return operation
        return replace(
            operation, fields={n: v for n, v in operation.fields.items() if n not in dropped}
        )

    def _is_off(self, one: Withheld) -> bool:
        if one not in self._off:
            noted = self._working.tables[one.by].c[one.noted]
            found = sa.select(sa.literal(1)).where(noted.is_(False)).limit(1)
            self._off[one] = self._working.connection.scalar(found) is not None
        return self._off[one]

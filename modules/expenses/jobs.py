"""What the server does for trips by the clock: it checks and reckons what was submitted, and takes
the default rates into an installation that has none.
"""

from __future__ import annotations

import datetime as dt
import importlib.resources
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from modules.expenses.policy import Checked, Fault, check, sentence
from modules.expenses.rates import Rates
from modules.expenses.reckoned import Written, as_data, rates_of, trip_of
from modules.expenses.statement.making import make_statements
from modules.expenses.statement.rows import rows_of, written_of
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID, derived_id
from syncengine.store.author import Author, Expected
from syncengine.store.database import reading
from syncengine.store.following import Following
from syncengine.store.named import operation
from syncengine.store.store import Store

REVIEW = Author(Source.JOB, None, "expenses: review")
RATES = Author(Source.JOB, None, "expenses: default rates")
RATE_ENTITIES = ("per_diem_rate", "mileage_rate")
SETTLED = ("in_review", "approved", "reimbursed")
NEAR = 3 * 24 * 3600 * 1_000_000  # microseconds: trips further away share no day in any zone
AT_ONCE = 500  # submitted trips that one run looks up
MOST_FAULTS = 300  # of a trip that are kept
MOST_NEAR = 200  # other trips that are reckoned with one


def take_up(store: Store, batches: int) -> int:
    """Check and reckon trips that were submitted, each in a changeset of its own: it is under
    review then, or returned with the reason; how many rows were written.

    A trip is reckoned with the person's others near it, and written only where these are as they
    were read, so that two of one day, in two processes, are not both given the whole of it.
    """
    written = 0
    with reading(store.engine) as connection:
        ids = list(connection.scalars(_submitted(store).limit(min(AT_ONCE, batches))))
    for row_id in ids:
        with reading(store.engine) as connection:
            operations, expected = _Review(store, connection).of(row_id)
        if operations and store.write(REVIEW, operations, expected=expected).version is not None:
            written += len(operations)
    return written


def take_default_rates(store: Store, batches: int) -> int:
    """The rates that come with the module, where there are none of their kind at all; how many."""
    following = Following(store, RATES, min(batches, 1))
    following.step(lambda: list(_default_rates(store)))
    return following.written


JOBS = {"review": take_up, "rates": take_default_rates}
FILE_JOBS = {"statements": make_statements}


def _submitted(store: Store) -> sa.Select[Any]:
    trip = store.tables["trip"].c
    return sa.select(trip.id).where(trip.status == "submitted").order_by(trip.submitted_at, trip.id)


class _Review:
    """Of one trip, as it is in a snapshot."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._connection = connection

    def of(self, row_id: bytes) -> tuple[list[Operation], Expected]:
        """The trip's step, and what it was made on; none where it was taken meanwhile."""
        found = self._rows("trip", id=row_id)
        if not found or found[0]["status"] != "submitted":
            return [], Expected()
        written, rates = self._written(found[0]), self._rates()
        near = [self._written(row) for row in self._near(written)]
        others = [
            trip
            for one in near
            if one.trip["status"] in SETTLED and (trip := trip_of(one, rates.currency)) is not None
        ]
        checked = check(written, others, rates, self._rows("expense_limit"))
        tag = self._store.schema.tags["trip"]
        versions = {(tag, one.trip["id"].bytes): one.trip["version"] for one in (written, *near)}
        told = list(_objections(self._store, row_id, written, checked.faults))
        return [*told, self._step(row_id, checked, rates)], Expected(versions)

    def _step(self, row_id: bytes, checked: Checked, rates: Rates) -> Operation:
        fields = self._store.schema.entities["trip"].by_name
        reckoned = checked.reckoned
        if reckoned is None or checked.faults:
            values: dict[str, Stored] = {"status": "rejected", "reason": sentence(checked.faults)}
        else:
            values = {
                "status": "in_review",
                "currency": rates.currency,
                "total": fields["total"].type.store(reckoned.total.amount),
                "reckoned": fields["reckoned"].type.store(as_data(reckoned)),
            }
        return operation(self._store.schema, Action.UPDATE, "trip", row_id, values)

    def _near(self, written: Written) -> list[dict[str, Any]]:
        """The person's other trips, submitted and not rejected, that may share a day with one."""
        if not written.stages:
            return []
        trip, stage = self._store.tables["trip"].c, self._store.tables["trip_stage"].c
        at = self._store.schema.entities["trip_stage"].by_name["starts_at"].type
        since = at.store(min(row["starts_at"] for row in written.stages))
        until = at.store(max(row["ends_at"] for row in written.stages))
        assert isinstance(since, int)
        assert isinstance(until, int)
        with_stage = sa.exists().where(
            stage.trip == trip.id, stage.ends_at >= since - NEAR, stage.starts_at <= until + NEAR
        )
        ids = self._connection.scalars(
            sa.select(trip.id)
            .where(trip.employee == written.trip["employee"].bytes, with_stage)
            .where(trip.status.in_((*SETTLED, "submitted")), trip.id != written.trip["id"].bytes)
            .order_by(trip.id)
            .limit(MOST_NEAR)
        ).all()
        return [row for one in ids for row in self._rows("trip", id=one)]

    def _written(self, trip: dict[str, Any]) -> Written:
        return written_of(self._store, self._connection, trip)

    def _rates(self) -> Rates:
        return rates_of(*(self._rows(entity) for entity in RATE_ENTITIES))

    def _rows(self, name: str, **equal: Stored) -> list[dict[str, Any]]:
        return rows_of(self._store, self._connection, name, **equal)


def _objections(
    store: Store, trip: bytes, written: Written, faults: Sequence[Fault]
) -> Iterator[Operation]:
    """Each fault as a row, with what it is about, so that it is said in the reader's language."""
    parts = {"stage": written.stages, "drive": written.drives, "item": written.items}
    about = {row["id"]: name for name, rows in parts.items() for row in rows}
    for fault in faults[:MOST_FAULTS]:
        values: dict[str, object] = {"trip": uuid.UUID(bytes=trip), "code": fault.code,
                                     "values": fault.values, "reason": fault.detail}  # fmt: skip
        if fault.row is not None and fault.row in about:
            values[about[fault.row]] = fault.row
        elif "day" in fault.values:
            values["day"] = dt.date.fromisoformat(fault.values["day"])
        fields = store.schema.entities["trip_objection"].by_name
        stored = {name: fields[name].type.store(value) for name, value in values.items()}
        new = store.environment.new_id()
        yield operation(store.schema, Action.INSERT, "trip_objection", new, stored)


def _default_rates(store: Store) -> Iterator[Operation]:
    """Inserts under ids that follow from what they are for, so that two processes make the same."""
    text = (
        importlib.resources.files("modules.expenses")
        .joinpath("default_rates.toml")
        .read_text(encoding="utf-8")
    )
    data: Mapping[str, list[dict[str, object]]] = tomllib.loads(text)
    with reading(store.engine) as connection:
        for name in RATE_ENTITIES:
            if connection.scalar(sa.select(store.tables[name].c.id).limit(1)) is not None:
                continue
            entity = store.schema.entities[name]
            for rate in data[name]:
                what = "/".join(str(value) for value in rate.values())
                row_id = derived_id(ZERO_ID, name.encode(), what.encode())
                values = {f: entity.by_name[f].type.store(value) for f, value in rate.items()}
                yield operation(store.schema, Action.INSERT, name, row_id, values)

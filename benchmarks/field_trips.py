"""Trips of a field force, for the portal's pages: under review, given back, approved with their
statements, and what payroll was given of these.
"""

from __future__ import annotations

from functools import partial

import sqlalchemy as sa

from benchmarks.data import BEGAN, operation
from benchmarks.field_devices import Devices
from benchmarks.field_files import uploaded
from benchmarks.figures import say
from benchmarks.office import BATCH, Office
from modules.expenses.jobs import AT_ONCE, take_default_rates, take_up
from modules.expenses.statement.making import AUTHOR
from modules.expenses.statement.payroll import MOST_ENTRIES, entry_id
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Stored
from syncengine.model.windows import DAY
from syncengine.store.database import reading
from syncengine.store.named import operation as named
from syncengine.store.working import batches

TRIPS = 5  # of each rep: one under review, one given back, the others approved
APPROVED = TRIPS - 2
ITEMS = 2  # of each trip, each with a receipt
HOUR = DAY // 24
GIVEN = 2  # payroll was given one statement in so many
RECEIPT = b"%PDF-1.7 a receipt"
TELL_EVERY = 1_000


def add_trips(office: Office, devices: Devices) -> None:
    """Handed in by the reps, checked by the job, and decided by the office."""
    reps = office.generator.owners
    kind = office.insert("expense_type", number="taxi", name="Taxi", unit="amount", active=True)
    take_default_rates(office.store, 1)
    receipt = uploaded(office, reps, RECEIPT)
    trips: list[bytes] = []
    for rep in reps:
        mine = [devices.new_id(rep) for _ in range(TRIPS)]
        drafts = [
            one for n, row in enumerate(mine)
            for one in _draft(devices, rep, row, n, kind, receipt)
        ]  # fmt: skip
        devices.hand_in(rep, drafts, [_step(office, row, status="submitted") for row in mine])
        trips += mine
        if len(trips) % TELL_EVERY == 0:
            say(f"  {len(trips):,} trips handed in")
    checked = 0
    while some := take_up(office.store, AT_ONCE):
        checked += some
        say(f"  {checked:,} trips checked")
    office.insert_all([
        _step(office, row, status="approved") for n, row in enumerate(trips) if n % TRIPS < APPROVED
    ])  # fmt: skip
    office.insert_all([
        one for row in trips[APPROVED::TRIPS] for one in _given_back(office, row)
    ])  # fmt: skip
    _add_statements(office)


def _draft(
    devices: Devices, rep: bytes, trip: bytes, week: int, kind: bytes, receipt: bytes
) -> list[Operation]:
    """Of one day, with a stage, a meal, a drive, and items with their receipts."""
    new_id, starts = partial(devices.new_id, rep), BEGAN + week * 7 * DAY
    day, of = (EPOCH + starts * MICROSECOND).date().isoformat(), {"trip": trip}
    made = [
        operation("trip", trip, {"employee": rep, "purpose": f"Fair {week}", "status": "draft"}),
        operation("trip_stage", new_id(), {
            **of, "country": "DE", "place": "Cologne", "starts_at": starts,
            "ends_at": starts + 10 * HOUR, "zone": "Europe/Berlin",
        }),
        operation("trip_meal", new_id(), {**of, "day": day, "meal": "lunch"}),
        operation("trip_drive", new_id(), {
            **of, "day": day, "vehicle": "car", "kilometres": 1_200, "route": "home, Cologne",
        }),
    ]  # fmt: skip
    for number in range(ITEMS):
        item = new_id()
        made += [
            operation("trip_item", item, {
                **of, "day": day, "expense_type": kind, "gross": 2_380 + number,
                "currency": "EUR", "vat_percent": 1_900,
            }),
            operation("trip_receipt", new_id(), {
                **of, "item": item, "file": receipt, "position": 0,
            }),
        ]  # fmt: skip
    return made


def _step(office: Office, trip: bytes, **values: Stored) -> Operation:
    return named(office.store.schema, Action.UPDATE, "trip", trip, values)


def _given_back(office: Office, trip: bytes) -> list[Operation]:
    """The step, behind what is objected to."""
    objection: dict[str, Stored] = {"trip": trip, "reason": "The receipt cannot be read."}
    return [
        operation("trip_objection", office.generator.new_id(), objection),
        _step(office, trip, status="rejected", reason="A receipt is missing."),
    ]


def _add_statements(office: Office) -> None:
    """Of each trip that was approved, as the job writes them but with one file for all, which no
    page reads; and a batch of some.
    """
    store, new_id = office.store, office.generator.new_id
    trip = store.tables["trip"].c
    file = uploaded(office, [bytes(16)], b"%PDF-1.7 a statement")
    with reading(store.engine) as connection:
        wanted = sa.select(trip.id, trip.version, trip.approved_at, trip.total)
        found = connection.execute(
            wanted.where(trip.status == "approved").order_by(trip.approved_at, trip.id)
        ).all()
    now, rows = store.environment.now(), [new_id() for _ in found]
    year = (EPOCH + now * MICROSECOND).year
    statements = [
        operation("trip_statement", row, {
            "trip": one.id, "number": f"{year}-{number:06}", "language": "de", "file": file,
            "as_of": one.version, "stated_at": one.approved_at, "currency": "EUR",
            "total": one.total,
        })
        for number, (row, one) in enumerate(zip(rows, found, strict=True), 1)
    ]  # fmt: skip
    for some in batches(statements, BATCH):
        if store.write(AUTHOR, some).version is None:
            raise RuntimeError("the statements had no effect")
    batch, given = new_id(), rows[::GIVEN][:MOST_ENTRIES]
    office.write([
        operation("payroll_batch", batch, {"number": f"{year}-000001", "made_at": now}),
        *(operation("payroll_entry", entry_id(row), {"batch": batch, "statement": row})
          for row in given),
    ])  # fmt: skip
    say(f"  {len(rows):,} statements, {len(given):,} of them given to payroll")

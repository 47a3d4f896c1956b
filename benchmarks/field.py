"""A field force with its customers, devices, trips, substitutions and open decisions, for the
portal's pages: what an office has after some years.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from benchmarks.data import BEGAN, SCHEMA, Sizes, operation
from benchmarks.field_devices import Devices
from benchmarks.field_documents import add_documents
from benchmarks.field_reports import add_reports
from benchmarks.field_sheets import add_sheets
from benchmarks.field_trips import add_trips
from benchmarks.figures import say
from benchmarks.office import BATCH, Office
from modules.messages.jobs import follow
from server.substitution import switch_on
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.windows import DAY
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.list_index import ListIndex
from syncengine.store.reviews import Kind, State, pack_operations
from syncengine.store.working import batches

LEADERS = 40
APPOINTMENTS = 10  # of each rep
AWAY_EVERY = 20  # one rep in so many is substituted
RULES = 5
BATCHES = 100  # of the list index, at once; and of receipts, far more than there are
CUSTOMERS_EACH = 1_000  # to a document and to a report template that runs


@dataclass(frozen=True)
class FieldScale:
    """customers: in all. reps: with about the same number of them each, and a device each. waiting:
    open entries of each kind.
    """

    customers: int
    reps: int
    waiting: int


FULL_FIELD = FieldScale(customers=200_000, reps=1_000, waiting=1_000)
SMALL_FIELD = FieldScale(customers=4_000, reps=100, waiting=50)


def fill(url: str, scale: FieldScale) -> None:
    """Fill an empty database."""
    base, extra = divmod(scale.customers, scale.reps)
    office = Office(url, Sizes(tuple(base + (n < extra) for n in range(scale.reps))))
    reps = office.generator.owners
    leaders = office.people(iter([None, *[0] * (LEADERS - 1)]))
    people = SCHEMA.entities["employee"].by_name
    tag, manager, login = SCHEMA.tags["employee"], people["manager"].number, people["login"].number
    office.insert_all(
        [
            Operation(Action.UPDATE, tag, rep, {manager: leaders[n % LEADERS], login: f"rep{n:04}"})
            for n, rep in enumerate(reps)
        ]
    )
    _add_umlauts(office)
    say(f"  {scale.reps:,} reps with appointments, devices, substitutions and rules")
    office.insert_all([
        operation("appointment", office.generator.new_id(), {
            "customer": office.first_of[rep], "employee": rep, "subject": f"Visit {n}",
            "starts_at": BEGAN + n * DAY, "active": True,
        })
        for rep in reps for n in range(APPOINTMENTS)
    ])  # fmt: skip
    for place in range(0, scale.reps - 1, AWAY_EVERY):
        switch_on(office.store, reps[place], reps[place + 1])
    for number in range(RULES):
        condition = {"field": "city", "op": "equal", "value": f"nowhere {number}"}
        office.rule(condition, reps[number])
    _add_info(office, leaders[0])
    shelf = max(1, scale.customers // CUSTOMERS_EACH)
    add_documents(office, shelf)
    add_reports(office, shelf)
    devices = Devices(office)
    add_trips(office, devices)
    add_sheets(office, devices)
    _add_reviews(office, scale.waiting)
    while ListIndex(office.store).catch_up(BATCHES) == BATCHES:  # as the job does
        pass
    engine = office.store.engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as raw:
        vacuum = "VACUUM " if engine.dialect.name == "postgresql" else ""
        raw.execute(sa.text(f"{vacuum}ANALYZE"))  # as the database does by itself in time
    office.store.engine.dispose()


def _add_umlauts(office: Office) -> None:
    """In names and cities of every fourth customer, as they are in Austria."""
    fields, c = SCHEMA.entities["customer"].by_name, office.store.tables["customer"].c
    with reading(office.store.engine) as connection:
        rows = connection.execute(sa.select(c.id, c.name, c.city).order_by(c.id)).all()
    numbers, marked = (fields["name"].number, fields["city"].number), str.maketrans("aou", "äöü")
    office.insert_all([
        Operation(Action.UPDATE, SCHEMA.tags["customer"], row_id, {
            number: text.translate(marked)
            for number, text in zip(numbers, texts, strict=True) if text
        })
        for row_id, *texts in rows[::4]
    ])  # fmt: skip


def _add_info(office: Office, head: bytes) -> None:
    """One to everybody, with its receipts."""
    now = office.store.environment.now()
    info = office.insert(
        "info", kind="daily", title="News", text="Read *this*.", priority="normal", starts_at=now,
        expires_at=now + DAY, status="draft",
    )  # fmt: skip
    office.insert("info_target", info=info, employee=head, below=True)
    office.update("info", info, status="published")
    follow(office.store, BATCHES)


def _add_reviews(office: Office, waiting: int) -> None:
    """Edits of customers that wait, of each kind."""
    store, reps = office.store, office.generator.owners
    tag, phone = SCHEMA.tags["customer"], SCHEMA.entities["customer"].by_name["phone"].number
    new_id, now = store.environment.new_id, store.environment.now()
    rows = []
    for number in range(2 * waiting):
        kind, rep = list(Kind)[number % 2], reps[number % len(reps)]
        edit = Operation(Action.UPDATE, tag, office.first_of[rep], {phone: f"+43 {number}"})
        rows.append({
            "number": number + 1, "kind": str(kind), "state": str(State.OPEN),
            "changeset": new_id(), "incarnation": new_id(), "person": rep, "principal": rep,
            "base": 1, "behind_part": None, "behind": None, "judged": 2, "edited": now,
            "received": now, "body": pack_operations((edit,)),
            "lines": msgspec.msgpack.encode([(0, phone, "+43 1", "+43 2", f"+43 {number}")]),
            "reasons": msgspec.msgpack.encode([("late.work", "It came late.")]), "reason": "",
        })  # fmt: skip
    with writing(store.engine) as connection:
        for some in batches(rows, BATCH):
            connection.execute(sa.insert(t.review), some)

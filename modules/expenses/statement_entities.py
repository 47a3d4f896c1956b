"""Statements of trips, and which of them payroll was given. None of it is ever changed or deleted:
what was wrong is told by the next one.
"""

from __future__ import annotations

from syncengine.model.conditions import Compare, Op
from syncengine.model.entity import Action, Entity, Field
from syncengine.model.fields import (
    BlobReference,
    Date,
    Decimal,
    Enum,
    Integer,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.lifecycle import Capacity, Meets, Protection
from syncengine.model.terms import Follows

LANGUAGES = ("de", "en")
PAID_STATES = ("approved", "reimbursed")

# The server makes them of trips that are approved (jobs.py).
TRIP_STATEMENT = Entity(
    number=12,
    name="trip_statement",
    terms=(Follows("trip"),),
    fields=(
        Field(1, "trip", Reference("trip"), required=True),
        Field(2, "number", Text(20), required=True),
        Field(3, "language", Enum(LANGUAGES), required=True),
        Field(4, "file", BlobReference(), required=True),
        Field(5, "corrects", Reference("trip_statement", dangling=True)),  # the one before
        Field(6, "as_of", Integer(0), required=True),  # the version up to which it tells
        Field(7, "stated_at", Timestamp(), required=True),  # when that version was written
        Field(8, "currency", Text(3), required=True),
        Field(9, "total", Decimal(2), required=True),  # with corrections
    ),
)

PAYROLL_BATCH = Entity(
    number=13,
    name="payroll_batch",
    fields=(
        Field(1, "number", Text(20), required=True),
        Field(2, "since", Date()),
        Field(3, "until", Date()),  # the last day
        Field(4, "status", Enum(PAID_STATES)),  # of the trips; empty: either
        Field(5, "made_at", Timestamp(), required=True),
    ),
)

# Its id follows from the statement's, so that no statement is in two batches.
PAYROLL_ENTRY = Entity(
    number=14,
    name="payroll_entry",
    fields=(
        Field(1, "batch", Reference("payroll_batch"), required=True),
        Field(2, "statement", Reference("trip_statement"), required=True),
    ),
)

ENTITIES = (TRIP_STATEMENT, PAYROLL_BATCH, PAYROLL_ENTRY)
LATER = frozenset({Action.UPDATE, Action.DELETE})
STAYS = "a statement stays: a correction makes the next one"
PAID = "what payroll was given stays"


def _never(entity: Entity, because: str) -> Meets:
    return Meets(Compare(entity.fields[0].name, Op.IS_EMPTY), because=because)


PROTECTIONS = (
    Protection(
        "trip_statement",
        frozenset(Action),
        (_never(TRIP_STATEMENT, "the server makes statements"),),
        frozenset({Capacity.SYSTEM}),
    ),
    Protection("trip_statement", LATER, (_never(TRIP_STATEMENT, STAYS),)),
    Protection("payroll_batch", LATER, (_never(PAYROLL_BATCH, PAID),)),
    Protection("payroll_entry", LATER, (_never(PAYROLL_ENTRY, PAID),)),
)

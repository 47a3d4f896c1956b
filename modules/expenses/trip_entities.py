"""A trip and what belongs to it: personal rows of who travels, from the draft on.

They follow their trip and are written while it is a draft, by who travels alone. Afterwards there
are counter-entries.
"""

from __future__ import annotations

from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.terms import Follows, PersonalTo

STATES = ("draft", "submitted", "in_review", "rejected", "approved", "reimbursed")
MEALS = ("breakfast", "lunch", "dinner")
MAX_RECKONED = 60_000  # characters: 92 days and 300 lines fit (reckoned.py)
MOST_RECEIPTS = 20  # of one item


def _made(number: int, name: str, kind: FieldType, required: bool = False) -> Field:
    return Field(number, name, kind, required, DeviceRight.CREATE)


def _written(number: int, name: str, kind: FieldType, required: bool = False) -> Field:
    return Field(number, name, kind, required, DeviceRight.WRITE)


TRIP = Entity(
    number=4,
    name="trip",
    terms=(PersonalTo("employee"),),
    device=frozenset(Action),
    fields=(
        _made(1, "employee", Reference("employee"), required=True),
        _written(2, "purpose", Text(200), required=True),
        _written(3, "cost_centre", Text(40)),
        _written(4, "status", Enum(STATES), required=True),
        _made(5, "replaces", Reference("trip", dangling=True)),  # one that was rejected
        Field(6, "submitted_at", Timestamp()),
        Field(7, "in_review_at", Timestamp()),
        Field(8, "rejected_at", Timestamp()),
        Field(9, "approved_at", Timestamp()),
        Field(10, "reimbursed_at", Timestamp()),
        Field(11, "reason", Text(1_000)),  # why it was rejected
        Field(12, "currency", Text(3)),
        Field(13, "total", Decimal(2)),  # before counter-entries
        Field(14, "reckoned", Json(MAX_RECKONED)),  # every line, as it was reckoned
    ),
)


def _part(number: int, name: str, *fields: Field) -> Entity:
    return Entity(
        number=number,
        name=name,
        terms=(Follows("trip"),),
        device=frozenset(Action),
        fields=(_made(1, "trip", Reference("trip"), required=True), *fields),
    )


TRIP_STAGE = _part(
    5,
    "trip_stage",
    _written(2, "country", Text(2), required=True),
    _written(3, "place", Text(120)),
    _written(4, "starts_at", Timestamp(), required=True),
    _written(5, "ends_at", Timestamp(), required=True),
    _written(6, "zone", Text(60), required=True),  # IANA: whose midnights count
    _written(7, "awake", Bool()),  # its nights are travelled or worked through
    _written(8, "remark", Text(400)),
    _made(9, "replaces", Reference("trip_stage", dangling=True)),  # of the rejected trip
)

TRIP_MEAL = _part(
    6,
    "trip_meal",
    _written(2, "day", Date(), required=True),
    _written(3, "meal", Enum(MEALS), required=True),
    _written(4, "paid", Decimal(2)),  # by who travels, in the currency of statements
)

TRIP_DRIVE = _part(
    7,
    "trip_drive",
    _written(2, "day", Date(), required=True),
    _written(3, "vehicle", Text(40), required=True),
    _written(4, "kilometres", Decimal(1), required=True),
    _written(5, "route", Text(200)),
    _made(6, "replaces", Reference("trip_drive", dangling=True)),
)

TRIP_ITEM = _part(
    8,
    "trip_item",
    _written(2, "day", Date(), required=True),
    _written(3, "expense_type", Reference("expense_type"), required=True),
    _written(4, "gross", Decimal(2), required=True),
    _written(5, "currency", Text(3), required=True),
    _written(6, "exchange_rate", Decimal(6)),  # what one unit costs in the currency of statements
    _written(7, "vat_percent", Decimal(2)),  # empty: no tax that counts here
    _written(8, "cost_centre", Text(40)),  # where it is not the trip's
    _written(9, "remark", Text(400)),
    _made(10, "replaces", Reference("trip_item", dangling=True)),
)

TRIP_RECEIPT = _part(
    9,
    "trip_receipt",
    _made(2, "item", Reference("trip_item"), required=True),
    _made(3, "file", BlobReference(), required=True),
    _made(4, "position", Integer(0, MOST_RECEIPTS - 1), required=True),
)

# What the office adds to a trip, or takes off, once it was submitted: never changed, never deleted.
TRIP_CORRECTION = Entity(
    number=10,
    name="trip_correction",
    terms=(Follows("trip"),),
    fields=(
        Field(1, "trip", Reference("trip"), required=True),
        Field(2, "item", Reference("trip_item")),
        Field(
            3, "difference", Decimal(2), required=True
        ),  # in the trip's currency; less than 0: off
        Field(4, "reason", Text(1_000), required=True),
    ),
)

# What is wrong with what of a trip that comes back: of the check, with the code of a fault and its
# values, or of the office in its own words. About a day or one of the parts; of none: the trip.
TRIP_OBJECTION = Entity(
    number=11,
    name="trip_objection",
    terms=(Follows("trip"),),
    fields=(
        Field(1, "trip", Reference("trip"), required=True),
        Field(2, "day", Date()),
        Field(3, "stage", Reference("trip_stage")),
        Field(4, "drive", Reference("trip_drive")),
        Field(5, "item", Reference("trip_item")),
        Field(6, "code", Text(40)),
        Field(7, "values", Json(2_000)),
        Field(8, "reason", Text(1_000), required=True),
    ),
)

PARTS = (TRIP_STAGE, TRIP_MEAL, TRIP_DRIVE, TRIP_ITEM, TRIP_RECEIPT)

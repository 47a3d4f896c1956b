"""What the office keeps for all trips: rates with the time in which they are valid, and limits.

Every device has them. They are edited in the portal or imported (imports/); a trip that is under
review keeps what it was reckoned by.
"""

from __future__ import annotations

from syncengine.model.conditions import Compare, Op
from syncengine.model.entity import Action, Entity, Field
from syncengine.model.fields import Date, Decimal, Integer, Reference, Text
from syncengine.model.lifecycle import Becomes, Protection
from syncengine.model.terms import Everyone

PER_DIEM_RATE = Entity(
    number=1,
    name="per_diem_rate",
    terms=(Everyone(),),
    fields=(
        Field(1, "country", Text(2), required=True),  # ISO 3166
        Field(2, "valid_from", Date(), required=True),
        Field(3, "valid_until", Date()),  # the last day
        Field(4, "currency", Text(3), required=True),  # ISO 4217
        Field(5, "whole_day", Decimal(2), required=True),
        Field(6, "part_day", Decimal(2), required=True),
        Field(7, "longer_than", Integer(0, 1_440), required=True),  # minutes
        Field(8, "breakfast_percent", Decimal(2), required=True),
        Field(9, "lunch_percent", Decimal(2), required=True),
        Field(10, "dinner_percent", Decimal(2), required=True),
        Field(11, "source", Text(400), required=True),
    ),
)

MILEAGE_RATE = Entity(
    number=2,
    name="mileage_rate",
    terms=(Everyone(),),
    fields=(
        Field(1, "vehicle", Text(40), required=True),
        Field(2, "valid_from", Date(), required=True),
        Field(3, "valid_until", Date()),
        Field(4, "currency", Text(3), required=True),
        Field(5, "per_km", Decimal(4), required=True),
        Field(6, "source", Text(400), required=True),
    ),
)

# What an item may be, by its day; without a kind of expense it is for all of them.
EXPENSE_LIMIT = Entity(
    number=3,
    name="expense_limit",
    terms=(Everyone(),),
    fields=(
        Field(1, "expense_type", Reference("expense_type")),
        Field(2, "valid_from", Date(), required=True),
        Field(3, "valid_until", Date()),
        Field(4, "currency", Text(3), required=True),
        Field(5, "most", Decimal(2)),  # for one item
        Field(6, "receipt_above", Decimal(2)),  # a receipt has to be there
        Field(7, "source", Text(400), required=True),
    ),
)

AMOUNTS = {
    "per_diem_rate": (
        "whole_day",
        "part_day",
        "breakfast_percent",
        "lunch_percent",
        "dinner_percent",
    ),
    "mileage_rate": ("per_km",),
}
PROTECTIONS = tuple(
    Protection(
        entity,
        frozenset({Action.INSERT, Action.UPDATE}),
        tuple(
            Becomes(
                Compare(name, Op.GREATER_OR_EQUAL, 0), because="a rate is not less than nothing"
            )
            for name in names
        ),
    )
    for entity, names in AMOUNTS.items()
)

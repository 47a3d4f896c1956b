"""Customers, the market hierarchy, contacts, appointments and personal notes."""

from __future__ import annotations

from syncengine.model.entity import Action, ConflictRule, DeviceRight, Entity, Field
from syncengine.model.fields import Bool, Decimal, Integer, Reference, Text, Timestamp
from syncengine.model.terms import Everyone, FacetOf, Follows, Lent, OwnedBy, PersonalTo, Ruled

MARKET = Entity(
    number=10,
    name="market",
    key="number",
    terms=(Everyone(),),
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(120), required=True),
        Field(3, "parent", Reference("market")),
        Field(4, "country", Text(2)),
    ),
)

CUSTOMER = Entity(
    number=11,
    name="customer",
    key="number",
    terms=(
        OwnedBy("owner"),
        Ruled(),
        Lent("substitution_customer", row="customer", substitution="substitution", owner="owner"),
    ),
    device=frozenset({Action.UPDATE}),
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(200), required=True, device=DeviceRight.WRITE),
        Field(3, "owner", Reference("employee")),
        Field(4, "market", Reference("market")),
        Field(5, "street", Text(200), device=DeviceRight.WRITE),
        Field(6, "city", Text(120), device=DeviceRight.WRITE),
        Field(7, "postcode", Text(20), device=DeviceRight.WRITE),
        Field(8, "state", Text(20)),
        Field(9, "country", Text(2)),
        Field(10, "latitude", Decimal(6)),
        Field(11, "longitude", Decimal(6)),
        Field(12, "phone", Text(60), device=DeviceRight.WRITE),
        Field(13, "annual_sales", Decimal(2)),
        Field(14, "business_type", Text(40)),
        Field(15, "specialty", Text(80), device=DeviceRight.WRITE),
        Field(16, "square_feet", Integer(0), device=DeviceRight.WRITE),
        Field(17, "staff", Integer(0), device=DeviceRight.WRITE),
        Field(
            18, "remark", Text(4000), device=DeviceRight.WRITE, conflict=ConflictRule.DEVICE_WINS
        ),
        Field(19, "active", Bool(), required=True),
    ),
)

# What was agreed on with a customer: for the audience `customer_terms` among those who hold it.
CUSTOMER_TERMS = Entity(
    number=15,
    name="customer_terms",
    terms=(FacetOf("customer", audience="customer_terms"),),
    fields=(
        Field(1, "customer", Reference("customer"), required=True),
        Field(2, "credit_limit", Decimal(2)),
        Field(3, "discount_percent", Decimal(2)),
    ),
)

CONTACT = Entity(
    number=12,
    name="contact",
    terms=(Follows("customer"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
    fields=(
        Field(1, "customer", Reference("customer"), required=True, device=DeviceRight.CREATE),
        Field(2, "name", Text(200), required=True, device=DeviceRight.WRITE),
        Field(3, "role", Text(120), device=DeviceRight.WRITE),
        Field(4, "phone", Text(60), device=DeviceRight.WRITE),
        Field(5, "email", Text(200), device=DeviceRight.WRITE),
        Field(6, "active", Bool(), required=True, device=DeviceRight.WRITE),
    ),
)

# Follows its customer, not the person it was planned for: whoever takes the customer over
# visits it.
APPOINTMENT = Entity(
    number=13,
    name="appointment",
    terms=(Follows("customer"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
    fields=(
        Field(1, "customer", Reference("customer"), required=True, device=DeviceRight.CREATE),
        Field(2, "employee", Reference("employee"), required=True, device=DeviceRight.CREATE),
        Field(3, "subject", Text(200), required=True, device=DeviceRight.WRITE),
        Field(4, "starts_at", Timestamp(), required=True, device=DeviceRight.WRITE),
        Field(5, "ends_at", Timestamp(), device=DeviceRight.WRITE),
        Field(6, "active", Bool(), required=True, device=DeviceRight.WRITE),
        Field(7, "series", Text(40)),  # the same in all that were planned together
    ),
)

NOTE = Entity(
    number=14,
    name="note",
    terms=(PersonalTo("author"),),
    device=frozenset({Action.INSERT, Action.UPDATE, Action.DELETE}),
    fields=(
        Field(1, "author", Reference("employee"), required=True, device=DeviceRight.CREATE),
        # A note outlives the hand-over of the customer that it is about.
        Field(2, "customer", Reference("customer", dangling=True), device=DeviceRight.WRITE),
        Field(
            3,
            "text",
            Text(4000),
            required=True,
            device=DeviceRight.WRITE,
            conflict=ConflictRule.DEVICE_WINS,
        ),
    ),
)

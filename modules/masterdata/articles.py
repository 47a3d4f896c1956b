"""Articles, their groups, catalogues with what is in them and whom they are for, expense types.

All but the expense types are the part `catalogue`: much, seldom urgent, and nothing refers to it.
"""

from __future__ import annotations

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Bool, Date, Decimal, Enum, Reference, Text
from syncengine.model.parts import Part
from syncengine.model.terms import Everyone, FacetOf, Follows, Reaches

CATALOGUE_PART = Part(200, "catalogue")

PRODUCT_GROUP = Entity(
    number=20,
    name="product_group",
    key="number",
    terms=(Everyone(),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(120), required=True),
        Field(3, "parent", Reference("product_group")),
    ),
)

ARTICLE = Entity(
    number=21,
    name="article",
    key="number",
    terms=(Everyone(),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(200), required=True),
        Field(3, "product_number", Text(40)),
        Field(4, "product_group", Reference("product_group")),
        Field(5, "color", Text(40)),
        Field(6, "size", Text(20)),
        Field(7, "list_price", Decimal(4)),
        Field(8, "sold_from", Date()),
        Field(9, "sold_until", Date()),
        Field(10, "active", Bool(), required=True),
    ),
)

# What an article costs us: on the devices of those in the audience `purchase_prices`, and on no
# substitute's who is not in it.
PURCHASE_PRICE = Entity(
    number=27,
    name="purchase_price",
    terms=(FacetOf("article", audience="purchase_prices"),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "article", Reference("article"), required=True),
        Field(2, "purchase_price", Decimal(4)),
        Field(3, "supplier", Text(120)),
    ),
)

CATALOGUE = Entity(
    number=22,
    name="catalogue",
    key="number",
    terms=(Everyone(),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(200), required=True),
        Field(3, "valid_from", Date()),
        Field(4, "valid_until", Date()),
        Field(5, "active", Bool(), required=True),
    ),
)

CATALOGUE_ARTICLE = Entity(
    number=23,
    name="catalogue_article",
    terms=(Everyone(),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "catalogue", Reference("catalogue"), required=True),
        Field(2, "article", Reference("article"), required=True),
    ),
)

# Goes to whoever has a customer in the market, through reassignment and substitution.
CATALOGUE_MARKET = Entity(
    number=24,
    name="catalogue_market",
    terms=(Reaches("market", parent="parent", through="customer", place="market"),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "catalogue", Reference("catalogue"), required=True),
        Field(2, "market", Reference("market"), required=True),
    ),
)

# Follows the customer, so that no device learns of a customer that it does not hold.
CATALOGUE_CUSTOMER = Entity(
    number=25,
    name="catalogue_customer",
    terms=(Follows("customer"),),
    part=CATALOGUE_PART,
    fields=(
        Field(1, "catalogue", Reference("catalogue"), required=True),
        Field(2, "customer", Reference("customer"), required=True),
    ),
)

EXPENSE_TYPE = Entity(
    number=26,
    name="expense_type",
    key="number",
    terms=(Everyone(),),
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(120), required=True),
        Field(3, "unit", Enum(("amount", "km", "day")), required=True),
        Field(4, "active", Bool(), required=True),
    ),
)

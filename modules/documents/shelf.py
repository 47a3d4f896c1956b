"""What the office gives out: documents with their editions, whom they are for, and where they go.

An edition is a file with the time in which it is valid. What is published does not change: a change
is another edition, and the one before ends when that begins.
"""

from __future__ import annotations

from syncengine.model.conditions import Compare, Op
from syncengine.model.entity import Action, Entity, Field, VisibleWindow
from syncengine.model.fields import BlobReference, Bool, Enum, Integer, Reference, Text, Timestamp
from syncengine.model.lifecycle import Capacity, Lifecycle, Meets, Protection, State, Transition
from syncengine.model.terms import Carried, Follows, PersonalTo, Reaches

KINDS = ("catalogue", "price_list", "form", "other")
PUBLISHED, REPLACED = "published", "replaced"
GIVEN_OUT = (PUBLISHED, REPLACED)  # on devices until it ends

DOCUMENT = Entity(
    number=1,
    name="document",
    terms=(Carried("document_delivery", field="document"),),
    fields=(
        Field(1, "title", Text(120), required=True),
        Field(2, "kind", Enum(KINDS), required=True),
        Field(3, "keep_offline", Bool(), required=True),  # devices bring the file unasked
    ),
)

# The server keeps two fields (jobs.py): ends_at, when it is over indeed, which is at valid_until or
# when the next edition in this language begins; keep_offline, its document's, since devices ask
# the row with the file, also before it shows.
DOCUMENT_EDITION = Entity(
    number=2,
    name="document_edition",
    terms=(Follows("document"),),
    window=VisibleWindow("valid_from", "ends_at"),
    fields=(
        Field(1, "document", Reference("document"), required=True),
        Field(2, "file", BlobReference(), required=True),
        Field(3, "file_name", Text(200), required=True),
        Field(4, "media_type", Text(100), required=True),
        Field(5, "size", Integer(1), required=True),  # bytes
        Field(6, "language", Text(20)),
        Field(7, "valid_from", Timestamp(), required=True),
        Field(8, "valid_until", Timestamp()),
        Field(9, "whats_new", Text(2_000)),
        Field(10, "ends_at", Timestamp()),
        Field(11, "keep_offline", Bool()),
        Field(12, "status", Enum(("draft", *GIVEN_OUT, "withdrawn")), required=True),
    ),
)

# An office matter. One of employee, customer, market, audience and rule; several rows add up.
DOCUMENT_TARGET = Entity(
    number=3,
    name="document_target",
    fields=(
        Field(1, "document", Reference("document"), required=True),
        Field(2, "employee", Reference("employee")),
        Field(3, "below", Bool()),  # everybody whom the employee leads, too
        Field(4, "customer", Reference("customer")),
        Field(5, "market", Reference("market")),  # and all below it
        Field(6, "audience", Reference("audience")),
        Field(7, "rule", Reference("rule")),  # the customers that it selects, active or not
    ),
)

# For one person, with one customer, or with all customers of a market: the others are empty.
DOCUMENT_DELIVERY = Entity(
    number=4,
    name="document_delivery",
    terms=(
        PersonalTo("employee"),
        Follows("customer"),
        Reaches("market", parent="parent", through="customer", place="market"),
    ),
    fields=(
        Field(1, "document", Reference("document"), required=True),
        Field(2, "employee", Reference("employee")),
        Field(3, "customer", Reference("customer")),
        Field(4, "market", Reference("market")),
        Field(5, "status", Enum(("current", "ended")), required=True),
    ),
)

_OFFICE, _SYSTEM = frozenset({Capacity.OFFICE}), frozenset({Capacity.SYSTEM})

EDITIONS = Lifecycle(
    "document_edition",
    "status",
    (
        State("draft", initial=True, releases=True),
        State("published"),
        State("replaced"),
        State("withdrawn", releases=True),
    ),
    (
        Transition("publish", ("draft",), "published", _OFFICE),
        Transition("replace", ("published",), "replaced", _SYSTEM),
        Transition("reinstate", ("replaced",), "published", _SYSTEM),
        Transition("withdraw", GIVEN_OUT, "withdrawn", _OFFICE),
    ),
)

DELIVERIES = Lifecycle(
    "document_delivery",
    "status",
    (State("current", initial=True), State("ended", releases=True)),
    (
        Transition("end", ("current",), "ended", _SYSTEM),
        Transition("deliver_again", ("ended",), "current", _SYSTEM),
    ),
)

PROTECTIONS = (
    Protection(
        "document_edition",
        frozenset({Action.UPDATE, Action.DELETE}),
        (
            Meets(
                Compare("status", Op.EQUAL, "draft"),
                because="it is published: withdraw it, or publish another edition",
            ),
        ),
        spares=_SYSTEM,
    ),
    Protection(
        "document_delivery",
        frozenset(Action),
        (
            Meets(
                Compare("status", Op.IS_EMPTY),  # never
                because="the server makes deliveries from the targets: change these",
            ),
        ),
        spares=_SYSTEM,
    ),
)

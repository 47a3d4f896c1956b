"""What a rep answers at a visit: a report of one template, with a row for each answer.

Both follow the customer, so whoever takes the customer over or stands in goes on with them. The
template of a report is the edition that it was begun with, for good.
"""

from __future__ import annotations

from syncengine.model.conditions import Compare, Not, Op
from syncengine.model.entity import Action, DeviceRight, Entity, Field, LateWork
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Filled,
    Late,
    Lifecycle,
    Meets,
    Protection,
    Stamp,
    State,
    Transition,
)
from syncengine.model.terms import Follows

OPEN = ("open", "in_progress", "complete")
ANSWERED_IN = ("open", "in_progress")
STATES = (*OPEN, "confirmed", "returned")
MOST_PHOTOS = 50  # of one question

REPORT = Entity(
    number=5,
    name="report",
    terms=(Follows("customer"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
    late_edit=LateWork.ACCEPT,
    fields=(
        Field(
            1,
            "template",
            Reference("report_template", dangling=True),  # archived, it is on no device
            required=True,
            device=DeviceRight.CREATE,
        ),
        Field(
            2,
            "visit",
            Reference("visit", dangling=True),  # closed, it is on no device
            required=True,
            device=DeviceRight.CREATE,
        ),
        Field(3, "customer", Reference("customer"), required=True, device=DeviceRight.CREATE),
        Field(4, "status", Enum(STATES), required=True, device=DeviceRight.WRITE),
        Field(5, "completed_at", Timestamp()),
        Field(6, "confirmed_at", Timestamp()),
        Field(7, "confirmed_by", Reference("employee")),
        Field(8, "confirmed_for", Reference("employee")),
        Field(9, "returned_at", Timestamp()),
        Field(10, "reopened_at", Timestamp()),
        Field(11, "reason", Text(1_000)),  # why the office gave it back
    ),
)

# The answer to one question, of one article where there are articles; photos of a question have
# positions. The field that counts is that of the question's kind.
REPORT_ANSWER = Entity(
    number=6,
    name="report_answer",
    terms=(Follows("report"),),
    device=frozenset(Action),
    late_edit=LateWork.ACCEPT,
    fields=(
        Field(1, "report", Reference("report"), required=True, device=DeviceRight.CREATE),
        Field(2, "question", Text(40), required=True, device=DeviceRight.CREATE),
        Field(3, "article", Reference("article", dangling=True), device=DeviceRight.CREATE),
        Field(
            4,
            "position",
            Integer(0, MOST_PHOTOS - 1),
            required=True,
            device=DeviceRight.CREATE,
        ),
        Field(5, "yes", Bool(), device=DeviceRight.WRITE),
        Field(6, "text", Text(4_000), device=DeviceRight.WRITE),  # the key of a choice, too
        Field(7, "choices", Json(), device=DeviceRight.WRITE),
        Field(8, "amount", Decimal(4), device=DeviceRight.WRITE),
        Field(9, "day", Date(), device=DeviceRight.WRITE),
        Field(10, "file", BlobReference(), device=DeviceRight.WRITE),
    ),
)

REP = frozenset({Capacity.OWNER, Capacity.SUBSTITUTE})
OFFICE = frozenset({Capacity.OFFICE})
SYSTEM = frozenset({Capacity.SYSTEM})
CONFIRMED = (
    ("confirmed_at", Stamp.MADE),
    ("confirmed_by", Stamp.ACTOR),
    ("confirmed_for", Stamp.PRINCIPAL),
)
RETURNED = (("returned_at", Stamp.RECEIVED), ("reason", Stamp.EMPTY))
BEFORE = ("completed_at", *(field for field, _ in CONFIRMED), "returned_at")
REOPENED = (("reopened_at", Stamp.RECEIVED), *((field, Stamp.EMPTY) for field in BEFORE))

FILLED = Filled("template", "report_answer", "report")

REPORTS = Lifecycle(
    "report",
    "status",
    (
        State("open", initial=True),
        State("in_progress"),
        State("complete"),
        State("confirmed", releases=True),
        State("returned", releases=True),
    ),
    (
        Transition("begin", ("open",), "in_progress", REP),
        Transition(
            "complete",
            ANSWERED_IN,
            "complete",
            REP,
            (FILLED,),
            late=Late.NOTED,
            stamps=(("completed_at", Stamp.MADE),),
        ),
        Transition("resume", ("complete",), "in_progress", REP),
        Transition(
            "confirm",
            ("complete",),
            "confirmed",
            REP,
            (FILLED,),
            late=Late.NOTED,
            stamps=CONFIRMED,
        ),
        Transition("return", ("confirmed",), "returned", SYSTEM, stamps=RETURNED),
        Transition(
            "reopen",
            ("returned",),
            "in_progress",
            OFFICE,
            (Meets(Not(Compare("reason", Op.IS_EMPTY)), because="a reason has to be given"),),
            along=("reason",),
            stamps=REOPENED,
        ),
    ),
)

PROTECTIONS = (
    Protection(
        "report",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(Compare("customer", Op.IS_EMPTY), because="a report changes by its steps alone"),),
    ),
    Protection(
        "report_answer",
        frozenset(Action),
        (
            Above(
                "report",
                Compare("status", Op.ONE_OF, ANSWERED_IN),
                because="the report is complete: go back to it first",
            ),
        ),
        late=LateWork.ACCEPT,
    ),
)

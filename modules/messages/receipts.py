"""What recipients do: a receipt for each person of a daily info and each customer of an action
info, with an answer for each task.

The server makes them (jobs.py); devices take their steps and fill in the answers.
"""

from __future__ import annotations

from modules.messages.infos import TASK_KINDS
from syncengine.model.conditions import AllOf, AnyOf, Compare, Not, Op
from syncengine.model.entity import Action, ConflictRule, DeviceRight, Entity, Field, LateWork
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Decimal,
    Enum,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Every,
    Late,
    Lifecycle,
    Meets,
    Protection,
    Stamp,
    State,
    Transition,
    Until,
)
from syncengine.model.terms import Follows, PersonalTo

OPEN = ("scheduled", "delivered", "shown", "tasks_done")
WAITING = OPEN[:2]  # not shown yet
STATES = (*OPEN, "confirmed", "expired", "withdrawn")

# For the person alone, or for whoever has the customer: one of both is empty.
INFO_RECEIPT = Entity(
    number=6,
    name="info_receipt",
    terms=(PersonalTo("employee"), Follows("customer")),
    device=frozenset({Action.UPDATE}),
    late_edit=LateWork.ACCEPT,
    fields=(
        Field(1, "info", Reference("info", dangling=True), required=True),  # it leaves by its time
        Field(2, "employee", Reference("employee")),
        Field(3, "customer", Reference("customer")),
        Field(4, "status", Enum(STATES), required=True, device=DeviceRight.WRITE),
        Field(5, "expires_at", Timestamp()),
        Field(6, "due_at", Timestamp()),
        Field(7, "delivered_at", Timestamp()),
        Field(8, "shown_at", Timestamp()),
        Field(9, "tasks_done_at", Timestamp()),
        Field(10, "confirmed_at", Timestamp()),
        Field(11, "confirmed_by", Reference("employee")),
        Field(12, "confirmed_for", Reference("employee")),
        Field(  # the instant of the last reminder that was shown
            13,
            "reminded_at",
            Timestamp(),
            device=DeviceRight.WRITE,
            conflict=ConflictRule.MAXIMUM,
        ),
    ),
)

# Done when it has what its kind asks for. Kind and mandatory are the task's, for the guard.
INFO_ANSWER = Entity(
    number=7,
    name="info_answer",
    terms=(Follows("receipt"),),
    device=frozenset({Action.UPDATE}),
    late_edit=LateWork.ACCEPT,
    fields=(
        Field(1, "receipt", Reference("info_receipt"), required=True),
        Field(2, "task", Reference("info_task", dangling=True), required=True),
        Field(3, "kind", Enum(TASK_KINDS), required=True),
        Field(4, "mandatory", Bool(), required=True),
        Field(5, "yes", Bool(), device=DeviceRight.WRITE),  # of check and yes_no
        Field(6, "text", Text(4_000), device=DeviceRight.WRITE),
        Field(7, "amount", Decimal(4), device=DeviceRight.WRITE),
        Field(8, "photo", BlobReference(), device=DeviceRight.WRITE),
    ),
)

VALUE_OF = {"check": "yes", "yes_no": "yes", "text": "text", "number": "amount", "photo": "photo"}
_ANSWERED = [
    AllOf((Compare("kind", Op.EQUAL, kind), Not(Compare(field, Op.IS_EMPTY))))
    for kind, field in VALUE_OF.items()
    if kind != "check"
]
DONE = AnyOf(
    (
        Compare("mandatory", Op.EQUAL, False),
        AllOf((Compare("kind", Op.EQUAL, "check"), Compare("yes", Op.EQUAL, True))),
        *_ANSWERED,
    )
)
TASKS_DONE = Every("info_answer", "receipt", DONE, because="all mandatory tasks have to be done")
REP = frozenset({Capacity.OWNER, Capacity.SUBSTITUTE})
SYSTEM = frozenset({Capacity.SYSTEM})
DELIVERED, SHOWN = ("delivered_at", Stamp.MADE), ("shown_at", Stamp.MADE)
CONFIRMED = (
    ("confirmed_at", Stamp.MADE),
    ("confirmed_by", Stamp.ACTOR),
    ("confirmed_for", Stamp.PRINCIPAL),
)
STAMPED = ("delivered_at", "shown_at", "tasks_done_at", *(field for field, _ in CONFIRMED))

RECEIPTS = Lifecycle(
    "info_receipt",
    "status",
    (
        State("scheduled", initial=True),
        *(State(name) for name in OPEN[1:]),
        *(State(name, releases=True) for name in ("confirmed", "expired", "withdrawn")),
    ),
    (
        Transition(
            "deliver", ("scheduled",), "delivered", REP, (), Late.NOTED, stamps=(DELIVERED,)
        ),
        Transition(
            "show_at_once", ("scheduled",), "shown", REP, (), Late.NOTED, stamps=(DELIVERED, SHOWN)
        ),
        Transition("show", ("delivered",), "shown", REP, (), Late.NOTED, stamps=(SHOWN,)),
        Transition(
            "finish",
            ("shown",),
            "tasks_done",
            REP,
            (TASKS_DONE,),
            Late.NOTED,
            stamps=(("tasks_done_at", Stamp.MADE),),
        ),
        Transition(
            "confirm",
            ("shown", "tasks_done"),
            "confirmed",
            REP,
            (TASKS_DONE,),
            Late.NOTED,
            stamps=CONFIRMED,
        ),
        Transition(  # it was confirmed in time, and the device came too late to tell
            "confirm_in_time",
            ("expired",),
            "confirmed",
            REP,
            (Until("expires_at"), TASKS_DONE),
            Late.NOTED,
            stamps=CONFIRMED,
        ),
        Transition("expire", OPEN, "expired", SYSTEM, when="expires_at"),
        Transition("withdraw", OPEN, "withdrawn", SYSTEM),
        Transition(
            "address_again",
            ("withdrawn",),
            "scheduled",
            SYSTEM,
            stamps=tuple((field, Stamp.EMPTY) for field in STAMPED),
        ),
    ),
)

KEPT = "the server keeps it"
NEVER = Compare("info", Op.IS_EMPTY)
PROTECTIONS = (
    Protection(
        "info_receipt",
        frozenset({Action.INSERT, Action.DELETE}),
        (Meets(NEVER, because=KEPT),),
        SYSTEM,
    ),
    Protection(  # who takes its steps also says which reminder was shown
        "info_receipt",
        frozenset({Action.UPDATE}),
        (Meets(NEVER, because=KEPT),),
        SYSTEM | REP,
        LateWork.ACCEPT,
    ),
    Protection(
        "info_answer",
        frozenset({Action.INSERT, Action.DELETE}),
        (Meets(Compare("receipt", Op.IS_EMPTY), because=KEPT),),
        SYSTEM,
    ),
    Protection(
        "info_answer",
        frozenset({Action.UPDATE}),
        (Above("receipt", Compare("status", Op.ONE_OF, OPEN), because="the info is closed"),),
        late=LateWork.ACCEPT,
    ),
)

"""A small module with lifecycles: errands with tasks, which leave when confirmed; claims for money
that a manager approves.
"""

from __future__ import annotations

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.conditions import AnyOf, Compare, Not, Op
from syncengine.model.entity import Action, DeviceRight, Entity, Field, LateWork
from syncengine.model.fields import Bool, Decimal, Enum, Reference, Text, Timestamp
from syncengine.model.lifecycle import (
    Above,
    Becomes,
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
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.terms import Follows, OwnedBy

WRITE = DeviceRight.WRITE
OWNER, SUBSTITUTE, MANAGER = Capacity.OWNER, Capacity.SUBSTITUTE, Capacity.MANAGER
OFFICE, SYSTEM = Capacity.OFFICE, Capacity.SYSTEM

ERRAND = Entity(
    1,
    "errand",
    (
        Field(1, "title", Text(80), True, WRITE),
        Field(2, "owner", Reference("employee"), True, DeviceRight.CREATE),
        Field(3, "state", Enum(("open", "overdue", "confirmed", "withdrawn")), True, WRITE),
        Field(4, "due", Timestamp()),
        Field(5, "confirmed_by", Reference("employee")),
        Field(6, "confirmed_for", Reference("employee")),
        Field(7, "confirmed_at", Timestamp()),
        Field(8, "received_at", Timestamp()),
    ),
    terms=(OwnedBy("owner"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
)
TASK = Entity(
    2,
    "task",
    (
        Field(1, "errand", Reference("errand"), True, DeviceRight.CREATE),
        Field(2, "title", Text(80), True, WRITE),
        Field(3, "mandatory", Bool(), True, DeviceRight.CREATE),
        Field(4, "done", Bool(), True, WRITE),
    ),
    terms=(Follows("errand"),),
    device=frozenset(Action),
    late_edit=LateWork.ACCEPT,
)
CLAIM = Entity(
    3,
    "claim",
    (
        Field(1, "owner", Reference("employee"), True, DeviceRight.CREATE),
        Field(2, "amount", Decimal(2), True, WRITE),
        Field(3, "state", Enum(("draft", "submitted", "approved", "rejected")), True, WRITE),
        Field(4, "reason", Text(200), device=WRITE),
        Field(5, "until", Timestamp(), device=DeviceRight.CREATE),
    ),
    terms=(OwnedBy("owner"),),
    device=frozenset(Action),
)
OPEN = Compare("state", Op.ONE_OF, ("open", "overdue"))
ERRANDS = Lifecycle(
    "errand",
    "state",
    (
        State("open", initial=True),
        State("overdue"),
        State("confirmed", releases=True),
        State("withdrawn", releases=True),
    ),
    (
        Transition(
            "confirm",
            ("open", "overdue"),
            "confirmed",
            frozenset({OWNER, SUBSTITUTE}),
            (
                Every(
                    "task",
                    "errand",
                    AnyOf((Compare("done", Op.EQUAL, True), Compare("mandatory", Op.EQUAL, False))),
                    because="all mandatory tasks have to be done",
                ),
            ),
            stamps=(
                ("confirmed_by", Stamp.ACTOR),
                ("confirmed_for", Stamp.PRINCIPAL),
                ("confirmed_at", Stamp.MADE),
                ("received_at", Stamp.RECEIVED),
            ),
        ),
        Transition("expire", ("open",), "overdue", frozenset({SYSTEM}), when="due"),
        Transition("withdraw", ("open", "overdue"), "withdrawn", frozenset({OFFICE})),
        Transition(
            "reopen",
            ("confirmed",),
            "open",
            frozenset({OFFICE}),
            stamps=(("confirmed_by", Stamp.EMPTY), ("confirmed_at", Stamp.EMPTY)),
        ),
    ),
)
CLAIMS = Lifecycle(
    "claim",
    "state",
    (State("draft", initial=True), State("submitted"), State("approved"), State("rejected")),
    (
        Transition(
            "submit",
            ("draft",),
            "submitted",
            frozenset({OWNER}),
            (Until("until"),),
            late=Late.WAITS,
        ),
        Transition("approve", ("submitted",), "approved", frozenset({MANAGER, OFFICE})),
        Transition(
            "reject",
            ("submitted",),
            "rejected",
            frozenset({MANAGER, OFFICE}),
            (Meets(Not(Compare("reason", Op.IS_EMPTY)), because="a reason has to be given"),),
            along=("reason",),
        ),
        Transition("revise", ("rejected",), "draft", frozenset({OWNER})),
    ),
)
PROTECTIONS = (
    Protection(
        "task",
        frozenset(Action),
        (Above("errand", OPEN),),
        spares=frozenset({OFFICE}),
        late=LateWork.ACCEPT,
    ),
    Protection(
        "task",
        frozenset({Action.DELETE}),
        (Meets(Compare("mandatory", Op.EQUAL, False), because="it is mandatory"),),
        spares=frozenset({OFFICE}),
    ),
    Protection(
        "claim",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(Compare("state", Op.EQUAL, "draft")),),
    ),
    Protection(
        "claim",
        frozenset({Action.INSERT, Action.UPDATE}),
        (Becomes(Compare("amount", Op.GREATER_OR_EQUAL, 0), because="it is less than nothing"),),
    ),
)
LIFECYCLES = Module(
    202,
    "lifecycles",
    1,
    (ERRAND, TASK, CLAIM),
    migrations="tests.lifecycles:migrations",
    lifecycles=(ERRANDS, CLAIMS),
    protections=PROTECTIONS,
)
SCHEMA = Schema((MASTERDATA, LIFECYCLES))

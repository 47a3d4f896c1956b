"""The states of a trip, and who may write what of it in which.

A draft is private: it is on the devices of who travels and backed up at the server, and no user of
the office has it. Once it is submitted nothing of it changes but by these steps.
"""

from __future__ import annotations

from modules.expenses.trip_entities import PARTS
from syncengine.model.conditions import Compare, Not, Op
from syncengine.model.entity import Action
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Lifecycle,
    Meets,
    Protection,
    Stamp,
    State,
    Transition,
)

OWNER = frozenset({Capacity.OWNER})
OFFICE = frozenset({Capacity.OFFICE})
SYSTEM = frozenset({Capacity.SYSTEM})
RECKONED = ("currency", "total", "reckoned")
GIVEN = Meets(Not(Compare("reason", Op.IS_EMPTY)), because="a reason has to be given")
REJECTED = (("rejected_at", Stamp.RECEIVED),)

TRIPS = Lifecycle(
    "trip",
    "status",
    (
        State("draft", initial=True, private=True),
        State("submitted"),
        State("in_review"),
        State("rejected"),
        State("approved"),
        State("reimbursed"),
    ),
    (
        Transition(
            "submit", ("draft",), "submitted", OWNER, stamps=(("submitted_at", Stamp.RECEIVED),)
        ),
        Transition(  # the server has checked it, and reckoned it once more (jobs.py)
            "take_up",
            ("submitted",),
            "in_review",
            SYSTEM,
            along=RECKONED,
            stamps=(("in_review_at", Stamp.RECEIVED),),
        ),
        Transition(
            "return",
            ("submitted",),
            "rejected",
            SYSTEM,
            (GIVEN,),
            along=("reason",),
            stamps=REJECTED,
        ),
        Transition(
            "reject",
            ("in_review",),
            "rejected",
            OFFICE,
            (GIVEN,),
            along=("reason",),
            stamps=REJECTED,
        ),
        Transition(
            "approve", ("in_review",), "approved", OFFICE, stamps=(("approved_at", Stamp.RECEIVED),)
        ),
        Transition(
            "reimburse",
            ("approved",),
            "reimbursed",
            OFFICE,
            stamps=(("reimbursed_at", Stamp.RECEIVED),),
        ),
    ),
)

DRAFT = Compare("status", Op.EQUAL, "draft")
OPEN = Compare("status", Op.ONE_OF, ("in_review", "approved"))
PERSONAL = "only who travels writes it"
FROZEN = "it is submitted: what is wrong is set right by a correction, or after it was rejected"
CHECKED = Compare("status", Op.ONE_OF, ("submitted", "in_review"))
NEVER = Compare("trip", Op.IS_EMPTY)  # of a part

PROTECTIONS = (
    Protection(
        "trip",
        frozenset(Action),
        (Meets(Compare("employee", Op.IS_EMPTY), because=PERSONAL),),
        OWNER,
    ),
    Protection("trip", frozenset({Action.UPDATE, Action.DELETE}), (Meets(DRAFT, because=FROZEN),)),
    *(
        protection
        for part in PARTS
        for protection in (
            Protection(part.name, frozenset(Action), (Meets(NEVER, because=PERSONAL),), OWNER),
            Protection(part.name, frozenset(Action), (Above("trip", DRAFT, because=FROZEN),)),
        )
    ),
    Protection(
        "trip_correction",
        frozenset({Action.INSERT}),
        (Above("trip", OPEN, because="only a trip under review or approved is corrected"),),
    ),
    Protection(
        "trip_correction",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(NEVER, because="a correction stays: write another one"),),
    ),
    Protection(  # written with the step that gives the trip back, and before it
        "trip_objection",
        frozenset({Action.INSERT}),
        (Above("trip", CHECKED, because="only a trip that is being checked is objected to"),),
    ),
    Protection(
        "trip_objection",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(NEVER, because="what was objected to stays"),),
    ),
)

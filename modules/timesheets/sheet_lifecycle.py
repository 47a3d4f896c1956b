"""The states of a sheet, and who may write what of it in which.

A recorded sheet is private: it is on the devices of who works and backed up at the server, and no
user of the office has it. Once it is submitted nothing of it changes but by these steps.
"""

from __future__ import annotations

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
GIVEN = Meets(Not(Compare("reason", Op.IS_EMPTY)), because="a reason has to be given")
REJECTED = (("rejected_at", Stamp.RECEIVED),)

SHEETS = Lifecycle(
    "timesheet",
    "status",
    (
        State("recorded", initial=True, private=True),
        State("submitted"),
        State("in_review"),
        State("rejected"),
        State("approved"),
    ),
    (
        Transition(
            "submit", ("recorded",), "submitted", OWNER, stamps=(("submitted_at", Stamp.RECEIVED),)
        ),
        Transition(  # the server has checked and reckoned it (jobs.py)
            "take_up",
            ("submitted",),
            "in_review",
            SYSTEM,
            along=("minutes",),
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
    ),
)

RECORDED = Compare("status", Op.EQUAL, "recorded")
SUBMITTED = Compare("status", Op.EQUAL, "submitted")
OPEN = Compare("status", Op.ONE_OF, ("in_review", "approved"))
PERSONAL = "only who works writes it"
FROZEN = (
    "the sheet is submitted: what is wrong is set right by a correction, or after it was rejected"
)
NEVER = Compare("timesheet", Op.IS_EMPTY)  # of what follows a sheet
CHANGED = frozenset({Action.UPDATE, Action.DELETE})
RECKONED = "only the server reckons days, once, when it takes a sheet up"

PROTECTIONS = (
    Protection(
        "timesheet",
        frozenset(Action),
        (Meets(Compare("employee", Op.IS_EMPTY), because=PERSONAL),),
        OWNER,
    ),
    Protection("timesheet", CHANGED, (Meets(RECORDED, because=FROZEN),)),
    Protection("time_span", frozenset(Action), (Meets(NEVER, because=PERSONAL),), OWNER),
    Protection("time_span", frozenset(Action), (Above("timesheet", RECORDED, because=FROZEN),)),
    Protection(
        "timesheet_day", frozenset({Action.INSERT}), (Meets(NEVER, because=RECKONED),), SYSTEM
    ),
    Protection(
        "timesheet_day",
        frozenset({Action.INSERT}),
        (Above("timesheet", SUBMITTED, because=RECKONED),),
    ),
    Protection("timesheet_day", CHANGED, (Meets(NEVER, because=RECKONED),)),
    Protection(
        "timesheet_correction",
        frozenset({Action.INSERT}),
        (Above("timesheet", OPEN, because="only a sheet under review or approved is corrected"),),
    ),
    Protection(
        "timesheet_correction",
        CHANGED,
        (Meets(NEVER, because="a correction stays: write another one"),),
    ),
)

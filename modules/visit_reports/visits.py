"""A rep's visit to a customer: from the check-in to the check-out; closed when no report of it is
open any more. And whether the installation wants noted where a check-in happened.
"""

from __future__ import annotations

from syncengine.model.conditions import Compare, Op
from syncengine.model.entity import Action, DeviceRight, Entity, Field, LateWork
from syncengine.model.fields import Bool, Decimal, Enum, Reference, Timestamp
from syncengine.model.lifecycle import (
    Capacity,
    Late,
    Lifecycle,
    Meets,
    Protection,
    Stamp,
    State,
    Transition,
)
from syncengine.model.terms import Everyone, Follows
from syncengine.model.withheld import Withheld

VISIT = Entity(
    number=4,
    name="visit",
    terms=(Follows("customer"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
    late_edit=LateWork.ACCEPT,
    fields=(
        Field(1, "customer", Reference("customer"), required=True, device=DeviceRight.CREATE),
        Field(2, "employee", Reference("employee"), required=True, device=DeviceRight.CREATE),
        Field(3, "appointment", Reference("appointment", dangling=True), device=DeviceRight.CREATE),
        Field(4, "planned_at", Timestamp(), device=DeviceRight.CREATE),
        Field(5, "checked_in_at", Timestamp(), required=True, device=DeviceRight.CREATE),
        Field(6, "checked_out_at", Timestamp()),
        Field(7, "latitude", Decimal(6), device=DeviceRight.CREATE),
        Field(8, "longitude", Decimal(6), device=DeviceRight.CREATE),
        Field(
            9,
            "status",
            Enum(("checked_in", "checked_out", "closed")),
            required=True,
            device=DeviceRight.WRITE,
        ),
    ),
)

# Without such a row places are noted. erase: those that are noted are to be emptied; the job that
# does so takes it back.
VISIT_SETTING = Entity(
    number=7,
    name="visit_setting",
    terms=(Everyone(),),
    fields=(Field(1, "places", Bool(), required=True), Field(2, "erase", Bool())),
)
PLACE = ("latitude", "longitude")
WITHHELD = Withheld("visit", PLACE, by="visit_setting", noted="places")

REP = frozenset({Capacity.OWNER, Capacity.SUBSTITUTE})

VISITS = Lifecycle(
    "visit",
    "status",
    (State("checked_in", initial=True), State("checked_out"), State("closed", releases=True)),
    (
        Transition(
            "check_out",
            ("checked_in",),
            "checked_out",
            REP,
            late=Late.NOTED,
            stamps=(("checked_out_at", Stamp.MADE),),
        ),
        Transition("close", ("checked_out",), "closed", frozenset({Capacity.SYSTEM})),
    ),
)

PROTECTIONS = (
    Protection(
        "visit",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(Compare("customer", Op.IS_EMPTY), because="a visit stays as it was"),),
        frozenset({Capacity.SYSTEM}),  # which empties places
    ),
)

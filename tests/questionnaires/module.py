"""A small module that asks: surveys with a form, visits that owners fill in, their replies."""

from __future__ import annotations

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.conditions import Compare, Op
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
)
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Filled,
    Lifecycle,
    Protection,
    State,
    Transition,
)
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.terms import Carried, Follows, OwnedBy

CREATE, WRITE = DeviceRight.CREATE, DeviceRight.WRITE

SURVEY = Entity(
    1,
    "survey",
    (Field(1, "title", Text(80), True), Field(2, "form", Questionnaire(), True)),
    terms=(Carried("visit", "survey"),),
)
VISIT = Entity(
    2,
    "visit",
    (
        Field(1, "owner", Reference("employee"), True, CREATE),
        Field(2, "survey", Reference("survey"), True, CREATE),
        Field(3, "state", Enum(("open", "done")), True, WRITE),
    ),
    terms=(OwnedBy("owner"),),
    device=frozenset({Action.INSERT, Action.UPDATE}),
)
REPLY = Entity(
    3,
    "reply",
    (
        Field(1, "visit", Reference("visit"), True, CREATE),
        Field(2, "question", Text(40), True, CREATE),
        Field(3, "article", Reference("article", dangling=True), device=CREATE),
        Field(4, "position", Integer(), device=CREATE),
        Field(5, "yes", Bool(), device=WRITE),
        Field(6, "text", Text(4_000), device=WRITE),
        Field(7, "choices", Json(), device=WRITE),
        Field(8, "amount", Decimal(4), device=WRITE),
        Field(9, "day", Date(), device=WRITE),
        Field(10, "file", BlobReference(), device=WRITE),
    ),
    terms=(Follows("visit"),),
    device=frozenset(Action),
    late_edit=LateWork.ACCEPT,
)
FILLED = Filled("survey", "reply", "visit")
VISITS = Lifecycle(
    "visit",
    "state",
    (State("open", initial=True), State("done")),
    (
        Transition("finish", ("open",), "done", frozenset({Capacity.OWNER}), (FILLED,)),
        Transition("reopen", ("done",), "open", frozenset({Capacity.OFFICE})),
    ),
)
OPEN = Above("visit", Compare("state", Op.EQUAL, "open"))
SURVEYS = Module(
    204,
    "surveys",
    1,
    (SURVEY, VISIT, REPLY),
    migrations="tests.questionnaires:migrations",
    lifecycles=(VISITS,),
    protections=(
        Protection(
            "reply",
            frozenset(Action),
            (OPEN,),
            spares=frozenset({Capacity.OFFICE}),
            late=LateWork.ACCEPT,
        ),
    ),
)
SCHEMA = Schema((MASTERDATA, SURVEYS))

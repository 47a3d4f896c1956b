"""What the office writes: templates, whom they are for, and the assignments that follow from it.

A template is on devices while a target, an assignment or a report there refers to it. What is
published does not change: a change is another edition, a row of its own in the same family, so a
report that was begun goes on with the questions that it was begun with.
"""

from __future__ import annotations

from syncengine.model.conditions import AllOf, AnyOf, Compare, Not, Op
from syncengine.model.entity import Action, Entity, Field, VisibleWindow
from syncengine.model.fields import (
    MAX_TEXT,
    Bool,
    Enum,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.lifecycle import (
    Capacity,
    Lifecycle,
    Meets,
    Protection,
    Stamp,
    State,
    Transition,
)
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.terms import Carried, Follows, OwnedBy, PersonalTo, Reaches

# A standard one is for people, at every customer; a dynamic one is for customers, for a while.
REPORT_TEMPLATE = Entity(
    number=1,
    name="report_template",
    terms=(
        Carried("report_target", field="template"),
        Carried("report_assignment", field="template"),
        Carried("report", field="template"),
    ),
    fields=(
        Field(1, "title", Text(120), required=True),
        Field(2, "kind", Enum(("standard", "dynamic")), required=True),
        Field(3, "family", Text(36), required=True),  # the id of its first edition
        Field(4, "edition", Integer(1, 10_000), required=True),
        Field(5, "form", Questionnaire(), required=True),
        Field(6, "starts_at", Timestamp()),
        Field(7, "ends_at", Timestamp()),
        Field(8, "status", Enum(("draft", "published", "ended", "archived")), required=True),
        Field(9, "ended_at", Timestamp()),
    ),
)

# Whom it is for: one of market, customer, employee, audience and condition; several rows add up.
# A market or a customer goes where its customers are; from the others a job makes assignments.
REPORT_TARGET = Entity(
    number=2,
    name="report_target",
    terms=(
        Reaches("market", parent="parent", through="customer", place="market"),
        Follows("customer"),
    ),
    window=VisibleWindow("starts_at", "ends_at"),
    fields=(
        Field(1, "template", Reference("report_template", dangling=True), required=True),
        Field(2, "market", Reference("market")),  # and all below it
        Field(3, "customer", Reference("customer")),
        Field(4, "employee", Reference("employee")),
        Field(5, "below", Bool()),  # everybody whom the employee leads, too
        Field(6, "audience", Reference("audience", dangling=True)),
        Field(7, "condition", Json(MAX_TEXT)),  # on customers, as that of a visibility rule
        Field(8, "starts_at", Timestamp()),  # of the template
        Field(9, "ends_at", Timestamp()),
    ),
)

# A standard template's is one person's. A dynamic one's is for the customers of its owner that
# meet the condition, so it goes to whoever substitutes them all; for those who stand in for listed
# customers only, who do not hold what is the owner's, each of these customers has one as well.
REPORT_ASSIGNMENT = Entity(
    number=3,
    name="report_assignment",
    terms=(PersonalTo("person"), OwnedBy("owner"), Follows("customer")),
    window=VisibleWindow("starts_at", "ends_at"),
    fields=(
        Field(1, "template", Reference("report_template", dangling=True), required=True),
        Field(2, "target", Reference("report_target", dangling=True), required=True),
        Field(3, "person", Reference("employee")),
        Field(4, "owner", Reference("employee")),
        Field(5, "condition", Json(MAX_TEXT)),  # of the target; empty: every customer
        Field(6, "starts_at", Timestamp()),
        Field(7, "ends_at", Timestamp()),
        Field(8, "customer", Reference("customer")),
    ),
)


def _empty(field: str) -> Compare:
    return Compare(field, Op.IS_EMPTY)


def _filled(field: str) -> Not:
    return Not(_empty(field))


OFFICE = frozenset({Capacity.OFFICE})
SYSTEM = frozenset({Capacity.SYSTEM})
ENDED = (("ended_at", Stamp.RECEIVED),)

TEMPLATES = Lifecycle(
    "report_template",
    "status",
    (
        State("draft", initial=True, releases=True),  # its targets may be on devices already
        State("published"),
        State("ended"),
        State("archived", releases=True),
    ),
    (
        Transition(
            "publish",
            ("draft",),
            "published",
            OFFICE,
            (
                Meets(
                    AnyOf(
                        (
                            Compare("kind", Op.EQUAL, "standard"),
                            AllOf((_filled("starts_at"), _filled("ends_at"))),
                        )
                    ),
                    because="a dynamic report has a period: fill in from when until when",
                ),
            ),
        ),
        Transition("end", ("published",), "ended", OFFICE, stamps=ENDED),
        Transition("expire", ("published",), "ended", SYSTEM, when="ends_at", stamps=ENDED),
        Transition("archive", ("ended",), "archived", SYSTEM),
        Transition("revive", ("archived",), "ended", SYSTEM),
    ),
)

DRAFT = Compare("status", Op.EQUAL, "draft")
NEVER = Compare("template", Op.IS_EMPTY)
AIMS = ("market", "customer", "employee", "audience", "condition")
ONE_AIM = AnyOf(
    tuple(
        AllOf(tuple(_filled(name) if name == aim else _empty(name) for name in AIMS))
        for aim in AIMS
    )
)
PROTECTIONS = (
    Protection(
        "report_template",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(DRAFT, because="it is published: write a new version"),),
    ),
    Protection(
        "report_target",
        frozenset({Action.INSERT}),
        (Meets(ONE_AIM, because="a target names one of customer, market, people and condition"),),
    ),
    Protection(
        "report_target",
        frozenset({Action.UPDATE}),
        (Meets(NEVER, because="a target does not change: delete it and add another one"),),
    ),
    Protection(
        "report_assignment",
        frozenset(Action),
        (Meets(NEVER, because="the server keeps it"),),
        SYSTEM,
    ),
)

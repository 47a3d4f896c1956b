"""What the office writes: infos with tasks, attachments, links and targets.

Devices hold an info as long as they hold a receipt of it. What is published does not change: a
change is another info.
"""

from __future__ import annotations

from syncengine.model.conditions import AllOf, AnyOf, Compare, Not, Op
from syncengine.model.entity import Action, Entity, Field, VisibleWindow
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Enum,
    Integer,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.lifecycle import (
    Above,
    Capacity,
    Lifecycle,
    Meets,
    Protection,
    State,
    Transition,
    Until,
)
from syncengine.model.terms import Carried, Follows

TASK_KINDS = ("check", "yes_no", "text", "number", "photo")

INFO = Entity(
    number=1,
    name="info",
    terms=(Carried("info_receipt", field="info"),),
    window=VisibleWindow("starts_at", "expires_at"),
    fields=(
        Field(1, "kind", Enum(("daily", "action")), required=True),
        Field(2, "title", Text(120), required=True),
        Field(3, "text", Text(16_000)),  # Markdown; whoever shows it lets no HTML through
        Field(4, "priority", Enum(("low", "normal", "high")), required=True),
        Field(5, "starts_at", Timestamp(), required=True),
        Field(6, "expires_at", Timestamp()),  # a daily info is over then
        Field(7, "due_at", Timestamp()),  # an action info is overdue then, and stays
        Field(8, "status", Enum(("draft", "published", "withdrawn")), required=True),
    ),
)

INFO_TASK = Entity(
    number=2,
    name="info_task",
    terms=(Follows("info"),),
    fields=(
        Field(1, "info", Reference("info"), required=True),
        Field(2, "position", Integer(0, 1_000), required=True),
        Field(3, "title", Text(200), required=True),
        Field(4, "kind", Enum(TASK_KINDS), required=True),
        Field(5, "mandatory", Bool(), required=True),
    ),
)

INFO_ATTACHMENT = Entity(
    number=3,
    name="info_attachment",
    terms=(Follows("info"),),
    fields=(
        Field(1, "info", Reference("info"), required=True),
        Field(2, "title", Text(120), required=True),
        Field(3, "file", BlobReference(), required=True),
    ),
)

# To any row, by the names of its entity and its id: it shows on devices that hold that row.
INFO_LINK = Entity(
    number=4,
    name="info_link",
    terms=(Follows("info"),),
    fields=(
        Field(1, "info", Reference("info"), required=True),
        Field(2, "kind", Text(60), required=True),
        Field(3, "row", Text(36), required=True),
    ),
)

# An office matter. One of employee, customer, market, audience and rule; several rows add up.
INFO_TARGET = Entity(
    number=5,
    name="info_target",
    fields=(
        Field(1, "info", Reference("info"), required=True),
        Field(2, "employee", Reference("employee")),
        Field(3, "below", Bool()),  # everybody whom the employee leads, too
        Field(4, "customer", Reference("customer")),
        Field(5, "market", Reference("market")),  # and all below it
        Field(6, "audience", Reference("audience")),
        Field(7, "rule", Reference("rule")),  # the customers that it selects, active or not
    ),
)

# The office reminds whoever has not confirmed: one small row for all of them. The info itself does
# not change, so its text is not sent again.
INFO_REMINDER = Entity(
    number=8,
    name="info_reminder",
    terms=(Follows("info"),),
    fields=(
        Field(1, "info", Reference("info"), required=True),
        Field(2, "at", Timestamp(), required=True),
    ),
)


def _filled(field: str) -> Not:
    return Not(Compare(field, Op.IS_EMPTY))


OVER = "its period is over already, so nobody would get it"
INFOS = Lifecycle(
    "info",
    "status",
    # Withdrawn: it leaves at once, and need not leave with its receipts.
    (State("draft", initial=True), State("published"), State("withdrawn", releases=True)),
    (
        Transition(
            "publish",
            ("draft",),
            "published",
            frozenset({Capacity.OFFICE}),
            (
                Meets(
                    AnyOf(
                        (
                            AllOf(
                                (
                                    Compare("kind", Op.EQUAL, "daily"),
                                    _filled("expires_at"),
                                    Compare("due_at", Op.IS_EMPTY),
                                )
                            ),
                            AllOf(
                                (
                                    Compare("kind", Op.EQUAL, "action"),
                                    _filled("due_at"),
                                    Compare("expires_at", Op.IS_EMPTY),
                                )
                            ),
                        )
                    ),
                    because="a daily info expires, an action info is due: fill in that one",
                ),
                Until("expires_at", because=OVER),
                Until("due_at", because=OVER),
            ),
        ),
        Transition("withdraw", ("published",), "withdrawn", frozenset({Capacity.OFFICE})),
    ),
)

DRAFT = Compare("status", Op.EQUAL, "draft")
PUBLISHED = "it is published: withdraw it and write another one"
RUNNING = Compare("status", Op.EQUAL, "published")
PROTECTIONS = (
    Protection(
        "info", frozenset({Action.UPDATE, Action.DELETE}), (Meets(DRAFT, because=PUBLISHED),)
    ),
    *(
        Protection(entity, frozenset(Action), (Above("info", DRAFT, because=PUBLISHED),))
        for entity in ("info_task", "info_attachment", "info_link")
    ),
    Protection(
        "info_reminder",
        frozenset({Action.INSERT}),
        (Above("info", RUNNING, because="only what is published can be reminded of"),),
    ),
    Protection(
        "info_reminder",
        frozenset({Action.UPDATE, Action.DELETE}),
        (Meets(Compare("info", Op.IS_EMPTY), because="recipients have been reminded"),),
    ),
)

"""Signed forms that come back: written and returned by reps, perhaps reopened by the office."""

from __future__ import annotations

from syncengine.model.conditions import Compare, Not, Op
from syncengine.model.entity import Action, DeviceRight, Entity, Field, LateWork
from syncengine.model.fields import BlobReference, Enum, Reference, Text, Timestamp
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
from syncengine.model.terms import Follows, PersonalTo

# With a customer it goes where that one goes; without, it is the person's: one of both is empty.
DOCUMENT_RETURN = Entity(
    number=5,
    name="document_return",
    terms=(Follows("customer"), PersonalTo("employee")),
    device=frozenset({Action.INSERT, Action.UPDATE}),
    late_edit=LateWork.ACCEPT,
    fields=(
        # Dangling: an edition that was signed may end before the form is back.
        Field(1, "edition", Reference("document_edition", dangling=True), required=True,
              device=DeviceRight.CREATE),
        Field(2, "customer", Reference("customer"), device=DeviceRight.CREATE),
        Field(3, "employee", Reference("employee"), device=DeviceRight.CREATE),
        Field(4, "signed_file", BlobReference(), device=DeviceRight.WRITE),  # a photo or a PDF
        Field(5, "signature", BlobReference(), device=DeviceRight.WRITE),  # a picture of it
        Field(6, "signed_by", Text(120), device=DeviceRight.WRITE),
        Field(7, "note", Text(2_000), device=DeviceRight.WRITE),
        Field(8, "status", Enum(("draft", "returned", "reopened")), required=True,
              device=DeviceRight.WRITE),
        Field(9, "reason", Text(500)),  # why the office reopened it
        Field(10, "returned_at", Timestamp()),
        Field(11, "returned_by", Reference("employee")),
        Field(12, "returned_for", Reference("employee")),
    ),
)  # fmt: skip

RETURNS = Lifecycle(
    "document_return",
    "status",
    (State("draft", initial=True), State("returned", releases=True), State("reopened")),
    (
        Transition(
            "return",
            ("draft", "reopened"),
            "returned",
            frozenset({Capacity.OWNER, Capacity.SUBSTITUTE}),
            (
                Meets(
                    Not(Compare("signed_file", Op.IS_EMPTY)),
                    because="a photo or file of the signed form is needed",
                ),
                Meets(
                    Not(Compare("signed_by", Op.IS_EMPTY)),
                    because="the name of who signed is needed",
                ),
            ),
            late=Late.WAITS,  # a signed form counts, or the office says why not
            stamps=(
                ("returned_at", Stamp.MADE),
                ("returned_by", Stamp.ACTOR),
                ("returned_for", Stamp.PRINCIPAL),
                ("reason", Stamp.EMPTY),
            ),
        ),
        Transition(
            "reopen",
            ("returned",),
            "reopened",
            frozenset({Capacity.OFFICE}),
            (
                Meets(
                    Not(Compare("reason", Op.IS_EMPTY)),
                    because="a reason has to be given",
                ),
            ),
            along=("reason",),
        ),
    ),
)

PROTECTIONS = (
    Protection(
        "document_return",
        frozenset({Action.UPDATE, Action.DELETE}),
        (
            Meets(
                Compare("status", Op.ONE_OF, ("draft", "reopened")),
                because="it was returned: the office can reopen it",
            ),
        ),
    ),
)

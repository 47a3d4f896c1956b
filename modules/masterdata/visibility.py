"""Who sees what beyond the own rows: rules, and the audiences that they are for.

No row terms: these are an office matter. Devices learn of them as the reason of a grant.
"""

from __future__ import annotations

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import MAX_TEXT, Bool, Json, Reference, Text, Timestamp

AUDIENCE = Entity(
    number=30,
    name="audience",
    key="number",
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(120), required=True),
    ),
)

AUDIENCE_MEMBER = Entity(
    number=31,
    name="audience_member",
    fields=(
        Field(1, "audience", Reference("audience"), required=True),
        Field(2, "employee", Reference("employee"), required=True),
        Field(3, "below", Bool(), required=True),  # everybody whom the employee leads, too
    ),
)

RULE = Entity(
    number=32,
    name="rule",
    key="number",
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "name", Text(120), required=True),
        Field(3, "target", Text(60), required=True),  # the entity whose rows it shows
        Field(4, "condition", Json(MAX_TEXT), required=True),
        Field(5, "audience", Reference("audience"), required=True),
        Field(6, "active", Bool(), required=True),
        Field(7, "starts_at", Timestamp()),
        Field(8, "ends_at", Timestamp()),
    ),
)

"""Office users, their roles, and the rights of both. Secrets are not rows (server/accounts)."""

from __future__ import annotations

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Bool, Enum, Reference, Text

LANGUAGES = ("de", "en")

# No row terms anywhere here: no device holds them.
OFFICE_USER = Entity(
    number=1,
    name="office_user",
    fields=(
        Field(1, "name", Text(80), required=True),  # for sign-in, as `sign_in_name` makes it
        Field(2, "full_name", Text(120), required=True),
        Field(3, "language", Enum(LANGUAGES), required=True),
        Field(4, "active", Bool(), required=True),
        Field(5, "limited_to", Reference("employee")),  # empty: sees all that the rights let see
        Field(6, "employee", Reference("employee")),  # who this is, if an employee
    ),
)

OFFICE_ROLE = Entity(
    number=2,
    name="office_role",
    fields=(
        Field(1, "name", Text(80), required=True),
        Field(2, "administers", Bool(), required=True),  # may do everything, users included
    ),
)

OFFICE_USER_ROLE = Entity(
    number=3,
    name="office_user_role",
    fields=(
        Field(1, "user", Reference("office_user"), required=True),
        Field(2, "role", Reference("office_role"), required=True),
    ),
)

OFFICE_ROLE_RIGHT = Entity(
    number=4,
    name="office_role_right",
    fields=(
        Field(1, "role", Reference("office_role"), required=True),
        Field(2, "entity", Text(49), required=True),
        Field(3, "view", Bool(), required=True),
        Field(4, "add", Bool(), required=True),
        Field(5, "edit", Bool(), required=True),
        Field(6, "delete", Bool(), required=True),
    ),
)

# An exception: true allows, false denies whatever the roles say, empty leaves it to them.
OFFICE_USER_RIGHT = Entity(
    number=5,
    name="office_user_right",
    fields=(
        Field(1, "user", Reference("office_user"), required=True),
        Field(2, "entity", Text(49), required=True),
        Field(3, "view", Bool()),
        Field(4, "add", Bool()),
        Field(5, "edit", Bool()),
        Field(6, "delete", Bool()),
    ),
)

"""Employees, what only they see of themselves, and who substitutes whom."""

from __future__ import annotations

from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Bool, Date, Integer, Reference, Text, Timestamp
from syncengine.model.terms import Everyone, PersonalTo

EMPLOYEE = Entity(
    number=1,
    name="employee",
    key="number",
    terms=(Everyone(),),
    fields=(
        Field(1, "number", Text(40), required=True),
        Field(2, "login", Text(80)),
        Field(3, "job_title", Text(120)),
        Field(4, "department", Text(120)),
        Field(5, "manager", Reference("employee")),
        Field(6, "substitute", Reference("employee")),
        Field(7, "active", Bool(), required=True),
    ),
)

# An entity of its own because its audience is another one: nobody else's device holds it.
EMPLOYEE_PRIVATE = Entity(
    number=2,
    name="employee_private",
    terms=(PersonalTo("employee"),),
    fields=(
        Field(1, "employee", Reference("employee"), required=True),
        Field(2, "email", Text(200)),
        Field(3, "hired_on", Date()),
    ),
)

# No row term: an office matter. Devices learn of it as the reason of a grant (D6, DSGVO: no
# cause kept).
SUBSTITUTION = Entity(
    number=3,
    name="substitution",
    fields=(
        Field(1, "absent", Reference("employee"), required=True),
        Field(2, "substitute", Reference("employee"), required=True),
        Field(3, "active", Bool(), required=True),
        Field(4, "starts_at", Timestamp()),  # empty: at once
        Field(5, "ends_at", Timestamp()),  # empty: until it is called off
        Field(6, "lead_days", Integer(0, 90)),
        Field(7, "trail_days", Integer(0, 90)),
        Field(8, "only_listed", Bool()),  # for the customers alone that name it
    ),
)

# A customer of the absent employee that such a substitution lends. An office matter, too.
SUBSTITUTION_CUSTOMER = Entity(
    number=4,
    name="substitution_customer",
    fields=(
        Field(1, "substitution", Reference("substitution"), required=True),
        Field(2, "customer", Reference("customer"), required=True),
    ),
)

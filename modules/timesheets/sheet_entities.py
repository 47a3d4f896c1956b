"""A month's sheet of a rep and what belongs to it: personal rows, written while it is recorded by
who works alone. Afterwards there are counter-entries.
"""

from __future__ import annotations

from syncengine.model.concealed import Concealed
from syncengine.model.entity import Action, DeviceRight, Entity, Field
from syncengine.model.fields import Bool, Date, Enum, Integer, Reference, Text, Timestamp
from syncengine.model.terms import Everyone, Follows, PersonalTo

STATES = ("recorded", "submitted", "in_review", "rejected", "approved")
KINDS = ("day", "travel", "break")
MOST_MINUTES = 31 * 24 * 60  # of a month

TIMESHEET = Entity(
    number=1,
    name="timesheet",
    terms=(PersonalTo("employee"),),
    device=frozenset(Action),
    fields=(
        Field(1, "employee", Reference("employee"), True, DeviceRight.CREATE),
        Field(2, "month", Date(), True, DeviceRight.CREATE),  # its first day
        Field(3, "zone", Text(60), True, DeviceRight.CREATE),  # IANA: whose midnights count
        Field(4, "status", Enum(STATES), True, DeviceRight.WRITE),
        Field(
            5, "replaces", Reference("timesheet", dangling=True), device=DeviceRight.CREATE
        ),  # one that was rejected
        Field(6, "submitted_at", Timestamp()),
        Field(7, "in_review_at", Timestamp()),
        Field(8, "rejected_at", Timestamp()),
        Field(9, "approved_at", Timestamp()),
        Field(10, "reason", Text(1_000)),  # why it was rejected
        Field(11, "minutes", Integer(0, MOST_MINUTES)),  # worked, before counter-entries
    ),
)

TIME_SPAN = Entity(
    number=2,
    name="time_span",
    terms=(Follows("timesheet"),),
    device=frozenset(Action),
    fields=(
        Field(1, "timesheet", Reference("timesheet"), True, DeviceRight.CREATE),
        Field(2, "kind", Enum(KINDS), True, DeviceRight.WRITE),
        Field(3, "starts_at", Timestamp(), True, DeviceRight.WRITE),
        Field(4, "ends_at", Timestamp(), device=DeviceRight.WRITE),  # empty while it lasts
        Field(5, "remark", Text(400), device=DeviceRight.WRITE),
    ),
)

# What the server reckoned of a day when it took the sheet up, visits included: never changed.
TIMESHEET_DAY = Entity(
    number=3,
    name="timesheet_day",
    terms=(Follows("timesheet"),),
    fields=(
        Field(1, "timesheet", Reference("timesheet"), required=True),
        Field(2, "day", Date(), required=True),
        Field(3, "starts_at", Timestamp(), required=True),
        Field(4, "ends_at", Timestamp(), required=True),
        Field(5, "worked", Integer(0, MOST_MINUTES), required=True),  # minutes, as the next ones
        Field(6, "breaks", Integer(0, MOST_MINUTES), required=True),
        Field(7, "travel", Integer(0, MOST_MINUTES), required=True),
        Field(8, "visits", Integer(0, MOST_MINUTES), required=True),
        Field(9, "notices", Text(200)),  # the words of hours.Notice, with a space between
    ),
)

# What the office adds to a sheet, or takes off, once it was submitted: never changed or deleted.
TIMESHEET_CORRECTION = Entity(
    number=4,
    name="timesheet_correction",
    terms=(Follows("timesheet"),),
    fields=(
        Field(1, "timesheet", Reference("timesheet"), required=True),
        Field(2, "day", Date(), required=True),
        Field(3, "minutes", Integer(-MOST_MINUTES, MOST_MINUTES), required=True),  # below 0: off
        Field(4, "reason", Text(1_000), required=True),
    ),
)

# Without such a row the office sees the days of submitted sheets, and Berlin's midnights count.
TIMESHEET_SETTING = Entity(
    number=5,
    name="timesheet_setting",
    terms=(Everyone(),),
    fields=(
        Field(1, "evaluation", Bool(), required=True),  # by person
        Field(2, "zone", Text(60)),  # of new sheets
    ),
)

# Without evaluation by person, the office has of a sheet that it was submitted and its total.
CONCEALED = Concealed(("time_span", "timesheet_day"), by="timesheet_setting", shown="evaluation")

"""What the server does for sheets by the clock: it checks and reckons what was submitted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import sqlalchemy as sa

from modules.timesheets.hours import MINUTE, WEEKS, WorkingDay
from modules.timesheets.sheet import Beside, Checked, Row, Worked, check, following, sentence
from modules.timesheets.spans import ONE_DAY
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Date, Stored, Timestamp
from syncengine.model.ids import derived_id
from syncengine.store.author import Author, Expected
from syncengine.store.database import reading
from syncengine.store.loaded import loaded_rows
from syncengine.store.named import operation
from syncengine.store.store import Store

REVIEW = Author(Source.JOB, None, "timesheets: review")
SETTLED = ("in_review", "approved")
AT_ONCE = 500  # submitted sheets that one run looks up
MOST_NEAR = 50  # other sheets of the person that one is reckoned with
MOST_VISITS = 2_000  # of a month
NEAR = 2 * ONE_DAY  # in any zone, the ends of a month are no further away


def take_up(store: Store, batches: int) -> int:
    """Check and reckon sheets that were submitted, each in a changeset of its own: it is under
    review then with its days, or returned with the reason; how many rows were written.

    A sheet is written only where the person's others are as they were read, so that the same time
    in two of them, in two processes, is not taken twice.
    """
    written = 0
    with reading(store.engine) as connection:
        sheet = store.tables["timesheet"].c
        wanted = sa.select(sheet.id).where(sheet.status == "submitted")
        wanted = wanted.order_by(sheet.submitted_at, sheet.id).limit(min(AT_ONCE, batches))
        ids = list(connection.scalars(wanted))
    for row_id in ids:
        with reading(store.engine) as connection:
            operations, expected = _Review(store, connection).of(row_id)
        if operations and store.write(REVIEW, operations, expected=expected).version is not None:
            written += len(operations)
    return written


JOBS = {"review": take_up}


class _Review:
    """Of one sheet, as it is in a snapshot."""

    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._connection = connection

    def of(self, row_id: bytes) -> tuple[list[Operation], Expected]:
        """The sheet's step with its days, and what it was made on; none where it was taken
        meanwhile.
        """
        table = self._store.tables["timesheet"].c
        found = loaded_rows(self._store, self._connection, "timesheet", table.id == row_id)
        if not found or found[0]["status"] != "submitted":
            return [], Expected()
        (sheet,) = found
        others = self._others(sheet)
        near = [self._spans(one) for one in others if one["status"] in SETTLED]
        beside = Beside(
            self._visits(sheet), [row for spans in near for row in spans], self._earlier(sheet)
        )
        checked = check(sheet, self._spans(sheet), beside)
        tag = self._store.schema.tags["timesheet"]
        versions = {(tag, one["id"].bytes): one["version"] for one in (sheet, *others)}
        return self._steps(row_id, checked), Expected(versions)

    def _steps(self, row_id: bytes, checked: Checked) -> list[Operation]:
        if checked.faults:
            values: dict[str, Stored] = {"status": "rejected", "reason": sentence(checked.faults)}
            days: list[Operation] = []
        else:
            values = {"status": "in_review", "minutes": checked.minutes}
            days = [self._day(row_id, day) for day in checked.days]
        step = operation(self._store.schema, Action.UPDATE, "timesheet", row_id, values)
        return [*days, step]

    def _day(self, sheet: bytes, day: WorkingDay) -> Operation:
        """Under an id that follows from the day, so that two processes make the same."""
        values: dict[str, Stored] = {
            "timesheet": sheet,
            "day": day.day.isoformat(),
            "starts_at": Timestamp().store(day.starts),
            "ends_at": Timestamp().store(day.ends),
            "worked": day.minutes,
            "breaks": day.breaks // MINUTE,
            "travel": day.travel // MINUTE,
            "visits": day.visits // MINUTE,
            "notices": " ".join(day.notices) or None,
        }
        new = derived_id(sheet, b"timesheet_day", day.day.isoformat().encode())
        return operation(self._store.schema, Action.INSERT, "timesheet_day", new, values)

    def _others(self, sheet: Row) -> Sequence[Row]:
        """The person's other sheets of this month and those beside it, submitted and not
        rejected.
        """
        table, month = self._store.tables["timesheet"].c, sheet["month"]
        before, after = (month - ONE_DAY).replace(day=1), following(month)
        mine = table.employee == sheet["employee"].bytes
        counted = table.status.in_((*SETTLED, "submitted"))
        return loaded_rows(
            self._store, self._connection, "timesheet", mine, counted,
            table.id != sheet["id"].bytes, table.month.between(_stored(before), _stored(after)),
            most=MOST_NEAR,
        )  # fmt: skip

    def _spans(self, sheet: Row) -> Sequence[Row]:
        table = self._store.tables["time_span"].c
        of = table.timesheet == sheet["id"].bytes
        return loaded_rows(self._store, self._connection, "time_span", of)

    def _visits(self, sheet: Row) -> Sequence[Row]:
        """The person's visits of the month, where there is a module of visits."""
        if "visit" not in self._store.tables:
            return []
        table, month = self._store.tables["visit"].c, sheet["month"]
        midnight = dt.time(tzinfo=dt.UTC)
        since = dt.datetime.combine(month, midnight) - NEAR
        until = dt.datetime.combine(following(month), midnight) + NEAR
        after, before = (Timestamp().store(at) for at in (since, until))
        return loaded_rows(
            self._store, self._connection, "visit", table.employee == sheet["employee"].bytes,
            table.checked_in_at >= after, table.checked_in_at < before, most=MOST_VISITS,
        )  # fmt: skip

    def _earlier(self, sheet: Row) -> list[Worked]:
        """What was worked on days before, of sheets that the server has reckoned."""
        day, of = self._store.tables["timesheet_day"].c, self._store.tables["timesheet"].c
        since = sheet["month"] - WEEKS * 7 * ONE_DAY
        wanted = sa.select(day.day, day.worked).join_from(
            self._store.tables["timesheet_day"], self._store.tables["timesheet"],
            day.timesheet == of.id,
        ).where(
            of.employee == sheet["employee"].bytes, of.status.in_(SETTLED),
            day.day >= _stored(since), day.day < _stored(sheet["month"]),
        )  # fmt: skip
        return [
            (dt.date.fromisoformat(row.day), row.worked * MINUTE)
            for row in self._connection.execute(wanted)
        ]


def _stored(day: dt.date) -> str:
    stored = Date().store(day)
    assert isinstance(stored, str)
    return stored

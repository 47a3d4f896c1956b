"""D14: a day with one tap each, the month, its check and its steps."""

from __future__ import annotations

import datetime as dt

import pytest

from device_sdk.errors import Refused
from modules.timesheets.device import NoSheet, NoSpan, NotReady
from modules.timesheets.hours import Notice
from modules.timesheets.spans import Kind
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.timesheets.scene import MARCH, Clocked, at, whole_day

HOUR = dt.timedelta(hours=1)


def test_d14_a_day_of_taps_offline_comes_to_its_hours(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    assert timesheets.today().doing is None
    timesheets.start_day()
    timesheets.start_day()  # once more is nothing
    clocked.later(60)
    timesheets.start_travel()
    standing = timesheets.today()
    assert (standing.doing, standing.worked) == (Kind.TRAVEL, HOUR)
    clocked.later(60)
    timesheets.start_break()  # travel ends
    clocked.later(30)
    standing = timesheets.today()
    assert (standing.doing, standing.since, standing.worked) == (
        Kind.BREAK, at("2026-03-02 10:00"), 2 * HOUR,
    )  # fmt: skip
    timesheets.start_travel()  # the break ends
    clocked.later(30)
    timesheets.end_day()  # and all that goes on
    standing = timesheets.today()
    assert standing.doing is None
    assert [(one.kind, one.starts.hour) for one in standing.entries] == [
        (Kind.DAY, 8), (Kind.TRAVEL, 9), (Kind.BREAK, 10), (Kind.TRAVEL, 10),
    ]  # fmt: skip
    assert all(one.ends is not None for one in standing.entries)
    (day,) = timesheets.month(MARCH).days
    assert (day.worked, day.travel, day.breaks) == (2.5 * HOUR, 1.5 * HOUR, 0.5 * HOUR)
    for refused in (timesheets.end_day, timesheets.end_break, timesheets.end_travel):
        with pytest.raises(NoSpan):
            refused()
    with pytest.raises(NoSpan):
        timesheets.start_break()
    assert device.pending() > 0  # all of it without a network


def test_d14_work_goes_on_over_midnight_and_a_forgotten_end_does_not(clocked: Clocked) -> None:
    _, timesheets = clocked.device("a")
    clocked.later(14 * 60)  # 22:00
    timesheets.start_day()
    clocked.later(4 * 60)
    standing = timesheets.today()
    assert (standing.day.day, standing.doing, standing.worked) == (3, Kind.DAY, 4 * HOUR)
    clocked.later(14 * 60)  # 16:00, after eighteen hours
    standing = timesheets.today()
    assert (standing.doing, standing.worked) == (None, 0 * HOUR)
    (left,) = standing.forgotten
    timesheets.start_day()
    timesheets.end_day()
    assert [fault.code for fault in timesheets.month(MARCH).faults] == ["span.open"]
    with pytest.raises(NotReady, match="has no end"):
        timesheets.submit(MARCH)
    timesheets.change(left.id, ends_at=at("2026-03-03 02:00"))
    assert timesheets.month(MARCH).faults == ()


def test_d14_visits_come_from_their_check_in_and_are_not_recorded_twice(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    sheet = clocked.submitted(device, timesheets)
    kinds = [row["kind"] for row in clocked.rows("time_span")]
    assert sorted(kinds) == ["break", "day", "travel"]
    assert clocked.work() == 2
    device.sync()
    (day,) = timesheets.month(MARCH).days
    assert (day.worked, day.visits, day.travel) == (8.5 * HOUR, 0.5 * HOUR, HOUR)
    (row,) = clocked.rows("timesheet")
    assert (row["id"], row["status"], row["minutes"]) == (sheet.bytes, "in_review", 510)
    with pytest.raises(ValueError, match="a day, travel or a break"):
        timesheets.add(Kind.VISIT, at("2026-03-02 08:00"), at("2026-03-02 09:00"))


def test_d14_the_server_comes_to_what_the_device_did(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    clocked.tapped(device, timesheets)
    whole_day(timesheets, "2026-03-08", "07:00", "17:30")
    whole_day(timesheets, "2026-03-09", "03:00", "08:00")
    before = timesheets.month(MARCH)
    timesheets.submit(MARCH)
    device.sync()
    clocked.work()
    device.sync()
    after = timesheets.month(MARCH)
    assert after.days == before.days
    assert after.minutes == before.minutes == 510 + 630 + 300
    assert [set(day.notices) for day in after.days] == [
        set(),
        {Notice.BREAK_SHORT, Notice.BREAK_LATE, Notice.DAY_LONG, Notice.SUNDAY},
        {Notice.REST_SHORT},
    ]


def test_d14_a_mean_of_more_than_eight_hours_is_told_at_the_last_day(clocked: Clocked) -> None:
    _, timesheets = clocked.device("a")
    for day in range(2, 8):
        whole_day(timesheets, f"2026-03-0{day}", "08:00", "16:30")
    days = timesheets.month(MARCH).days
    assert [Notice.MEAN_LONG in day.notices for day in days] == [False] * 5 + [True]


@pytest.mark.parametrize(
    ("spans", "code"),
    [
        ([], "sheet.empty"),
        ([("day", "2026-03-02 08:00", None)], "span.open"),
        ([("day", "2026-03-02 08:00", "2026-03-02 07:00")], "span.backwards"),
        ([("day", "2026-03-02 08:00", "2026-03-03 08:01")], "span.too_long"),
        ([("day", "2026-04-01 08:00", "2026-04-01 09:00")], "span.other_month"),
    ],
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_d14_a_forged_app_gets_nothing_past_the_server(
    clocked: Clocked, spans: list[tuple[str, str, str | None]], code: str
) -> None:
    device, timesheets = clocked.device("a")
    with device.changeset() as changes:
        sheet = changes.insert(
            "timesheet", employee=device.person, month=MARCH, zone="Europe/Berlin",
            status="recorded",
        )  # fmt: skip
        for kind, begins, ends in spans:
            until = at(ends) if ends else None
            changes.insert(
                "time_span", timesheet=sheet, kind=kind, starts_at=at(begins), ends_at=until
            )
    (standing,) = timesheets.month(MARCH).sheets
    assert code in [fault.code for fault in standing.faults]
    with pytest.raises(NotReady):
        timesheets.submit(MARCH)
    with device.changeset() as changes:  # past the facade
        changes.update("timesheet", sheet, status="submitted")
    device.sync()
    clocked.work()
    (row,) = clocked.rows("timesheet")
    assert row["status"] == "rejected"
    assert row["reason"]
    assert clocked.rows("timesheet_day") == []


def test_d14_a_zone_that_there_is_not_and_a_month_that_is_none_come_back(clocked: Clocked) -> None:
    device, _ = clocked.device("a")
    for month, zone in ((MARCH, "Europe/Nowhere"), (dt.date(2026, 3, 2), "Europe/Berlin")):
        with device.changeset() as changes:
            sheet = changes.insert(
                "timesheet", employee=device.person, month=month, zone=zone, status="recorded"
            )
            changes.insert(
                "time_span", timesheet=sheet, kind="day", starts_at=at("2026-03-02 08:00"),
                ends_at=at("2026-03-02 09:00"),
            )  # fmt: skip
            changes.update("timesheet", sheet, status="submitted")
    device.sync()
    clocked.work()
    assert [row["status"] for row in clocked.rows("timesheet")] == ["rejected"] * 2


def test_d14_the_same_time_counts_in_one_sheet_only(clocked: Clocked) -> None:
    """Two devices offline, a sheet each: the second of two that overlap comes back."""
    (tablet, one), (phone, two) = (clocked.device("a", name) for name in ("tablet", "phone"))
    whole_day(one, "2026-03-02", "08:00", "12:00")
    whole_day(two, "2026-03-02", "11:00", "13:00")
    whole_day(two, "2026-03-03")
    one.submit(MARCH)
    two.submit(MARCH)
    tablet.sync()
    clocked.later(1)
    phone.sync()
    clocked.work()
    assert sorted(row["status"] for row in clocked.rows("timesheet")) == ["in_review", "rejected"]
    phone.sync()
    back = next(sheet for sheet in two.month(MARCH).sheets if sheet.status == "rejected")
    assert "another sheet" in back.reason
    again = two.again(back.id)
    assert [fault.code for fault in two.month(MARCH).faults] == ["span.twice"]
    (wrong,) = phone.rows("time_span", "timesheet=? ORDER BY starts_at LIMIT 1", [again.bytes])
    two.change(wrong.id, starts_at=at("2026-03-02 12:00"))
    two.submit(MARCH)
    phone.sync()
    clocked.work()
    assert sorted(row["minutes"] or 0 for row in clocked.rows("timesheet")) == [0, 240, 300]
    phone.sync()
    assert two.month(MARCH).minutes == 540


def test_d14_a_month_goes_through_its_steps_and_back_with_a_reason(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    sheet = clocked.submitted(device, timesheets)
    assert clocked.step(None, sheet, "approved").version is None  # not checked yet
    clocked.work()
    assert clocked.work() == 0
    assert clocked.step(None, sheet, "rejected").version is None  # without a reason
    assert clocked.step(None, sheet, "rejected", reason="Friday?").version is not None
    device.sync()
    (standing,) = timesheets.month(MARCH).sheets
    assert (standing.status, standing.reason) == ("rejected", "Friday?")
    made = timesheets.again(standing.id)
    with pytest.raises(NoSheet):
        timesheets.again(made)
    whole_day(timesheets, "2026-03-06")
    timesheets.submit(MARCH)
    with pytest.raises(NoSheet):
        timesheets.submit(MARCH)
    device.sync()
    clocked.work()
    assert clocked.step(None, made, "approved").version is not None
    device.sync()
    old, new = timesheets.month(MARCH).sheets
    assert (old.status, new.status, new.replaces) == ("rejected", "approved", old.id)
    assert timesheets.month(MARCH).minutes == 510 + 240


def test_d14_what_is_wrong_is_set_right_by_counter_entries(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    sheet = clocked.submitted(device, timesheets)
    entry: dict[str, Stored] = {
        "timesheet": sheet.bytes, "day": "2026-03-02", "minutes": -30, "reason": "lunch",
    }  # fmt: skip
    assert clocked.by(None, clocked.new("timesheet_correction", **entry)).version is None
    clocked.work()
    assert clocked.by(None, clocked.new("timesheet_correction", **entry)).version is not None
    (row,) = clocked.rows("timesheet_correction")
    for action, values in ((Action.UPDATE, {"minutes": 30}), (Action.DELETE, {})):
        change = clocked.operation(action, "timesheet_correction", row["id"], **values)
        assert clocked.by(None, change).version is None
    device.sync()
    (standing,) = timesheets.month(MARCH).sheets
    assert standing.minutes == 480
    assert standing.corrections == ((dt.date(2026, 3, 2), -30, "lunch"),)
    with pytest.raises(Refused), device.changeset() as changes:
        changes.delete("timesheet_correction", row["id"])


def test_the_zone_of_new_sheets_is_the_installations(clocked: Clocked) -> None:
    clocked.insert("timesheet_setting", evaluation=True, zone="Asia/Tokyo")
    device, timesheets = clocked.device("a")
    timesheets.start_day()
    assert timesheets.today().since == at("2026-03-02 08:00")
    assert [row["zone"] for row in device.rows("timesheet")] == ["Asia/Tokyo"]

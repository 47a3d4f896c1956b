"""D14: what is submitted is changed by nobody."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest

from device_sdk import Device
from device_sdk.errors import Refused
from modules.timesheets.device import NoSheet, NoSpan
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store.author import Author
from syncengine.store.scope import Scope
from tests.timesheets.scene import MARCH, Clocked, at


def changes_of(clocked: Clocked, sheet: uuid.UUID) -> list[Operation]:
    """Everything that could be done to a sheet and its parts but for its steps."""
    made = [
        clocked.operation(Action.UPDATE, "timesheet", sheet.bytes, minutes=1),
        clocked.operation(Action.UPDATE, "timesheet", sheet.bytes, zone="Asia/Tokyo"),
        clocked.operation(Action.UPDATE, "timesheet", sheet.bytes, status="recorded"),
        clocked.operation(Action.DELETE, "timesheet", sheet.bytes),
    ]
    for name, values in (("time_span", {"ends_at": 1}), ("timesheet_day", {"worked": 1})):
        for row in clocked.rows(name):
            made.append(clocked.operation(Action.UPDATE, name, row["id"], **values))
            made.append(clocked.operation(Action.DELETE, name, row["id"]))
    moment = clocked.at
    made.append(
        clocked.new(
            "time_span", timesheet=sheet.bytes, kind="break", starts_at=moment, ends_at=moment
        )
    )
    return made


def by_operator(clocked: Clocked, operation: Operation) -> None:
    """At the command line."""
    assert clocked.by(None, operation).version is None


def by_administrator(clocked: Clocked, operation: Operation) -> None:
    """In the portal."""
    assert clocked.by(clocked.administrator, operation).version is None


def by_api(clocked: Clocked, operation: Operation) -> None:
    """With a token for everything."""
    author = Author(Source.OFFICE, None, "api", clocked.administrator, Scope(False, None))
    assert clocked.store.write(author, [operation]).version is None


def by_import(clocked: Clocked, operation: Operation) -> None:
    """A file."""
    assert clocked.by(None, operation, source=Source.IMPORT).version is None


def by_job(clocked: Clocked, operation: Operation) -> None:
    """The server by the clock."""
    assert clocked.by(None, operation, source=Source.JOB).version is None


@pytest.mark.parametrize(
    "attempt", [by_operator, by_administrator, by_api, by_import, by_job], ids=lambda f: f.__name__
)
@pytest.mark.parametrize("status", ["submitted", "in_review", "approved"])
def test_d14_what_is_submitted_is_changed_by_nobody(
    clocked: Clocked, attempt: Callable[[Clocked, Operation], None], status: str
) -> None:
    sheet = clocked.submitted(*clocked.device("a"))
    if status != "submitted":
        clocked.work()
    if status == "approved":
        assert clocked.step(None, sheet, "approved").version is not None
    before = clocked.everything()
    for operation in changes_of(clocked, sheet):
        attempt(clocked, operation)
    assert clocked.everything() == before


@pytest.mark.parametrize("source", [Source.OFFICE, Source.IMPORT, Source.JOB])
def test_d14_nobody_adds_a_day_to_what_is_reckoned(clocked: Clocked, source: Source) -> None:
    sheet = clocked.submitted(*clocked.device("a"))
    clocked.work()
    day = clocked.new(
        "timesheet_day", timesheet=sheet.bytes, day="2026-03-03", starts_at=clocked.at,
        ends_at=clocked.at, worked=1, breaks=0, travel=0, visits=0,
    )  # fmt: skip
    assert clocked.by(None, day, source=source).version is None


def forged(device: Device, operation: Operation) -> None:
    """Past the device's own judgement."""
    with device.changeset() as draft:
        draft.operations.append(operation)


def test_d14_nor_by_the_device_that_submitted_it_not_even_by_a_forged_app(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    sheet = clocked.submitted(device, timesheets)
    span = device.rows("time_span")[0]
    with pytest.raises(Refused, match="the sheet is submitted"), device.changeset() as changes:
        changes.update("time_span", span.id, ends_at=at("2026-03-02 20:00"))
    with pytest.raises(NoSpan):
        timesheets.change(span.id, ends_at=at("2026-03-02 20:00"))
    with pytest.raises(NoSpan):
        timesheets.remove(span.id)
    with pytest.raises(NoSheet):
        timesheets.submit(MARCH)
    with pytest.raises(NoSheet):
        timesheets.again(sheet)
    before = clocked.everything()
    attempts = changes_of(clocked, sheet)[:-1]
    for operation in attempts:
        forged(device, operation)
    device.sync()
    assert clocked.everything() == before
    assert len(device.inbox()) == len(attempts)


def test_d14_what_another_device_recorded_meanwhile_waits_and_is_not_lost(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    clocked.tapped(device, timesheets)
    device.sync()
    other, late = clocked.device("a", name="phone")
    late.start_day()
    timesheets.submit(MARCH)
    device.sync()
    before = clocked.everything()
    other.sync()
    assert clocked.everything() == before
    (item,) = other.inbox()
    assert "lifecycle.waits" in [reason.code for reason in item.reasons]

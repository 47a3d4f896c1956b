"""D13: a trip's way, from the draft until it is reimbursed, or rejected and written once more."""

from __future__ import annotations

from decimal import Decimal

import pytest

from device_sdk.errors import Refused
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.rights import Right
from tests.expenses.scene import OF_TRIPS, Travel
from tests.expenses.written import euros


def test_it_is_reckoned_while_it_is_typed_and_kept_by_the_server(travel: Travel) -> None:
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    (day,) = expenses.statement(trip).days
    assert (day.rule, day.amount, day.reductions[0].amount) == (
        "long_day",
        euros("2.80"),
        euros("11.20"),
    )
    assert expenses.statement(trip).total == euros("62.60")  # 2.80 + 36.00 + 23.80
    expenses.submit(trip)
    device.sync()
    assert travel.work() == 1
    device.sync()
    kept = expenses.statement(trip)
    assert (kept.status, kept.total, kept.checked) == ("in_review", euros("62.60"), None)
    assert kept.kept is not None
    assert [(one["rule"], one["amount"]) for one in kept.kept["days"]] == [("long_day", "2.80")]
    assert kept.kept["vat"] == [["19.00", "23.80", "20.00", "3.80"]]
    row = travel.row(trip)
    assert (row["total"], row["submitted_at"], row["in_review_at"]) == (6260, travel.at, travel.at)


def test_the_office_approves_and_reimburses_and_no_step_is_left_out(travel: Travel) -> None:
    device, expenses = travel.device("a")
    approver = travel.user("approver", Right.VIEW, Right.EDIT)
    trip = travel.submitted(device, expenses)
    assert travel.step(approver, trip, "approved").version is None  # not checked yet
    travel.work()
    assert travel.step(approver, trip, "reimbursed").version is None
    assert travel.step(approver, trip, "approved").version is not None
    assert travel.step(approver, trip, "rejected", reason="too late").version is None
    assert travel.step(approver, trip, "reimbursed").version is not None
    device.sync()
    assert expenses.statement(trip).status == "reimbursed"


@pytest.mark.parametrize("status", ["in_review", "rejected", "approved", "reimbursed"])
def test_nobody_takes_the_office_s_steps_on_a_device(travel: Travel, status: str) -> None:
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    with pytest.raises(Refused), device.changeset() as changes:
        changes.update("trip", trip, status=status)
    device.sync()
    with device.changeset() as draft:  # a forged app
        draft.operations.append(travel.operation(Action.UPDATE, "trip", trip.bytes, status=status))
    device.sync()
    assert len(device.inbox()) == 1
    assert travel.row(trip)["status"] == "draft"


def test_d13_afterwards_there_are_counter_entries(travel: Travel) -> None:
    device, expenses = travel.device("a")
    approver = travel.user("approver", *Right)
    trip = travel.submitted(device, expenses)

    def correct(difference: int) -> Operation:
        return travel.operation(
            Action.INSERT, "trip_correction", travel.environment.new_id(), trip=trip.bytes,
            difference=difference, reason="The taxi was shared",
        )  # fmt: skip

    assert travel.by(approver, correct(-1190)).version is None  # not checked yet
    travel.work()
    first = correct(-1190)
    assert travel.by(approver, first).version is not None
    assert travel.step(approver, trip, "approved").version is not None
    travel.at += 1_000  # ids are in the order of milliseconds
    assert travel.by(approver, correct(90)).version is not None
    edit = travel.operation(Action.UPDATE, "trip_correction", first.row_id, difference=0)
    gone = travel.operation(Action.DELETE, "trip_correction", first.row_id)
    for source in (Source.OFFICE, Source.IMPORT, Source.JOB):
        for operation in (edit, gone):
            assert travel.by(None, operation, source=source).version is None
    device.sync()
    told = expenses.statement(trip)
    assert told.total == euros("51.60")
    assert [one.amount for one in told.corrections] == [Decimal("-11.90"), Decimal("0.90")]
    with pytest.raises(Refused), device.changeset() as changes:
        changes.insert("trip_correction", trip=trip, difference=Decimal(5), reason="More")
    assert travel.step(approver, trip, "reimbursed").version is not None
    assert travel.by(approver, correct(1)).version is None


def test_d13_a_rejected_trip_stays_and_a_new_draft_is_made_from_it(travel: Travel) -> None:
    device, expenses = travel.device("a")
    approver = travel.user("approver", Right.VIEW, Right.EDIT)
    trip = travel.submitted(device, expenses)
    travel.work()
    assert travel.step(approver, trip, "rejected").version is None  # without a reason
    assert travel.step(approver, trip, "rejected", reason="Which customer?").version is not None
    device.sync()
    told = expenses.statement(trip)
    assert (told.status, told.reason) == ("rejected", "Which customer?")
    before = travel.everything()
    new = expenses.again(trip)
    assert expenses.statement(new).replaces == trip
    assert expenses.statement(new).total == euros("62.60")  # the rejected one does not count
    assert [len(device.rows(name, "trip=?", [new.bytes])) for name in OF_TRIPS[1:6]] == [1] * 5
    device.sync()
    assert all(set(rows) <= set(travel.everything()[name]) for name, rows in before.items())
    expenses.submit(new)
    device.sync()
    travel.work()
    assert travel.step(approver, new, "approved").version is not None
    assert travel.row(new)["replaces"] == trip.bytes
    assert (travel.row(trip)["status"], travel.row(trip)["reason"]) == (
        "rejected",
        "Which customer?",
    )

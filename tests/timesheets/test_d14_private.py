"""D14: recorded time is the rep's alone, and what the office sees of it can be switched off."""

from __future__ import annotations

import pytest

from syncengine.model.entity import Action
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.history_search import Sought, search
from syncengine.store.listing import Wanted
from tests.timesheets.scene import MARCH, OF_SHEETS, Clocked

PARTS = {"timesheet", "time_span"}


def seen(clocked: Clocked, user: bytes) -> set[str]:
    """The kinds of rows of sheets that a user finds in lists."""
    rights = clocked.rights(user)
    return {
        name
        for name in OF_SHEETS
        if listing.page(clocked.store, rights, Wanted(name), 10, None)[0]
        or listing.count(clocked.store, rights, Wanted(name))
    }


def found(clocked: Clocked, user: bytes) -> set[str]:
    """The kinds of rows of sheets that a user finds in the history."""
    rights = clocked.rights(user)
    return {
        entry.entity
        for name in OF_SHEETS
        for entry in search(clocked.store, rights, Sought(entity=name), 50).entries
    }


def test_d14_what_is_recorded_is_at_the_server_and_no_user_has_it(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    sheet = clocked.tapped(device, timesheets)
    device.sync()
    assert [row["status"] for row in clocked.rows("timesheet")] == ["recorded"]  # backed up
    for user in (
        clocked.user("approver", *Right),
        clocked.user("limited", *Right, limit="boss"),
        clocked.administrator,
    ):
        assert seen(clocked, user) == found(clocked, user) == set()
        edit = clocked.operation(Action.UPDATE, "timesheet", sheet.bytes, minutes=1)
        assert [o.code for o in clocked.by(user, edit).objections] == ["row.unknown"]


def test_d14_who_approves_sees_it_from_the_submission_on(clocked: Clocked) -> None:
    device, timesheets = clocked.device("a")
    users = [clocked.user("approver", Right.VIEW), clocked.user("above", Right.VIEW, limit="boss")]
    beside = clocked.user("beside", Right.VIEW, limit="b")
    clocked.tapped(device, timesheets)
    timesheets.submit(MARCH)
    assert seen(clocked, users[0]) == set()  # it is on the device alone
    device.sync()
    for user in users:
        assert seen(clocked, user) == found(clocked, user) == PARTS
    clocked.work()
    for user in users:
        assert seen(clocked, user) == {*PARTS, "timesheet_day"}
    assert seen(clocked, beside) == found(clocked, beside) == set()


def test_d14_a_substitute_never_has_it_nor_does_who_leads(clocked: Clocked) -> None:
    people = clocked.people
    clocked.insert("substitution", absent=people["a"], substitute=people["b"], active=True)
    device, timesheets = clocked.device("a")
    others = [clocked.device(name)[0] for name in ("b", "boss")]
    sheet = clocked.tapped(device, timesheets)

    def sync() -> None:
        device.sync()
        for other in others:
            other.sync()
            assert {n: other.counts()[n] for n in OF_SHEETS} == dict.fromkeys(OF_SHEETS, 0)

    sync()
    timesheets.submit(MARCH)
    sync()
    clocked.work()
    sync()
    assert clocked.step(None, sheet, "approved").version is not None
    sync()
    with others[0].changeset() as draft:  # a forged app of the substitute
        change = clocked.operation(Action.UPDATE, "timesheet", sheet.bytes, status="recorded")
        draft.operations.append(change)
    others[0].sync()
    assert [item.reasons[0].code for item in others[0].inbox()] == ["row.unknown"]


@pytest.mark.parametrize("kind", ["approver", "root"])
def test_d14_without_evaluation_the_office_has_the_sheet_and_its_total_alone(
    clocked: Clocked, kind: str
) -> None:
    """Whatever their rights; and all of it again when it is switched on."""
    device, timesheets = clocked.device("a")
    user = clocked.administrator if kind == "root" else clocked.user(kind, *Right)
    sheet = clocked.submitted(device, timesheets)
    clocked.work()
    everything = {*PARTS, "timesheet_day"}
    assert seen(clocked, user) == found(clocked, user) == everything
    setting = clocked.insert("timesheet_setting", evaluation=False)
    assert seen(clocked, user) == found(clocked, user) == {"timesheet"}
    (row,) = clocked.rows("timesheet_day")
    assert listing.one(clocked.store, clocked.rights(user), "timesheet_day", row["id"]) is None
    (whole, *_), _more = listing.page(
        clocked.store, clocked.rights(user), Wanted("timesheet"), 10, None
    )
    assert whole.values["minutes"] == 510
    assert clocked.step(user, sheet, "approved").version is not None
    device.sync()
    assert len(timesheets.month(MARCH).days) == 1  # the rep has all of it
    clocked.update("timesheet_setting", setting, evaluation=True)
    assert seen(clocked, user) == everything


def test_d14_without_evaluation_nobody_in_the_office_writes_to_days_either(
    clocked: Clocked,
) -> None:
    device, timesheets = clocked.device("a")
    clocked.submitted(device, timesheets)
    user = clocked.user("approver", *Right)
    clocked.insert("timesheet_setting", evaluation=False)
    (span, *_) = clocked.rows("time_span")
    change = clocked.operation(Action.DELETE, "time_span", span["id"])
    verdict = clocked.by(user, change)
    assert [o.code for o in verdict.objections] == ["access.denied"]

"""D13: never visible to a substitute, and to who approves from the submission on."""

from __future__ import annotations

from decimal import Decimal

import pytest

from modules.expenses.trip_lifecycle import TRIPS
from syncengine.model.entity import Action
from syncengine.model.lifecycle_data import lifecycle_data, read_lifecycle
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.history_search import Sought, search
from syncengine.store.listing import Wanted
from syncengine.store.review_queue import entries
from syncengine.store.reviews import Kind
from tests.expenses.scene import MONDAY, OF_TRIPS, Travel
from tests.lifecycles.module import SCHEMA as PUBLIC_ALONE

LATER = {"trip_correction", "trip_objection", "trip_statement"}
PARTS = set(OF_TRIPS) - LATER


def seen(travel: Travel, user: bytes) -> set[str]:
    """The kinds of rows of trips that a user finds in lists."""
    rights = travel.rights(user)
    return {
        name
        for name in OF_TRIPS
        if listing.page(travel.store, rights, Wanted(name), 10, None)[0]
        or listing.count(travel.store, rights, Wanted(name))
    }


def found(travel: Travel, user: bytes) -> set[str]:
    """The kinds of rows of trips that a user finds in the history."""
    rights = travel.rights(user)
    return {
        entry.entity
        for name in OF_TRIPS
        for entry in search(travel.store, rights, Sought(entity=name), 50).entries
    }


def test_d13_a_draft_is_at_the_server_and_no_user_has_it(travel: Travel) -> None:
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    device.sync()
    assert travel.row(trip)["status"] == "draft"  # backed up
    users = [
        travel.user("approver", *Right),
        travel.user("limited", *Right, limit="boss"),
        travel.administrator,
    ]
    for user in users:
        assert seen(travel, user) == set()
        assert found(travel, user) == set()
        assert listing.one(travel.store, travel.rights(user), "trip", trip.bytes) is None


@pytest.mark.parametrize("kind", ["approver", "limited", "root"])
def test_d13_no_user_writes_to_a_draft_nor_learns_that_it_is_there(
    travel: Travel, kind: str
) -> None:
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    device.sync()
    user = {
        "approver": lambda: travel.user("approver", *Right),
        "limited": lambda: travel.user("limited", *Right, limit="boss"),
        "root": lambda: travel.administrator,
    }[kind]()
    for row in (trip.bytes, travel.environment.new_id()):
        edit = travel.operation(Action.UPDATE, "trip", row, purpose="Mine")
        verdict = travel.by(user, edit)
        assert [o.code for o in verdict.objections] == ["row.unknown"]
        gone = travel.by(user, travel.operation(Action.DELETE, "trip", row))
        assert [o.code for o in gone.objections] == ["row.unknown"]
    drive = travel.operation(
        Action.INSERT, "trip_drive", travel.environment.new_id(), trip=trip.bytes,
        day="2026-03-02", vehicle="car", kilometres=10,
    )  # fmt: skip
    assert travel.by(user, drive).version is None
    assert travel.row(trip)["purpose"] == "Fair in Cologne"


def test_d13_who_approves_sees_it_from_the_submission_on(travel: Travel) -> None:
    device, expenses = travel.device("a")
    approver = travel.user("approver", Right.VIEW, Right.EDIT)
    above = travel.user("above", Right.VIEW, limit="boss")
    beside = travel.user("beside", Right.VIEW, limit="b")
    nobody = travel.user("nobody")
    trip = travel.written(device, expenses)
    device.sync()
    assert seen(travel, approver) == seen(travel, above) == set()
    expenses.submit(trip)
    assert seen(travel, approver) == set()  # it is on the device alone
    device.sync()
    for user in (approver, above):
        assert seen(travel, user) == PARTS
        assert found(travel, user) == PARTS
    assert seen(travel, beside) == seen(travel, nobody) == set()
    assert found(travel, beside) == set()


def test_d13_a_substitute_never_has_it_nor_does_who_leads(travel: Travel) -> None:
    people = travel.people
    travel.insert("substitution", absent=people["a"], substitute=people["b"], active=True)
    device, expenses = travel.device("a")
    others = [travel.device(name)[0] for name in ("b", "boss")]
    shop = travel.customer("a", "1")
    approver = travel.user("approver", Right.VIEW, Right.EDIT)
    trip = travel.written(device, expenses)

    def sync() -> None:
        device.sync()
        for other in others:
            other.sync()
            assert other.get("customer", shop) is not None  # what is for a substitute is there
            assert {name: other.counts()[name] for name in OF_TRIPS} == dict.fromkeys(OF_TRIPS, 0)

    sync()
    expenses.submit(trip)
    sync()
    travel.work()
    sync()
    for status in ("approved", "reimbursed"):
        assert travel.step(approver, trip, status).version is not None
        sync()
    assert expenses.statement(trip).status == "reimbursed"


def test_d13_a_substitute_writes_none_of_it_even_by_a_forged_app(travel: Travel) -> None:
    people = travel.people
    travel.insert("substitution", absent=people["a"], substitute=people["b"], active=True)
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    device.sync()
    other, _ = travel.device("b")
    with other.changeset() as draft:
        draft.operations.append(
            travel.operation(Action.UPDATE, "trip", trip.bytes, status="submitted")
        )
    other.sync()
    assert [item.reasons[0].code for item in other.inbox()] == ["row.unknown"]
    assert travel.row(trip)["status"] == "draft"


def test_what_was_a_draft_and_is_gone_is_in_no_users_history(travel: Travel) -> None:
    device, expenses = travel.device("a")
    trip = travel.written(device, expenses)
    device.sync()
    expenses.discard(trip)
    device.sync()
    assert device.counts()["trip"] == 0
    assert found(travel, travel.administrator) == set()


def test_d13_late_work_on_what_was_a_draft_stays_with_its_person(travel: Travel) -> None:
    """Who has two devices throws a draft away on one and goes on with it on the other: nobody in
    the office is asked, and what was typed is in the inbox.
    """
    first, expenses = travel.device("a")
    trip = travel.written(first, expenses)
    first.sync()
    second, others = travel.device("a", "second")
    (drive,) = second.rows("trip_drive")
    expenses.discard(trip)
    first.sync()
    others.change("trip_drive", drive.id, route="To an interview")
    others.describe(trip, "An interview")
    others.add_drive(trip, MONDAY, "car", Decimal(7))
    second.sync()
    items = second.inbox()
    assert [item.outcome for item in items] == ["rejected"] * 3
    assert {item.reasons[0].code for item in items} == {"late.private"}
    assert items[0].entered[0].values == {"route": "To an interview"}
    for kind in Kind:
        assert entries(travel.store, kind, False, 10) == ([], 0)


def test_d13_late_work_on_what_was_submitted_waits_for_the_office(travel: Travel) -> None:
    first, expenses = travel.device("a")
    trip = travel.written(first, expenses)
    first.sync()
    second, others = travel.device("a", "second")
    expenses.submit(trip)
    first.sync()
    others.add_drive(trip, MONDAY, "car", Decimal(7))
    second.sync()
    assert [item.outcome for item in second.inbox()] == ["quarantined"]
    assert entries(travel.store, Kind.QUARANTINE, False, 10)[1] == 1


def test_that_a_state_is_private_travels_with_the_schema() -> None:
    _, data = lifecycle_data(TRIPS)
    assert isinstance(data, list)
    assert read_lifecycle(data) == TRIPS
    for lifecycle in PUBLIC_ALONE.lifecycles.values():  # and others say nothing of it
        _, data = lifecycle_data(lifecycle)
        assert all(len(state) == 3 for state in data[2])  # type: ignore[index]

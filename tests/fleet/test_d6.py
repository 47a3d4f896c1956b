"""D6: the switch. All that the absent rep works with comes to the substitute, and leaves again."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from device_sdk import Device
from device_sdk.errors import Offline, Refused
from syncengine.model.fields import EPOCH, MICROSECOND
from tests.support.calendar import TODAY, Calendar
from tests.support.leaving import appointment, flat, held, substitution
from tests.support.plain import decrypted
from tests.support.world import DAY, SCHEMA, World


@pytest.fixture
def shop(world: World) -> bytes:
    """A customer of a, with a contact and an appointment; a has private rows, too."""
    made = world.customer("a", "1", phone="old", remark="canary-shop")
    world.insert("contact", customer=made, name="canary-contact", active=True)
    appointment(world, made, "a", 1)
    world.insert("note", author=world.people["a"], customer=made, text="canary-note")
    world.insert("employee_private", employee=world.people["a"], email="canary-mail")
    return made


@pytest.fixture
def absent(world: World, shop: bytes) -> Iterator[Device]:
    """The device of a, synced."""
    with world.enrol("a") as device:
        device.sync()
        yield device


@pytest.fixture
def substitute(world: World, shop: bytes) -> Iterator[Device]:
    """The device of b, synced before anything is switched."""
    with world.enrol("b") as device:
        device.sync()
        yield device


def _stored(device: Device) -> set[str]:
    """The entities, of which everybody has none, that have a row in the store, shown or not."""
    connection = device._store.database.connection
    found = {
        name
        for name in SCHEMA.entities
        for _ in connection.execute(f"SELECT 1 FROM row_{name} LIMIT 1")
    }
    return found - {"employee", "market"}


def test_d6_everything_comes_at_the_next_sync_ready_for_work(
    world: World, shop: bytes, absent: Device, substitute: Device
) -> None:
    """Whatever the substitute does is the absent rep's at the next sync."""
    assert _stored(substitute) == set()
    substitution(world, "a", "b")
    substitute.sync()
    assert _stored(substitute) == {"customer", "contact", "appointment"}
    (contact,) = substitute.rows("contact")
    (visit,) = substitute.rows("appointment")
    with substitute.changeset() as changes:
        changes.update("customer", shop, phone="new")
        changes.update("contact", contact.id, role="owner")
        changes.update("appointment", visit.id, subject="Moved")
        changes.insert("contact", customer=uuid.UUID(bytes=shop), name="Eve", active=True)
    assert substitute.sync().verdicts == {"accepted": 1}
    absent.sync()
    assert [row["phone"] for row in absent.rows("customer")] == ["new"]
    assert {(row["name"], row["role"]) for row in absent.rows("contact")} == {
        ("canary-contact", "owner"),
        ("Eve", None),
    }
    assert [row["subject"] for row in absent.rows("appointment")] == ["Moved"]


def test_d6_the_absent_rep_keeps_the_own_copy(
    world: World, shop: bytes, absent: Device, substitute: Device
) -> None:
    """And may go on working on it."""
    before = flat(held(absent))
    switch = substitution(world, "a", "b")
    for active in (True, False):
        world.update("substitution", switch, active=active)
        substitute.sync()
        absent.sync()
        assert flat(held(absent)) == before
        with absent.changeset() as changes:
            changes.update("customer", shop, phone=str(active))
        assert absent.sync().verdicts == {"accepted": 1}


def test_d6_personal_rows_never_travel(
    world: World, shop: bytes, absent: Device, substitute: Device
) -> None:
    """In neither direction, and not even as bytes in the file."""
    substitution(world, "a", "b")
    with substitute.changeset() as changes:
        changes.insert("note", author=substitute.person, text="about a's customer")
    substitute.sync()
    absent.sync()
    assert [row["text"] for row in absent.rows("note")] == ["canary-note"]
    assert [row["text"] for row in substitute.rows("note")] == ["about a's customer"]
    assert _stored(substitute) == {"customer", "contact", "appointment", "note"}
    plain = decrypted(substitute)
    assert b"canary-shop" in plain
    assert b"canary-note" not in plain
    assert b"canary-mail" not in plain


def test_d6_switched_back_everything_leaves_within_one_sync(
    world: World, shop: bytes, substitute: Device
) -> None:
    """From the file as well (invariant 8)."""
    own = world.customer("b", "2")
    switch = substitution(world, "a", "b")
    substitute.sync()
    assert substitute.counts()["customer"] == 2
    world.update("substitution", switch, active=False)
    substitute.sync()
    assert [row.id.bytes for row in substitute.rows("customer")] == [own]
    assert _stored(substitute) == {"customer"}
    plain = decrypted(substitute)
    assert b"Shop 2" in plain
    assert b"canary" not in plain
    assert shop not in plain


def test_d6_work_done_before_learning_of_the_end_is_never_lost(
    world: World, shop: bytes, absent: Device
) -> None:
    """New rows are taken, edits wait for the office; the person reads them in the inbox, also
    after the row left and the device was started again.
    """
    switch = substitution(world, "a", "b")
    with world.enrol("b") as substitute:
        substitute.sync()
        (visit,) = substitute.rows("appointment")
        with substitute.changeset() as changes:
            changes.insert("contact", customer=uuid.UUID(bytes=shop), name="Eve", active=True)
            changes.insert(
                "appointment", customer=uuid.UUID(bytes=shop), employee=substitute.person,
                subject="Agreed", starts_at=EPOCH + TODAY * MICROSECOND, active=True,
            )  # fmt: skip
        with substitute.changeset() as changes:
            changes.update("customer", shop, phone="late")
        with substitute.changeset() as changes:
            changes.update("appointment", visit.id, subject="late, too")
    world.update("substitution", switch, active=False)
    with world.reopen("b") as again:
        assert again.pending() == 3
        assert again.sync().verdicts == {"accepted": 1, "quarantined": 2}
        assert _stored(again) == set()
        assert [item.entered[0].values for item in again.inbox()] == [
            {"phone": "late"},
            {"subject": "late, too"},
        ]
        assert {item.reasons[0].code for item in again.inbox()} == {"late.quarantined"}
    absent.sync()
    assert [row["phone"] for row in absent.rows("customer")] == ["old"]
    assert {row["name"] for row in absent.rows("contact")} == {"canary-contact", "Eve"}
    assert {row["subject"] for row in absent.rows("appointment")} == {"Visit", "Agreed"}


def test_d6_a_month_after_the_end_new_rows_wait_for_the_office_too(
    world: World, calendar: Calendar, shop: bytes, substitute: Device
) -> None:
    switch = substitution(world, "a", "b")
    substitute.sync()
    substitute.sync()  # proves what it holds
    with substitute.changeset() as changes:
        changes.insert("contact", customer=uuid.UUID(bytes=shop), name="Eve", active=True)
    world.update("substitution", switch, active=False)
    calendar.now += 31 * DAY
    assert substitute.sync().verdicts == {"quarantined": 1}
    (item,) = substitute.inbox()
    assert item.entered[0].values["name"] == "Eve"


def test_d6_with_dates_it_ends_without_network(
    world: World, calendar: Calendar, shop: bytes, substitute: Device
) -> None:
    """By the device's clock: nothing shows and nothing can be done; the next sync takes it away."""
    substitution(world, "a", "b", ends_at=TODAY + 3 * DAY)
    substitute.sync()
    everybodys = flat(held(substitute)) - {("customer", shop)}
    calendar.now = TODAY + 3 * DAY - 1
    assert substitute.counts()["customer"] == 1
    calendar.now = TODAY + 3 * DAY
    assert [substitute.counts()[e] for e in ("customer", "contact", "appointment")] == [0, 0, 0]
    with pytest.raises(Refused), substitute.changeset() as changes:
        changes.update("customer", shop, phone="after the end")
    assert flat(held(substitute)) < everybodys
    assert _stored(substitute) == {"customer", "contact", "appointment"}
    substitute.sync()
    assert _stored(substitute) == set()


def test_d6_with_dates_it_begins_by_itself(
    world: World, calendar: Calendar, shop: bytes, substitute: Device
) -> None:
    """A day earlier for reading; work begins with the first day, also without network."""
    substitution(world, "a", "b", starts_at=TODAY + 3 * DAY, lead_days=1)
    substitute.sync()
    assert _stored(substitute) == set()
    calendar.now = TODAY + 2 * DAY
    substitute.sync()
    assert substitute.counts()["customer"] == 1
    with pytest.raises(Refused), substitute.changeset() as changes:
        changes.update("customer", shop, phone="too early")
    calendar.now = TODAY + 3 * DAY
    with substitute.changeset() as changes:
        changes.update("customer", shop, phone="in time")
    assert substitute.sync().verdicts == {"accepted": 1}


def test_d6_a_switch_back_during_a_broken_off_sync_shows_nothing(
    world: World, shop: bytes, substitute: Device
) -> None:
    """What arrived of a switch that is over when the network is back leaves unseen."""
    world.customers("a", 600)
    switch = substitution(world, "a", "b")
    transport = world.transports[-1]
    transport.faults.cut_after = 5_000
    with pytest.raises(Offline):
        substitute.sync()
    assert substitute.counts()["customer"] == 0
    world.update("substitution", switch, active=False)
    substitute.sync()
    assert _stored(substitute) == set()

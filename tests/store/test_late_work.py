"""Late work, decided by the slice now and the checkpoint acknowledged; and what holds for the
office.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.model.changeset import Base
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.protocol.messages import Signed
from syncengine.store import tables as t
from tests.support.leaving import substitution
from tests.support.wire import NaiveDevice, codes
from tests.support.world import DAY, World


@pytest.fixture
def device(world: World) -> NaiveDevice:
    made = NaiveDevice(world, "a")
    made.sync()
    return made


def _version(world: World) -> int:
    return world.store.status().version


def test_late_edits_wait_and_late_new_rows_are_taken(device: NaiveDevice, world: World) -> None:
    """D6; the slice now decides, the acknowledged checkpoint proves what was held."""
    mine = world.customer("a", "1", phone="old")
    device.sync()
    world.update("customer", mine, owner=world.people["b"])
    edit = device.changeset(device.update("customer", mine, phone="late"))
    contact = device.changeset(device.insert("contact", customer=mine, name="Ann", active=True))
    quarantined, accepted = device.push(edit, contact)
    assert (quarantined.outcome, codes(quarantined)) == ("quarantined", {"late.quarantined"})
    assert accepted.outcome == "accepted"
    phone = world.store.tables["customer"].c.phone
    with world.store.engine.connect() as connection:
        assert connection.scalars(sa.select(phone)).all() == ["old"]
        kept = connection.execute(
            sa.select(t.verdict.c.body).where(t.verdict.c.outcome == "quarantined")
        ).scalar()
    assert kept == edit.body


def test_work_on_a_late_new_row_is_judged_like_the_row(device: NaiveDevice, world: World) -> None:
    """D6: what a substitute made and went on with, in one changeset or the next, is not refused."""
    mine = world.customer("a", "1")
    device.sync()
    world.update("customer", mine, owner=world.people["b"])
    contact = device.insert("contact", customer=mine, name="Ann", active=True)
    made = device.changeset(contact, device.update("contact", contact.row_id, role="Manager"))
    later = device.changeset(device.update("contact", contact.row_id, phone="1"))
    assert [v.outcome for v in device.push(made, later)] == ["accepted", "accepted"]
    c = world.store.tables["contact"].c
    with world.store.engine.connect() as connection:
        found = connection.execute(sa.select(c.name, c.role, c.phone)).one()
    assert tuple(found) == ("Ann", "Manager", "1")


def test_an_owner_that_never_had_the_row_gets_no_late_rights(
    device: NaiveDevice, world: World
) -> None:
    foreign = world.customer("b", "1")
    device.sync()
    world.update("customer", foreign, owner=None)
    (verdict,) = device.push(
        device.changeset(device.insert("contact", customer=foreign, name="x", active=True))
    )
    assert verdict.outcome == "rejected"


def test_the_office_is_held_to_references_cycles_and_use(world: World) -> None:
    mine = world.customer("a", "1")
    contact = world.insert("contact", customer=mine, name="Ann", active=True)
    cases = {
        "reference.unknown": world.operation(
            Action.UPDATE, "customer", mine, owner=world.environment.new_id()
        ),
        "hierarchy.cycle": world.operation(
            Action.UPDATE, "employee", world.people["boss"], manager=world.people["a"]
        ),
        "row.in_use": world.operation(Action.DELETE, "customer", mine),
        "row.unknown": world.operation(Action.DELETE, "contact", world.environment.new_id()),
        "row.exists": world.operation(
            Action.INSERT, "contact", contact, customer=mine, name="x", active=True
        ),
    }
    version = _version(world)
    for code, operation in cases.items():
        verdict = world.write([operation])
        assert {o.code for o in verdict.objections} == {code}
    assert _version(world) == version
    world.write([world.operation(Action.DELETE, "contact", contact)])
    assert world.write([world.operation(Action.DELETE, "customer", mine)]).version == version + 2


@pytest.mark.parametrize(
    ("shown", "ends", "pushed", "outcome"),
    [
        (0, 0, 30, "accepted"),
        (0, 0, 31, "quarantined"),
        (0, 40, 41, "accepted"),  # long in force, just ended
        (0, 40, 71, "quarantined"),
        (39, 0, 40, "quarantined"),  # long ended, though the checkpoint was shown late
    ],
)
def test_the_window_counts_from_the_change_that_ended_it(
    database_url: str, tmp_path: Path, shown: int, ends: int, pushed: int, outcome: str
) -> None:
    """Days at which the checkpoint is shown, the customer goes, and the work arrives."""
    day = 0
    begin = Environment().now()
    world = World(database_url, tmp_path, now=lambda: begin + day * DAY)
    device = NaiveDevice(world, "a")
    mine = world.customer("a", "1")
    device.sync()
    work = device.changeset(device.insert("contact", customer=mine, name="Ann", active=True))
    for day in sorted({shown, ends, pushed}):
        if day == shown:
            list(world.store.sync(device.seat, device.hello(), ()))  # the answer is lost
        if day == ends:
            world.update("customer", mine, owner=world.people["b"])
    (verdict,) = device.push(work)
    assert verdict.outcome == outcome
    world.close()


def _contact(device: NaiveDevice, customer: bytes, name: str) -> Signed:
    return device.changeset(device.insert("contact", customer=customer, name=name, active=True))


def _held_by_b(world: World, by: str) -> tuple[bytes, Callable[[], object]]:
    """A customer that b has, and how it is taken away: with its bucket, or out of it."""
    if by == "owner":
        mine = world.customer("b", "1")
        return mine, lambda: world.update("customer", mine, owner=world.people["a"])
    switch = substitution(world, "a", "b")
    return world.customer("a", "1"), lambda: world.update("substitution", switch, active=False)


@pytest.mark.parametrize("by", ["substitution", "owner"])
@pytest.mark.parametrize("news_before", [False, True])
def test_what_follows_a_revocation_from_the_same_outbox_is_late_work_too(
    world: World, by: str, news_before: bool
) -> None:
    """Two pushes of one outbox: the first brings the revocation, the second is judged alike."""
    device = NaiveDevice(world, "b")
    mine, take_back = _held_by_b(world, by)
    foreign, nowhere = world.customer("boss", "9"), world.environment.new_id()
    device.sync()
    first, second = (_contact(device, mine, name) for name in ("Ann", "Ben"))
    edit = device.changeset(device.update("customer", mine, phone="late"))
    never = [
        device.changeset(device.update("customer", row, phone="x")) for row in (foreign, nowhere)
    ]
    if news_before:  # a checkpoint between base and revocation that leaves no record is proved
        world.update("customer", mine, remark="news")
        device.sync()
        device.sync()
    take_back()
    device.sync(first)
    assert mine not in device.ids("customer")
    device.sync()  # proves the checkpoint without the row
    accepted, edited, *rejected = device.push(second, edit, *never)
    assert (accepted.outcome, edited.outcome) == ("accepted", "quarantined")
    assert [(v.outcome, codes(v)) for v in rejected] == [("rejected", {"row.unknown"})] * 2


def test_who_knew_that_the_row_is_gone_does_no_late_work(world: World) -> None:
    """A base beyond the revocation: the row was held once, but not by the store that worked."""
    device = NaiveDevice(world, "b")
    mine, take_back = _held_by_b(world, "substitution")
    device.sync()
    take_back()
    device.sync()
    device.sync()
    (verdict,) = device.push(_contact(device, mine, "Ann"))
    assert verdict.outcome == "rejected"


def test_an_answer_that_was_only_sent_proves_nothing(world: World) -> None:
    """Not even when a later answer is proved, by which the end of what was sent is confirmed."""
    device = NaiveDevice(world, "b")
    device.sync()
    mine, take_back = _held_by_b(world, "substitution")
    list(world.store.sync(device.seat, device.hello(), ()))  # sent whole, and lost
    claimed = Base(device.base.epoch, _version(world))
    take_back()
    device.sync()
    late = device.insert("contact", customer=mine, name="Ann", active=True)
    device.sync()
    (verdict,) = device.push(device.changeset(late, base=claimed))
    assert verdict.outcome == "rejected"


def test_the_window_of_an_earlier_checkpoint_begins_with_the_change_after_it(
    database_url: str, tmp_path: Path
) -> None:
    """The end cannot have come before that: an old checkpoint alone makes nothing too late."""
    offset = {"days": 0}
    clock = Environment().now
    world = World(database_url, tmp_path, now=lambda: clock() + offset["days"] * DAY)
    device = NaiveDevice(world, "b")
    mine, take_back = _held_by_b(world, "substitution")
    device.sync()
    outcomes = []
    contacts = [_contact(device, mine, name) for name in ("Ann", "Ben", "Cis")]
    for days, contact in zip((40, 69, 71), contacts, strict=True):
        offset["days"] = days
        if days == 40:
            take_back()
            device.sync()
            device.sync()
        outcomes += [v.outcome for v in device.push(contact)]
    assert outcomes == ["accepted", "accepted", "quarantined"]
    world.close()


def test_records_are_forgotten_long_after_they_were_proved(
    database_url: str, tmp_path: Path
) -> None:
    """When another answer is proved; the newest stays, and so does one that is not proved."""
    offset = {"days": 0}
    clock = Environment().now
    world = World(database_url, tmp_path, now=lambda: clock() + offset["days"] * DAY)
    device = NaiveDevice(world, "b")
    world.customer("a", "1")
    device.sync()
    device.sync()
    switch = substitution(world, "a", "b")
    counts = []
    for days, active in ((0, True), (59, False), (61, True), (200, False)):
        offset["days"] = days
        world.update("substitution", switch, active=active)
        device.sync()  # the last record
        device.sync()  # is proved
        with world.store.engine.connect() as connection:
            counts.append(connection.scalar(sa.select(sa.func.count()).select_from(t.told)))
    assert counts == [2, 3, 2, 1]
    world.close()

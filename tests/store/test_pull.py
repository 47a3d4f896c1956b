"""Pulls: slices, chunks, cursors, omission, checkpoints, tokens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from syncengine.model.entity import Action
from syncengine.model.errors import CheckpointRefused, SeatLocked
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.limits import CHUNK_ROWS
from syncengine.protocol.messages import Chunk, Cursor, Grants, Struct, Unchanged, Welcome
from syncengine.store import pull
from syncengine.store.doctor import doctor
from tests.support.wire import NaiveDevice
from tests.support.world import World


def test_slices_by_owner_hierarchy_and_person(world: World) -> None:
    """D3, invariants 5 and 7."""
    mine, other = world.customer("a", "1"), world.customer("b", "2")
    nobodys = world.customer(None, "3")
    contact = world.insert("contact", customer=mine, name="Ann", active=True)
    note = world.insert("note", author=world.people["a"], text="private")
    a, b, boss = (NaiveDevice(world, p) for p in ("a", "b", "boss"))
    for device in (a, b, boss):
        device.sync()
    assert (a.ids("customer"), a.ids("contact"), a.ids("note")) == ({mine}, {contact}, {note})
    assert (b.ids("customer"), b.ids("contact"), b.ids("note")) == ({other}, set(), set())
    assert (boss.ids("customer"), boss.ids("contact"), boss.ids("note")) == (
        {mine, other},
        {contact},
        set(),
    )
    assert all(device.ids("employee") == set(world.people.values()) for device in (a, b, boss))
    assert nobodys not in a.ids("customer") | b.ids("customer") | boss.ids("customer")


def test_reassigning_moves_what_follows(world: World) -> None:
    """Invariant 8: gone at the next sync, with everything that follows it."""
    mine = world.customer("a", "1")
    contact = world.insert("contact", customer=mine, name="Ann", active=True)
    a, b = NaiveDevice(world, "a"), NaiveDevice(world, "b")
    a.sync()
    b.sync()
    world.update("customer", mine, owner=world.people["b"])
    a.sync()
    b.sync()
    assert (a.ids("customer"), a.ids("contact")) == (set(), set())
    assert (b.ids("customer"), b.ids("contact")) == ({mine}, {contact})


def test_a_row_that_leaves_and_comes_back_within_a_changeset_stays(world: World) -> None:
    """Invariant 8: it is judged below its new customer first, who then comes to its old place."""
    mine, other = world.customer("a", "1"), world.customer("b", "2")
    contact = world.insert("contact", customer=mine, name="Ann", active=True)
    device = NaiveDevice(world, "a")
    device.sync()
    world.write(
        [
            world.operation(Action.UPDATE, "contact", contact, customer=other),
            world.operation(Action.UPDATE, "customer", other, owner=world.people["a"]),
        ]
    )
    assert doctor(world.store).findings == []
    device.sync()
    assert (device.ids("customer"), device.ids("contact")) == ({mine, other}, {contact})


def test_a_row_follows_to_where_its_parent_ends_up(world: World) -> None:
    """Invariant 8: a customer that is handed on and back within a changeset takes it along."""
    customer, contact = world.customer(None, "1"), world.environment.new_id()
    b = world.people["b"]
    world.write(
        [
            world.operation(Action.UPDATE, "customer", customer, owner=b),
            world.operation(
                Action.INSERT, "contact", contact, name="Ann", customer=customer, active=True
            ),
            world.operation(Action.UPDATE, "customer", customer, owner=None),
        ]
    )
    assert doctor(world.store).findings == []
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("contact") == set()


def test_moving_somebody_in_the_hierarchy_moves_the_grants(world: World) -> None:
    mine = world.customer("a", "1")
    boss, b = NaiveDevice(world, "boss"), NaiveDevice(world, "b")
    boss.sync()
    world.update("employee", world.people["a"], manager=world.people["b"])
    boss.sync()
    b.sync()
    assert boss.ids("customer") == {mine}  # still below, one level deeper
    assert b.ids("customer") == {mine}
    world.update("employee", world.people["b"], manager=None)
    boss.sync()
    assert boss.ids("customer") == set()


def test_left_rows_are_told_to_those_who_had_them_only(world: World) -> None:
    mine = world.customer("a", "1")
    world.update("customer", mine, owner=world.people["b"])
    device = NaiveDevice(world, "a")
    device.sync()
    assert all(not s.left for m in device.messages if isinstance(m, Chunk) for s in m.sections)


def test_a_new_holder_hears_of_nothing_that_left_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In however many chunks the bucket comes: one that stops behind a row that came after the one
    that left is not one that brought that row.
    """
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1)
    gone, stays = world.customer("a", "1"), world.customer("a", "2")
    world.update("customer", gone, owner=world.people["b"])
    device = NaiveDevice(world, "a")
    device.sync()
    assert device.ids("customer") == {stays}
    assert all(not s.left for m in device.messages if isinstance(m, Chunk) for s in m.sections)


def test_what_leaves_while_a_bucket_comes_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1)
    gone, stays = world.customer("a", "1"), world.customer("a", "2")
    device = NaiveDevice(world, "a")

    def take_away(message: Struct) -> None:
        if device.ids("customer") and not device.ids("customer") & {stays}:
            world.update("customer", gone, owner=world.people["b"])

    device.sync(between=take_away)
    assert device.ids("customer") == {stays}


def test_a_row_that_came_back_meanwhile_still_leaves(world: World) -> None:
    """Invariant 8: it left, came and left again, all between two syncs of who had it before."""
    mine = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    for owner in (None, "a", None):
        world.update("customer", mine, owner=owner and world.people[owner])
    device.sync()
    assert device.ids("customer") == set()


def test_chunks_are_bounded_and_a_pull_goes_on_at_any_of_them(world: World) -> None:
    """10,000 rows of one version: a plain version as cursor would lose most of them."""
    ids = set(world.customers("a", 10_000))
    device = NaiveDevice(world, "a")
    total = 0
    for _ in range(4):
        device.sync(stop_after=1)
        total += device.received()
        assert device.received() <= CHUNK_ROWS
    device.sync()
    assert device.ids("customer") == ids
    assert total + device.received() == len(ids) + len(world.people)


def test_a_resumed_pull_learns_that_a_bucket_is_no_longer_granted(world: World) -> None:
    """Invariant 17: the bucket came after the checkpoint and went before the pull went on."""
    boss = NaiveDevice(world, "boss")
    boss.sync()
    theirs = world.customer("b", "1")
    boss.sync(stop_after=1)
    assert boss.ids("customer") == {theirs}
    world.update("employee", world.people["b"], manager=None)
    boss.sync()
    assert boss.ids("customer") == set()


def test_writes_during_a_pull_reach_its_checkpoint(world: World) -> None:
    """Invariant 10: the checkpoint is one version of all buckets."""
    ids = world.customers("a", 3 * CHUNK_ROWS)
    device = NaiveDevice(world, "a")
    stream = iter(world.store.sync(device.seat, device.hello(), ()))
    for number, message in enumerate(stream):
        device._take(message)
        if number == 2:
            world.update("customer", ids[0], phone="changed")
            world.update("customer", ids[1], owner=world.people["b"])
            world.update("customer", ids[-1], owner=world.people["b"])
    assert device.ids("customer") == set(ids) - {ids[1], ids[-1]}
    assert device.value("customer", ids[0], "phone") == "changed"


def test_no_chunk_after_a_revocation_serves_the_old_slice(world: World) -> None:
    """Invariant 17: grants are computed in the snapshot of every chunk."""
    world.customers("a", 3 * CHUNK_ROWS)
    switch = world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    device = NaiveDevice(world, "b")
    stream = iter(world.store.sync(device.seat, device.hello(), ()))
    seen: list[object] = []
    for message in stream:
        device._take(message)
        seen.append(message)
        if isinstance(message, Chunk):
            break
    assert device.ids("customer")
    world.update("substitution", switch, active=False)
    after = list(stream)
    assert isinstance(after[0], Grants)
    for message in after:
        device._take(message)
        if isinstance(message, Chunk):
            assert all(s.tag != 267 for s in message.sections)
    assert device.ids("customer") == set()


def test_a_row_held_already_is_named_and_not_sent(world: World) -> None:
    ids = set(world.customers("a", 50))
    boss = NaiveDevice(world, "boss")
    boss.sync()
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["boss"], active=True
    )
    boss.sync()
    assert boss.received() == 0
    assert boss.ids("customer") == ids


def test_a_repaired_bucket_comes_whole(world: World) -> None:
    ids = set(world.customers("a", 50))
    device = NaiveDevice(world, "a")
    device.sync()
    (bucket,) = [b for b, rows in device.buckets.items() if len(rows) == 50]
    device.buckets[bucket].popitem()
    device.sync(repair=[bucket])
    assert device.received() == 50
    assert device.ids("customer") == ids


def test_nothing_new_is_said_without_reading_buckets(world: World) -> None:
    device = NaiveDevice(world, "a")
    device.sync()
    device.sync()
    assert [type(m) for m in device.messages] == [Welcome, Unchanged]


@pytest.mark.parametrize(
    "damage",
    [
        lambda token: bytes([token[0] ^ 1]) + token[1:],
        lambda token: token[:-1] + bytes([token[-1] ^ 128]),
        lambda token: token[:-1],
        lambda _token: b"",
        lambda _token: bytes(80),
    ],
)
def test_a_tampered_checkpoint_is_refused(world: World, damage: Callable[[bytes], bytes]) -> None:
    device = NaiveDevice(world, "a")
    device.sync()
    assert device.token is not None
    device.token = damage(device.token)
    with pytest.raises(CheckpointRefused):
        device.sync()


def test_a_checkpoint_of_another_device_is_refused(world: World) -> None:
    device, other = NaiveDevice(world, "a"), NaiveDevice(world, "a")
    device.sync()
    other.token = device.token
    with pytest.raises(CheckpointRefused):
        other.sync()


def test_a_cursor_from_the_future_is_refused(world: World) -> None:
    device = NaiveDevice(world, "a")
    device.cursors[1] = Cursor(1, 10**9, 1, ZERO_ID)
    with pytest.raises(CheckpointRefused):
        device.sync()


def test_a_cursor_of_a_bucket_that_is_not_granted_opens_nothing(world: World) -> None:
    """Invariant 7: cursors are the device's word and can only harm itself."""
    world.customer("b", "1")
    b = NaiveDevice(world, "b")
    b.sync()
    (foreign,) = [n for n, rows in b.buckets.items() if len(rows) == 1]
    device = NaiveDevice(world, "a")
    device.cursors[foreign] = Cursor(foreign, 0, 0, ZERO_ID)
    device.sync(repair=[foreign])
    assert device.ids("customer") == set()


def test_a_locked_seat_is_turned_away(world: World) -> None:
    device = NaiveDevice(world, "a")
    world.store.seats.lock(device.seat.id)
    with pytest.raises(SeatLocked):
        device.sync()

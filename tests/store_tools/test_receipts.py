"""Purge receipts with real devices: who is named, and each state seen; on both databases."""

from __future__ import annotations

from syncengine.model.entity import Action
from syncengine.store.receipts import receipts_of_row, receipts_of_version
from tests.store_tools.receipts import (
    CONFIRMED,
    CUSTOMER,
    NOT_TOLD,
    TOLD,
    last_version,
    of_row,
    of_version,
)
from tests.support.world import World


def test_a_reassignment_from_not_told_to_confirmed(world: World) -> None:
    """The manager holds both reps' customers: nothing is taken from that device."""
    row = world.customer("a", "1")
    world.insert("contact", customer=row, name="Ann", active=True)
    with world.enrol("a") as a, world.enrol("b") as b, world.enrol("boss") as boss:
        for device in (a, b, boss):
            device.sync()
            device.sync()
        assert of_row(world, row) == {}
        world.update("customer", row, owner=world.people["b"])
        version = last_version(world)
        (receipt,) = receipts_of_version(world.store, version)
        assert (receipt.state, receipt.certain, receipt.rows) == (NOT_TOLD, True, 2)
        assert (receipt.told_at, receipt.confirmed_at, receipt.version) == (None, None, version)
        before = world.environment.now()
        a.sync()
        assert a.counts()["customer"] == 0
        assert of_version(world, version) == of_row(world, row) == {"a": TOLD}
        a.sync()
        b.sync()
        boss.sync()
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.version, receipt.seat_state) == (
            CONFIRMED, version, "active",
        )  # fmt: skip
        assert receipt.told_at is not None
        assert receipt.confirmed_at is not None
        assert before <= receipt.told_at <= receipt.confirmed_at <= world.environment.now()
        assert receipts_of_version(world.store, version)[0].confirmed_at == receipt.confirmed_at


def test_times_are_those_of_the_first_telling_and_the_first_proof(world: World) -> None:
    row, other = world.customer("a", "1"), world.customer("a", "2")
    with world.enrol("a") as a:
        a.sync()
        world.update("customer", row, owner=None)
        a.sync()
        a.sync()
        (first,) = receipts_of_row(world.store, CUSTOMER, row)
        world.update("customer", other, owner=None)
        a.sync()
        assert receipts_of_row(world.store, CUSTOMER, row) == [first]
        a.sync()
        assert receipts_of_row(world.store, CUSTOMER, row) == [first]
        assert first.as_data()["state"] == "confirmed"
        assert str(first.as_data()["told_at"]).endswith("+00:00")


def test_a_substitution_switched_off(world: World) -> None:
    """A bucket goes as a whole; the absent rep and the manager keep theirs."""
    row = world.customer("a", "1")
    switch = world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    devices = [world.enrol(name) for name in ("a", "b", "boss")]
    for device in devices:
        device.sync()
        device.sync()
    world.update("substitution", switch, active=False)
    version = last_version(world)
    world.customer("b", "2")  # the answer's version is a later one
    (receipt,) = receipts_of_version(world.store, version)
    assert (receipt.state, receipt.rows, receipt.buckets) == (NOT_TOLD, 0, ("business rows of a",))
    assert of_row(world, row) == {"b": NOT_TOLD}
    for state in (TOLD, CONFIRMED):
        for device in devices:
            device.sync()
        assert of_version(world, version) == of_row(world, row) == {"b": state}
    (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
    assert (receipt.certain, receipt.version) == (True, None)
    world.update("substitution", switch, active=True)
    assert of_version(world, version) == of_row(world, row) == {}, "it came back"
    for device in devices:
        device.close()


def test_each_changeset_answers_for_its_own_grants_only(world: World) -> None:
    """Two substitutions end between two syncs: each version names its own bucket."""
    world.customer("a", "1")
    world.customer("boss", "2")
    people = world.people
    switches = {
        absent: world.insert(
            "substitution", absent=people[absent], substitute=people["b"], active=True
        )
        for absent in ("a", "boss")
    }
    with world.enrol("b") as b:
        b.sync()
        b.sync()
        for absent, switch in switches.items():
            world.update("substitution", switch, active=False)
            (receipt,) = receipts_of_version(world.store, last_version(world))
            assert receipt.buckets == (f"business rows of {absent}",)
        last = last_version(world)
        b.sync()
        found = [receipts_of_version(world.store, version)[0] for version in (last - 1, last)]
        assert [r.buckets for r in found] == [("business rows of a",), ("business rows of boss",)]
        assert [r.state for r in found] == [TOLD, TOLD]


def test_a_substitution_that_is_deleted(world: World) -> None:
    """The grants of the past are found also where their row is gone, and after later changes."""
    world.customer("a", "1")
    people = world.people
    switch = world.insert(
        "substitution", absent=people["a"], substitute=people["boss"], active=True
    )
    world.update("substitution", switch, substitute=people["b"])
    with world.enrol("b") as b:
        b.sync()
        b.sync()
        world.write([world.operation(Action.DELETE, "substitution", switch)])
        version = last_version(world)
        world.update("employee", people["b"], manager=None)
        assert of_version(world, version) == {"b": NOT_TOLD}
        assert of_version(world, version + 1) == {}


def test_a_move_in_the_hierarchy(world: World) -> None:
    world.customer("a", "1")
    with world.enrol("boss") as boss:
        boss.sync()
        boss.sync()
        world.update("employee", world.people["a"], manager=None)
        version = last_version(world)
        (receipt,) = receipts_of_version(world.store, version)
        assert receipt.buckets == ("business rows of a",)
        boss.sync()
        boss.sync()
        assert of_version(world, version) == {"boss": CONFIRMED}
        assert of_version(world, version - 1) == {}


def test_an_offline_device_that_never_showed_its_checkpoint_may_have_it(world: World) -> None:
    row = world.customer("a", "1")
    with world.enrol("a") as a:
        a.want(["main"])  # a next part would show the checkpoint of this one
        a.sync()
        world.update("customer", row, owner=None)
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.certain) == (NOT_TOLD, False)
        a.sync()  # shows the checkpoint with the row first
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.certain) == (TOLD, True)


def test_a_row_that_came_after_the_last_proof_is_held_possibly(world: World) -> None:
    with world.enrol("a") as a:
        world.customer("a", "1")
        a.sync()
        a.sync()
        row = world.customer("a", "2")
        a.sync()
        world.update("customer", row, owner=None)
        (receipt,) = receipts_of_row(world.store, CUSTOMER, row)
        assert (receipt.state, receipt.certain) == (NOT_TOLD, False)


def test_who_never_had_the_row_is_not_named(world: World) -> None:
    row = world.customer("a", "1")
    early = world.enrol("a", name="early")
    world.update("customer", row, owner=world.people["b"])
    version = last_version(world)
    with early, world.enrol("a", name="late") as late:
        for device in (early, late):
            device.sync()
            device.sync()
        assert of_row(world, row) == of_version(world, version) == {}

"""The history as people and scripts read it; on both databases."""

from __future__ import annotations

import json

from syncengine.model.entity import Action
from syncengine.store.history import history, refused
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


def test_newest_first_with_values_as_people_read_them(world: World) -> None:
    customer = world.customer("a", "1", annual_sales=12345)
    world.update("customer", customer, owner=world.people["b"], active=False)
    world.write([world.operation(Action.DELETE, "customer", customer)])
    world.customers("b", 3)
    deleted, moved, made = history(world.store, CUSTOMER, customer)
    assert [e.action for e in (made, moved, deleted)] == ["insert", "update", "delete"]
    assert made.after["annual_sales"] == "123.45"
    assert (moved.before["active"], moved.after["active"]) == (True, False)
    assert moved.after["owner"] != moved.before["owner"]
    assert deleted.before["number"] == "1"
    assert deleted.after == {}
    assert (made.source, made.label, made.actor) == ("office", "office", None)
    versions = [e.version for e in history(world.store, CUSTOMER)]
    assert versions == sorted(versions, reverse=True)
    assert len(versions) == 6
    assert len(history(world.store, CUSTOMER, limit=2)) == 2
    assert json.loads(json.dumps([made.as_data(), deleted.as_data()]))[0]["row"] == made.row


def test_a_substitute_acts_for_the_absent(world: World) -> None:
    customer = world.customer("a", "1")
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    device = NaiveDevice(world, "b")
    device.sync()
    device.sync(device.changeset(device.update("customer", customer, phone="2"), device_time=1))
    newest = history(world.store, CUSTOMER, customer)[0]
    assert (newest.actor, newest.principal, newest.source) == ("b", "a", "device")
    assert newest.as_data()["device_time"] == "1970-01-01T00:00:00+00:00"


def test_a_device_time_beyond_any_calendar_is_readable(world: World) -> None:
    customer = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    edit = device.update("customer", customer, phone="2")
    device.sync(device.changeset(edit, device_time=2**62))
    newest = history(world.store, CUSTOMER, customer)[0]
    assert newest.as_data()["device_time"] == f"{2**62} microseconds since 1970"


def test_refused_and_quarantined_are_listed_by_person(world: World) -> None:
    customer = world.customer("a", "1")
    a, b = NaiveDevice(world, "a"), NaiveDevice(world, "b")
    a.sync()
    a.sync()
    world.update("customer", customer, owner=world.people["b"])
    a.sync(
        a.changeset(a.update("customer", customer, phone="late")),
        a.changeset(a.insert("note", author=world.people["b"], text="foreign")),
        a.changeset(a.note()),
    )
    b.sync(b.changeset(b.update("customer", customer, number="9")))
    assert [e.outcome for e in refused(world.store, person=world.people["a"])] == [
        "rejected", "quarantined",
    ]  # fmt: skip
    (of_b,) = refused(world.store, person=world.people["b"])
    assert (of_b.actor, of_b.sequence) == ("b", 1)
    assert of_b.reasons == ["number is kept by the office. [field.denied]"]
    assert len(refused(world.store)) == 3
    assert len(refused(world.store, 1)) == 1
    assert of_b.as_data()["received"].startswith("20")

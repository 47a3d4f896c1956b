"""D3: the office defines which records each rep's device shows."""

from __future__ import annotations

import json
import uuid

from device_sdk import Device
from server.handover import hand_over
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from tests.support.calendar import TODAY, Calendar
from tests.support.leaving import appointment, membership, planned
from tests.support.world import DAY, World


def _customers(device: Device) -> set[bytes]:
    """What shows, without a sync."""
    return {row.id.bytes for row in device.rows("customer")}


def _synced(device: Device) -> set[bytes]:
    """What shows after a sync."""
    device.sync()
    return _customers(device)


def _rule(world: World, to: str, below: bool = False, **more: Stored) -> bytes:
    """One that shows customers to somebody."""
    audience = world.insert("audience", number="x", name="x")
    membership(world, audience, to, below)
    return world.insert(
        "rule",
        None,
        number="1",
        name="x",
        target="customer",
        audience=audience,
        active=True,
        **more,
    )


def _in_market(market: bytes) -> str:
    data = {"field": "market", "in_subtree_of": to_text(market), "parent": "parent"}
    return json.dumps(data, sort_keys=True, separators=(",", ":"))


def test_d3_my_customers_with_all_that_belongs_to_them_and_nobody_elses(world: World) -> None:
    mine, other = world.customer("a", "1"), world.customer("b", "2")
    world.customer(None, "3")
    for customer in (mine, other):
        world.insert("contact", customer=customer, name="Ann", active=True)
        appointment(world, customer, "boss", 1)
    with world.enrol("a") as device:
        assert _synced(device) == {mine}
        assert {row["customer"] for row in device.rows("contact")} == {uuid.UUID(bytes=mine)}
        assert {row["customer"] for row in device.rows("appointment")} == {uuid.UUID(bytes=mine)}


def test_d3_customers_reassigned_at_once_change_devices_at_once(world: World) -> None:
    """Many in one changeset: each device has all of them or none."""
    rows = world.customers("a", 50)
    for row in rows:
        world.insert("contact", customer=row, name="Ann", active=True)
    with world.enrol("a") as before, world.enrol("b") as after:
        assert (_synced(before), _synced(after)) == (set(rows), set())
        to = world.people["b"]
        world.write([world.operation(Action.UPDATE, "customer", row, owner=to) for row in rows])
        assert (_synced(before), _synced(after)) == (set(), set(rows))
        assert (before.counts()["contact"], after.counts()["contact"]) == (0, 50)


def test_d3_a_manager_has_what_everybody_below_has_as_the_hierarchy_moves(world: World) -> None:
    people = world.people
    people["c"] = world.insert("employee", number="c", active=True, manager=people["b"])
    of_a, of_c = world.customer("a", "1"), world.customer("c", "2")
    with world.enrol("boss") as boss, world.enrol("a") as a, world.enrol("b") as b:
        assert (_synced(boss), _synced(a), _synced(b)) == ({of_a, of_c}, {of_a}, {of_c})
        world.update("employee", people["c"], manager=people["a"])
        assert (_synced(boss), _synced(a), _synced(b)) == ({of_a, of_c}, {of_a, of_c}, set())


def test_d3_a_rule_shows_the_customers_of_a_market_and_below(world: World) -> None:
    """Also when a customer changes its market, and when a market moves to another one."""
    north = world.insert("market", number="n", name="North")
    city = world.insert("market", number="c", name="City", parent=north)
    south = world.insert("market", number="s", name="South")
    shop = world.customer("a", "1", market=city)
    kiosk = world.customer("a", "2", market=south)
    _rule(world, "b", condition=_in_market(north))
    with world.enrol("b") as device:
        assert _synced(device) == {shop}
        world.update("customer", kiosk, market=city)
        assert _synced(device) == {shop, kiosk}
        world.update("market", city, parent=south)
        assert _synced(device) == set()


def test_d3_a_rule_lasts_from_its_first_to_its_last_day(world: World, calendar: Calendar) -> None:
    """The end comes without network, the beginning at the next sync."""
    market = world.insert("market", number="m", name="m")
    shop = world.customer("a", "1", market=market)
    starts, ends = TODAY + DAY, TODAY + 3 * DAY
    _rule(world, "b", condition=_in_market(market), starts_at=starts, ends_at=ends)
    with world.enrol("b") as device:
        assert _synced(device) == set()
        calendar.now = starts
        assert _synced(device) == {shop}
        calendar.now = ends
        assert _customers(device) == set()
        assert _synced(device) == set()


def test_d3_what_was_agreed_on_shows_to_its_audience(world: World) -> None:
    """A manager who is not in it has the customer without the terms."""
    shop = world.customer("a", "1")
    world.insert("customer_terms", customer=shop, credit_limit=500_00)
    audience = world.insert("audience", number="customer_terms", name="x")
    place = membership(world, audience, "a", False)
    with world.enrol("a") as rep, world.enrol("boss") as manager:
        for device, limit in ((rep, 500_00), (manager, None)):
            device.sync()
            assert device.query("SELECT id, credit_limit FROM customer") == [(shop, limit)]
        assert manager.counts()["customer_terms"] == 0
        world.write([world.operation(Action.DELETE, "audience_member", place)])
        rep.sync()
        assert rep.query("SELECT id, credit_limit FROM customer") == [(shop, None)]


def test_d3_whoever_follows_somebody_who_leaves_takes_the_plans_over(world: World) -> None:
    shop = world.customer("a", "1")
    coming, past = appointment(world, shop, "a", 1), appointment(world, shop, "a", -1)
    with world.enrol("a") as leaver, world.enrol("b") as successor:
        assert (_synced(leaver), _synced(successor)) == ({shop}, set())
        hand_over(world.store, planned(world, "a", "b"))
        assert (_synced(leaver), _synced(successor)) == (set(), {shop})
        whose = {row.id.bytes: row["employee"] for row in successor.rows("appointment")}
        a, b = (uuid.UUID(bytes=world.people[who]) for who in ("a", "b"))
        assert whose == {coming: b, past: a}

"""D3: rules show rows to an audience beyond what they own; set-based, in pieces when they are
large.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store import misplaced, settle
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


def _text(condition: Mapping[str, object]) -> str:
    return json.dumps(condition, sort_keys=True, separators=(",", ":"))


def _audience(world: World, *members: str, below: bool = False) -> bytes:
    audience = world.insert("audience", number="kam", name="Key account managers")
    for name in members:
        world.insert("audience_member", audience=audience, employee=world.people[name], below=below)
    return audience


def _rule(
    world: World,
    audience: bytes,
    condition: Mapping[str, object],
    starts_at: int | None = None,
    ends_at: int | None = None,
) -> bytes:
    return world.insert(
        "rule", number="7", name="Rule", target="customer", condition=_text(condition),
        audience=audience, active=True, starts_at=starts_at, ends_at=ends_at,
    )  # fmt: skip


GRAZ = {"field": "city", "op": "equal", "value": "Graz"}
LINZ = {"field": "city", "op": "equal", "value": "Linz"}


def test_d3_a_rule_shows_rows_to_its_audience_alone(world: World) -> None:
    graz = world.customer("a", "1", city="Graz")
    world.customer("a", "2", city="Linz")
    contact = world.insert("contact", customer=graz, name="Ann", active=True)
    rule = _rule(world, _audience(world, "b"), GRAZ)
    b, boss = NaiveDevice(world, "b"), NaiveDevice(world, "boss")
    b.sync()
    assert (b.ids("customer"), b.ids("contact")) == ({graz}, {contact})
    world.update("customer", graz, city="Linz")
    b.sync()
    assert b.ids("customer") == set()
    world.update("rule", rule, condition=_text(LINZ))
    b.sync()
    assert len(b.ids("customer")) == 2
    world.update("rule", rule, active=False)
    b.sync()
    assert b.ids("customer") == b.ids("contact") == set()
    boss.sync()
    assert len(boss.ids("customer")) == 2  # by hierarchy, as before


def test_everybody_below_a_member_is_in_the_audience(world: World) -> None:
    nobodys = world.customer(None, "1", city="Graz")
    _rule(world, _audience(world, "boss", below=True), GRAZ)
    for name in ("boss", "a", "b"):
        device = NaiveDevice(world, name)
        device.sync()
        assert device.ids("customer") == {nobodys}
    world.update("employee", world.people["b"], manager=None)
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("customer") == set()


def test_a_hierarchy_that_a_rule_asks_about_may_move(world: World) -> None:
    """The condition reads markets; moving a market moves the customers in it, set-based."""
    top = world.insert("market", number="top", name="Top")
    south = world.insert("market", number="south", name="South")
    city = world.insert("market", number="city", name="City", parent=south)
    shop = world.customer("a", "1", market=city)
    _rule(
        world,
        _audience(world, "b"),
        {"field": "market", "in_subtree_of": to_text(top), "parent": "parent"},
    )
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("customer") == set()
    world.update("market", south, parent=top)
    device.sync()
    assert device.ids("customer") == {shop}
    world.update("market", city, parent=None)
    device.sync()
    assert device.ids("customer") == set()


def test_a_rule_has_a_window(world: World) -> None:
    world.customer("a", "1", city="Graz")
    now = world.environment.now()
    audience = _audience(world, "b")
    _rule(world, audience, GRAZ, starts_at=now + DAY)
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("customer") == set()
    _rule(world, audience, GRAZ, ends_at=now + DAY)
    device.sync()
    assert len(device.ids("customer")) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_rule_and_its_rows_in_one_changeset(world: World, order: tuple[int, int]) -> None:
    audience = _audience(world, "b")
    customer, rule = world.environment.new_id(), world.environment.new_id()
    operations = [
        world.operation(
            Action.INSERT, "customer", customer, number="1", name="x", city="Graz", active=True
        ),
        world.operation(
            Action.INSERT, "rule", rule, number="1", name="x", target="customer",
            condition=_text(GRAZ), audience=audience, active=True,
        ),
    ]  # fmt: skip
    assert world.write([operations[n] for n in order]).version
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("customer") == {customer}


@pytest.mark.parametrize(
    ("target", "condition"),
    [
        ("customer", {"field": "no_such", "op": "equal", "value": "x"}),
        ("customer", {"field": "city", "op": "near", "value": "x"}),
        ("customer", {"field": "latitude", "op": "equal", "value": "north"}),
        ("note", {"field": "text", "op": "equal", "value": "x"}),
        ("nothing", GRAZ),
        ("customer", ["city"]),
    ],
)
def test_what_is_no_rule_is_refused(world: World, target: str, condition: object) -> None:
    before = world.store.status()
    audience = _audience(world, "b")
    row = world.environment.new_id()
    verdict = world.write(
        [
            world.operation(
                Action.INSERT, "rule", row, number="1", name="x", target=target,
                condition=json.dumps(condition, sort_keys=True, separators=(",", ":")),
                audience=audience, active=True,
            )
        ]
    )  # fmt: skip
    assert [o.code for o in verdict.objections] == ["rule.invalid"]
    assert world.store.status().version == before.version + 2  # the audience alone


@pytest.mark.parametrize("few", [1, misplaced.FEW])
def test_a_large_rule_is_applied_in_pieces(
    world: World, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Removals come first; a device that syncs in between holds a consistent checkpoint of the
    work in progress; what a crash interrupts goes on. Found in the order of ids, and by index.
    """
    monkeypatch.setattr(settle, "ROWS_AT_ONCE", 4)
    monkeypatch.setattr(misplaced, "FEW", few)
    graz = {world.customer("a", f"g{n}", city="Graz") for n in range(6)}
    linz = {world.customer("a", f"l{n}", city="Linz") for n in range(6)}
    audience = _audience(world, "b")
    rule = _rule(world, audience, GRAZ)
    assert world.store.settle_rest() > 0
    device = NaiveDevice(world, "b")
    device.sync()
    assert device.ids("customer") == graz
    world.update("rule", rule, condition=_text(LINZ))
    device.sync()
    held = device.ids("customer")
    assert held < graz  # four have left, and none has come
    assert len(held) == 2
    assert world.store.unsettled() == 1
    assert doctor(world.store).findings == []
    world.update("customer", next(iter(graz - held)), phone="edited meanwhile")
    moved = next(iter(held))
    world.update("customer", moved, city="Linz")
    device.sync()
    assert moved in device.ids("customer")
    other = World.beside(world)
    try:
        other.store.settle_rest()
    finally:
        other.close()
    device.sync()
    assert device.ids("customer") == linz | {moved}
    assert world.store.settle_rest() == 0
    assert doctor(world.store).findings == []


def test_explain_names_the_rule(world: World) -> None:
    graz, linz = world.customer("a", "1", city="Graz"), world.customer("a", "2", city="Linz")
    _rule(world, _audience(world, "b"), GRAZ)
    b, boss = world.people["b"], world.people["boss"]
    held = explain(world.store, b, CUSTOMER, graz)
    assert held.reasons == (("customer 1", "rule 7 selects it", "b is in its audience"),)
    lines = " ".join(explain(world.store, b, CUSTOMER, linz).lines)
    assert "rule 7 does not select it: city is Linz, not equal Graz" in lines
    chains = [way.chain for way in explain(world.store, boss, CUSTOMER, graz).ways]
    assert ("customer 1", "rule 7 selects it", "boss is not in its audience now") in chains

"""Facets: fields that only an audience has, stored and synced as rows of their own."""

from __future__ import annotations

from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from tests.support.world import SCHEMA, World

PRICE = SCHEMA.tags["purchase_price"]


def _audience(world: World, number: str, *members: str) -> bytes:
    audience = world.insert("audience", number=number, name=number)
    for name in members:
        world.insert("audience_member", audience=audience, employee=world.people[name], below=False)
    return audience


def test_purchase_prices_are_on_key_account_managers_devices_alone(world: World) -> None:
    article = world.insert("article", number="1", name="Bike", active=True)
    price = world.insert("purchase_price", article=article, purchase_price=123_4500, supplier="X")
    _audience(world, "purchase_prices", "a")
    sql = "SELECT name, purchase_price, supplier FROM article"
    with world.enrol("a") as manager, world.enrol("b") as rep:
        manager.sync()
        rep.sync()
        assert manager.query(sql) == [("Bike", 123_4500, "X")]
        assert rep.query(sql) == [("Bike", None, None)]
        assert (manager.counts()["purchase_price"], rep.counts()["purchase_price"]) == (1, 0)
        world.update("purchase_price", price, purchase_price=99_0000)
        manager.sync()
        assert rep.sync().rows_received == 0
        assert manager.query(sql) == [("Bike", 99_0000, "X")]
    held = explain(world.store, world.people["a"], PRICE, price)
    assert held.reasons[0][-1] == "a is in the audience purchase_prices"
    lines = explain(world.store, world.people["b"], PRICE, price).lines
    assert "b is not in the audience purchase_prices" in lines[0]
    assert doctor(world.store).findings == []


def test_a_substitute_gets_a_facet_only_with_its_audience(world: World) -> None:
    """It never widens an audience; the facet comes and goes with the row that it belongs to."""
    customer = world.customer("a", "1")
    world.insert("customer_terms", customer=customer, credit_limit=5_000_00)
    audience = _audience(world, "customer_terms", "a")
    sql = "SELECT credit_limit FROM customer"
    with world.enrol("a") as absent, world.enrol("b") as substitute:
        absent.sync()
        substitute.sync()
        switch = world.insert(
            "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
        )
        substitute.sync()
        assert absent.query(sql) == [(5_000_00,)]
        assert substitute.query(sql) == [(None,)]
        member = world.insert(
            "audience_member", audience=audience, employee=world.people["b"], below=False
        )
        substitute.sync()
        assert substitute.query(sql) == [(5_000_00,)]
        world.update("substitution", switch, active=False)
        substitute.sync()
        assert substitute.query(sql) == []
        assert substitute.counts()["customer_terms"] == 0
        world.update("customer", customer, owner=world.people["b"])
        substitute.sync()
        assert substitute.query(sql) == [(5_000_00,)]
        world.update("audience_member", member, employee=world.people["boss"])
        substitute.sync()
        assert substitute.query(sql) == [(None,)]
        absent.sync()
        assert absent.counts()["customer_terms"] == 0

"""explain agrees with what devices hold, and names what failed; on both databases."""

from __future__ import annotations

import dataclasses

import pytest
import sqlalchemy as sa

from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.model.terms import Reason
from syncengine.store import tables as t
from syncengine.store.database import writing
from syncengine.store.explain import explain
from syncengine.store.explanation import Explanation
from syncengine.store.holding import Why, buckets_for, holding
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World


def _explain(world: World, person: str, entity: str, row_id: bytes) -> Explanation:
    return explain(world.store, world.people[person], SCHEMA.tags[entity], row_id)


def test_it_says_of_every_row_what_every_device_holds(world: World) -> None:
    """D3, D6: a reason for each row that is there, and for none that is not."""
    rows: list[tuple[str, bytes]] = [("employee", row_id) for row_id in world.people.values()]
    for owner in ("a", "b", "boss", None):
        customer = world.customer(owner, f"of {owner}")
        rows.append(("customer", customer))
        contact = world.insert("contact", customer=customer, name="Ann", active=True)
        rows.append(("contact", contact))
        if owner is not None:
            note = world.insert("note", author=world.people[owner], text="private")
            rows.append(("note", note))
    rows.append(
        ("substitution", world.insert(
            "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
        ))
    )  # fmt: skip
    for person in world.people:
        device = NaiveDevice(world, person)
        device.sync()
        for entity, row_id in rows:
            found = _explain(world, person, entity, row_id)
            assert found.held is (row_id in device.ids(entity)), (person, entity, found.lines)
            assert bool(found.reasons) is found.held
            assert found.lines
        told = holding(world.store, Rights(administers=True), world.people[person])
        for entity in ("employee", "customer", "contact", "note"):
            assert told.totals.get(entity, 0) == len(device.ids(entity)), (person, entity)


def test_what_is_held_is_counted_for_each_reason(world: World) -> None:
    """A row counts once in all, and for each reason for which it is held; what a user may not view
    counts nowhere.
    """
    world.customer("a", "1")
    world.customer("boss", "2")
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["boss"], active=True
    )
    told = holding(world.store, Rights(administers=True), world.people["boss"])
    of = {why: n for (entity, why), n in told.by_reason.items() if entity == "customer"}
    stands_in = Why(Reason.SUBSTITUTION, world.people["a"])
    assert of == {Why(Reason.OWN): 1, Why(Reason.HIERARCHY): 1, stands_in: 1}
    assert told.totals["customer"] == 2
    assert buckets_for(world.store, world.people["boss"], Why(Reason.ADDRESSED)) == []
    assert holding(world.store, Rights(), world.people["boss"]).totals == {}


def test_every_way_is_named_when_there_are_several(world: World) -> None:
    customer = world.customer("a", "292")
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["boss"], active=True
    )
    found = _explain(world, "boss", "customer", customer)
    start = ("customer 292", "owned by a (owner)", "business rows of a")
    assert set(found.reasons) == {
        (*start, "boss leads a"),
        (*start, "boss substitutes a now"),
    }
    data = found.as_data()
    assert data.keys() == {"held", "ways"}
    assert data["held"] is True
    assert [(w["holds"], tuple(w["chain"])) for w in data["ways"][:2]] == [
        (True, chain) for chain in found.reasons
    ]
    a, boss = to_text(world.people["a"]), to_text(world.people["boss"])
    assert {"said": start[0], "kind": "row", "entity": "customer", "id": to_text(customer)} in (
        data["ways"][0]["steps"]
    )
    assert [{k: v for k, v in s.items() if k != "said"} for s in data["ways"][0]["steps"][1:]] == [
        {"kind": "term", "term": "owned_by", "field": "owner", "id": a},
        {"kind": "bucket", "of": "business", "id": a},
        {"kind": "grant", "reason": "hierarchy", "person": boss, "via": a},
    ]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.held = False  # type: ignore[misc]


def test_a_substitution_that_is_switched_off_is_told_from_none(world: World) -> None:
    customer = world.customer("a", "292")
    none = "\n".join(_explain(world, "b", "customer", customer).lines)
    assert "no active substitution names b as substitute of a" in none
    assert "switched off" not in none
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=False
    )
    off = "\n".join(_explain(world, "b", "customer", customer).lines)
    assert "names b as substitute of a: the one that does is switched off" in off


def test_a_row_whose_parent_is_lost_is_explained_all_the_same(world: World) -> None:
    customer = world.customer("a", "1")
    contact = world.insert("contact", customer=customer, name="Ann", active=True)
    with writing(world.store.engine) as connection:
        for table, column in (
            (world.store.tables["customer"], "id"),
            (t.record, "row_id"),
            (t.membership, "row_id"),
        ):
            connection.execute(sa.delete(table).where(table.c[column] == customer))
        connection.execute(sa.delete(t.membership).where(t.membership.c.row_id == contact))
    found = _explain(world, "a", "contact", contact)
    assert not found.held
    assert found.lines[0].endswith("-> there is no such row")


def test_memberships_that_contradict_the_terms_are_said_to(world: World) -> None:
    customer = world.customer("a", "1")
    with writing(world.store.engine) as connection:
        connection.execute(sa.delete(t.membership).where(t.membership.c.row_id == customer))
    found = _explain(world, "a", "customer", customer)
    assert not found.held
    assert "the row's memberships say no, its terms do not: doctor" in "\n".join(found.lines)

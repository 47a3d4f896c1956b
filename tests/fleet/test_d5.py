"""D5: every rep has a designated substitute, chosen by the office."""

from __future__ import annotations

import uuid

import pytest

from device_sdk.errors import Refused
from server.handover import hand_over
from syncengine.model.entity import Action
from tests.support.calendar import TODAY, Calendar
from tests.support.leaving import membership, planned, substitution
from tests.support.world import DAY, World


def test_d5_the_office_chooses_and_reps_see_whom(world: World) -> None:
    people = world.people
    world.update("employee", people["a"], substitute=people["b"])
    with world.enrol("a") as device:
        device.sync()
        me = device.get("employee", people["a"])
        assert me is not None
        assert me["substitute"] == uuid.UUID(bytes=people["b"])
        with pytest.raises(Refused), device.changeset() as changes:
            changes.update("employee", people["a"], substitute=uuid.UUID(bytes=people["boss"]))


def test_d5_to_be_designated_shows_nothing_yet(world: World) -> None:
    """Only the switch does."""
    world.customer("a", "1")
    world.update("employee", world.people["a"], substitute=world.people["b"])
    with world.enrol("b") as substitute:
        substitute.sync()
        assert substitute.counts()["customer"] == 0
        substitution(world, "a", "b")
        substitute.sync()
        assert substitute.counts()["customer"] == 1


def test_d5_a_substitute_may_have_a_substitute(world: World, calendar: Calendar) -> None:
    """Who stands in for a substitute holds what both do, while both substitutions last."""
    people = world.people
    people["c"] = world.insert("employee", number="c", active=True)
    of_a, of_b = world.customer("a", "1"), world.customer("b", "2")
    substitution(world, "a", "b", starts_at=TODAY, ends_at=TODAY + 2 * DAY)
    substitution(world, "b", "c", starts_at=TODAY, ends_at=TODAY + 4 * DAY)
    held = []
    with world.enrol("c") as last:
        for day in range(6):
            calendar.now = TODAY + day * DAY
            last.sync()
            held.append({row.id.bytes for row in last.rows("customer")})
    assert held == [{of_a, of_b}, {of_a, of_b}, {of_b}, {of_b}, set(), set()]


def test_d5_nobody_ends_up_standing_in_for_the_own_substitute(world: World) -> None:
    people = world.people

    def objections(absent: str, substitute: str) -> list[str]:
        row = world.environment.new_id()
        made = world.operation(
            Action.INSERT, "substitution", row,
            absent=people[absent], substitute=people[substitute], active=True,
        )  # fmt: skip
        return [objection.code for objection in world.write([made]).objections]

    assert objections("a", "a") == ["substitution.self"]
    assert objections("a", "b") == []
    assert objections("a", "b") == ["substitution.overlap"]
    assert objections("b", "boss") == []
    assert objections("boss", "a") == ["substitution.cycle"]


def test_d5_a_substitute_sees_no_facet_whose_audience_they_are_not_in(world: World) -> None:
    shop = world.customer("a", "1")
    world.insert("customer_terms", customer=shop, credit_limit=500_00)
    audience = world.insert("audience", number="customer_terms", name="x")
    membership(world, audience, "a", False)
    substitution(world, "a", "b")
    with world.enrol("b") as substitute:
        substitute.sync()
        assert substitute.query("SELECT id, credit_limit FROM customer") == [(shop, None)]
        assert substitute.counts()["customer_terms"] == 0
        membership(world, audience, "b", False)
        substitute.sync()
        assert substitute.query("SELECT id, credit_limit FROM customer") == [(shop, 500_00)]


def test_d5_when_a_substitute_leaves_the_successor_stands_in(world: World) -> None:
    people = world.people
    people["c"] = world.insert("employee", number="c", active=True)
    shop = world.customer("a", "1")
    substitution(world, "a", "b")
    world.update("employee", people["a"], substitute=people["b"])
    with world.enrol("b") as leaver, world.enrol("c") as successor:
        leaver.sync()
        assert leaver.counts()["customer"] == 1
        hand_over(world.store, planned(world, "b", "c"))
        leaver.sync()
        successor.sync()
        assert leaver.counts()["customer"] == 0
        assert [row.id.bytes for row in successor.rows("customer")] == [shop]
        of_a = successor.get("employee", people["a"])
        assert of_a is not None
        assert of_a["substitute"] == uuid.UUID(bytes=people["c"])

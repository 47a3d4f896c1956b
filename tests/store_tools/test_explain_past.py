"""explain at an earlier version or time says what held then; on both databases."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.ids import to_text
from syncengine.store.explain import explain
from syncengine.store.explanation import Explanation
from syncengine.store.past import OutOfReach, rows_numbered
from tests.support.calendar import TODAY, Calendar
from tests.support.world import DAY, SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def world(database_url: str, tmp_path: Path, calendar: Calendar) -> Iterator[World]:
    made = World(database_url, tmp_path, now=lambda: calendar.now)
    yield made
    made.close()


def _at(
    world: World, person: str, row: bytes, at: int | dt.datetime, tag: int = CUSTOMER
) -> Explanation:
    return explain(world.store, world.people[person], tag, row, at)


def _lines(found: Explanation) -> str:
    return "\n".join(found.lines)


def _last(world: World) -> int:
    return world.store.status().version


def _instant(microseconds: int) -> dt.datetime:
    return EPOCH + microseconds * MICROSECOND


def _graz(city: str) -> str:
    condition = {"field": "city", "op": "equal", "value": city}
    return json.dumps(condition, sort_keys=True, separators=(",", ":"))


def test_a_deleted_row_and_one_that_follows_it(world: World) -> None:
    customer = world.customer("a", "292")
    contact = world.insert("contact", customer=customer, name="Ann", active=True)
    there = _last(world)
    world.write([world.operation(Action.DELETE, "contact", contact)])
    world.write([world.operation(Action.DELETE, "customer", customer)])
    tag = SCHEMA.tags["contact"]
    assert not explain(world.store, world.people["boss"], tag, contact).held
    found = _at(world, "boss", contact, there, tag)
    assert found.held
    assert found.reasons[0][1:] == (
        "follows its customer", "customer 292", "owned by a (owner)", "business rows of a",
        "boss leads a",
    )  # fmt: skip
    assert found.as_data()["version"] == there
    assert not _at(world, "boss", contact, there + 1, tag).held
    assert _at(world, "boss", customer, there + 1).held
    gone = _at(world, "boss", customer, there + 2)
    assert (gone.held, gone.lines) == (False, ["not because: there was no such row then"])
    assert _at(world, "boss", contact, there - 1, tag).lines == gone.lines  # not there yet


def test_a_reassignment_and_a_number_that_changed(world: World) -> None:
    customer = world.customer("a", "292")
    before = _last(world)
    world.update("customer", customer, owner=world.people["b"], number="300")
    world.update("employee", world.people["b"], number="b2")
    other = world.customer("a", "292")
    assert _at(world, "a", customer, before).reasons == (
        ("customer 292", "owned by a (owner)", "business rows of a", "they are the own rows of a"),
    )
    after = _at(world, "a", customer, before + 1)
    assert not after.held
    assert "customer 300 -> owned by b (owner) -> business rows of b -> a is not b" in _lines(after)
    assert not _at(world, "b", customer, before).held
    assert rows_numbered(world.store, CUSTOMER, "292", before) == [customer]
    assert rows_numbered(world.store, CUSTOMER, "292", before + 1) == []
    assert rows_numbered(world.store, CUSTOMER, "292", _last(world)) == [other]


def test_a_rule_that_was_edited(world: World) -> None:
    customer = world.customer("a", "1", city="Graz")
    audience = world.insert("audience", number="kam", name="kam")
    world.insert("audience_member", audience=audience, employee=world.people["b"], below=False)
    rule = world.insert(
        "rule", number="7", name="r", target="customer", condition=_graz("Graz"),
        audience=audience, active=True,
    )  # fmt: skip
    made = _last(world)
    world.update("rule", rule, condition=_graz("Linz"))
    world.write([world.operation(Action.DELETE, "rule", rule)])
    assert "no rule shows rows of customer" in _lines(_at(world, "b", customer, made - 1))
    assert _at(world, "b", customer, made).reasons == (
        ("customer 1", "rule 7 selects it", "b is in its audience"),
    )
    chains = [way.chain for way in _at(world, "a", customer, made).ways]
    assert ("customer 1", "rule 7 selects it", "a is not in its audience then") in chains
    edited = _lines(_at(world, "b", customer, made + 1))
    assert "rule 7 does not select it: city is Graz, not equal Linz" in edited
    assert "no rule shows rows of customer" in _lines(_at(world, "b", customer, made + 2))


def test_a_hierarchy_that_moved(world: World) -> None:
    """The markets above are taken back one by one, up to the one that the rule names."""
    top, south, city = (world.insert("market", number=n, name=n) for n in ("top", "south", "city"))
    customer = world.customer("a", "1", market=city)
    audience = world.insert("audience", number="kam", name="kam")
    world.insert("audience_member", audience=audience, employee=world.people["b"], below=False)
    condition = {"field": "market", "in_subtree_of": to_text(top), "parent": "parent"}
    world.insert(
        "rule", number="7", name="r", target="customer", audience=audience, active=True,
        condition=json.dumps(condition, sort_keys=True, separators=(",", ":")),
    )  # fmt: skip
    held = {_last(world): False}
    for row, parent, there in ((city, south, False), (south, top, True), (city, None, False)):
        world.update("market", row, parent=parent)
        held[_last(world)] = there
    assert {at: _at(world, "b", customer, at).held for at in held} == held


def test_a_substitution_that_ended(world: World, calendar: Calendar) -> None:
    """Time alone has ended it: an instant is explained by its own grants, also where no version
    has been stamped yet; a version by those of when it was received.
    """
    customer = world.customer("a", "1")
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True,
        starts_at=TODAY + DAY, ends_at=TODAY + 2 * DAY,
    )  # fmt: skip
    version = _last(world)
    calendar.now = TODAY + 3 * DAY
    assert "ended on 2026-09-23" in _lines(_at(world, "b", customer, _instant(calendar.now)))
    during = _instant(TODAY + DAY)
    for passed in (False, True):
        if passed:
            world.store.pass_time()
            assert _last(world) == version + 1
        assert "begins on 2026-09-22" in _lines(_at(world, "b", customer, version))
        found = _at(world, "b", customer, during)
        assert found.held
        assert found.reasons[0][-1] == "b substitutes a until 2026-09-23 14:13 UTC"
        assert found.moment is not None
        assert found.moment.version == version
    assert "ended on 2026-09-23" in _lines(_at(world, "b", customer, version + 1))


def test_an_instant_without_a_zone_is_of_this_machine(world: World, calendar: Calendar) -> None:
    customer = world.customer("a", "1")
    version = _last(world)
    calendar.now = TODAY + DAY
    world.update("customer", customer, owner=None)
    naive = _instant(TODAY).astimezone().replace(tzinfo=None)
    found = _at(world, "a", customer, naive)
    assert found.held
    assert found.moment is not None
    assert (found.moment.version, found.moment.instant) == (version, TODAY)


def test_what_the_history_does_not_cover_is_an_error(world: World, calendar: Calendar) -> None:
    customer = world.customer("a", "1")
    last = _last(world)
    beyond = _instant(TODAY + DAY)
    for at in (0, -1, last + 1, beyond, _instant(TODAY - DAY)):
        with pytest.raises(OutOfReach) as refused:
            _at(world, "a", customer, at)
        assert refused.value.code == "version.unknown"
    calendar.now = TODAY + DAY
    assert _at(world, "a", customer, beyond).held
    assert not _at(world, "a", customer, 1).held

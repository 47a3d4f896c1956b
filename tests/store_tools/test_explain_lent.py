"""Why a lent row is on a device, and what failed first where it is not; on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.ids import to_text
from syncengine.store.explain import explain
from tests.support.calendar import TODAY, Calendar
from tests.support.world import DAY, SCHEMA, World

CUSTOMER = SCHEMA.tags["customer"]


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def dated(database_url: str, tmp_path: Path, calendar: Calendar) -> Iterator[World]:
    """`a`, `b` and `c`, led by nobody."""
    world = World(database_url, tmp_path, now=lambda: calendar.now)
    world.people["c"] = world.insert("employee", number="c", active=True)
    world.people["d"] = world.insert("employee", number="d", active=True)
    yield world
    world.close()


def _lines(world: World, person: str, row: bytes, at: int | None = None) -> str:
    return "\n".join(explain(world.store, world.people[person], CUSTOMER, row, at).lines)


def _lend(world: World, customer: bytes, **more: int) -> bytes:
    """By a to b."""
    who = {"absent": world.people["a"], "substitute": world.people["b"]}
    by = world.insert("substitution", None, **who, active=True, only_listed=True, **more)
    world.insert("substitution_customer", substitution=by, customer=customer)
    return by


def test_a_lent_row_and_one_that_is_not(dated: World) -> None:
    lent, other = dated.customer("a", "1"), dated.customer("a", "2")
    assert "no substitution lists it" in _lines(dated, "b", lent)
    by = _lend(dated, lent)
    found = explain(dated.store, dated.people["b"], CUSTOMER, lent)
    chain = ("customer 1", "listed in the substitution of a by b", "b substitutes a now")
    assert found.reasons == (chain,)
    steps = found.as_data()["ways"][0]["steps"]
    assert steps[1] == {"kind": "term", "said": chain[1], "term": "lent", "id": to_text(by)}
    assert steps[2]["via"] == to_text(dated.people["a"])
    why = _lines(dated, "b", other)
    assert "not listed in the substitution of a by b" in why
    assert "the substitution of a by b is for listed rows only" in why
    assert "listed in the substitution of a by b -> c is not b" in _lines(dated, "c", lent)


def test_the_first_condition_that_fails_is_named(dated: World, calendar: Calendar) -> None:
    customer = dated.customer("a", "1")
    by = _lend(dated, customer, starts_at=TODAY + DAY, ends_at=TODAY + 2 * DAY)
    start = "listed in the substitution of a by b -> "
    begins = f"{start}the substitution of a by b begins on 2026-09-22"
    assert begins in _lines(dated, "b", customer)
    early = dated.store.status().version
    calendar.now += DAY
    assert f"{start}b substitutes a until 2026-09-23" in _lines(dated, "b", customer)
    dated.update("customer", customer, owner=dated.people["c"])
    assert f"{start}its owner is no longer a" in _lines(dated, "b", customer)
    assert begins in _lines(dated, "b", customer, early), "as it was"
    dated.update("customer", customer, owner=dated.people["a"])
    dated.update("substitution", by, active=False)
    off = f"{start}the substitution of a by b is switched off"
    assert off in _lines(dated, "b", customer)
    dated.update("substitution", by, active=True)
    calendar.now += DAY
    ended = f"{start}the substitution of a by b ended on 2026-09-23"
    assert ended in _lines(dated, "b", customer)


def test_what_is_lent_goes_on_to_the_substitutes_substitute_alone(dated: World) -> None:
    """d is substituted by a, a by b for a list, b by c: c gets the list, b nothing of d."""
    people = dated.people
    lent, of_d = dated.customer("a", "1"), dated.customer("d", "2")
    _lend(dated, lent)
    for absent, substitute in (("d", "a"), ("b", "c")):
        who = {"absent": people[absent], "substitute": people[substitute]}
        dated.insert("substitution", None, **who, active=True)
    assert "c substitutes b, who substitutes a now" in _lines(dated, "c", lent)
    assert explain(dated.store, people["a"], CUSTOMER, of_d).held
    for person in ("b", "c"):
        assert not explain(dated.store, people[person], CUSTOMER, of_d).held

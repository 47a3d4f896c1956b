"""Searching the history and verifying its chain in pieces, on both databases."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.entity import Action
from syncengine.model.rights import Right, Rights
from syncengine.store import clock as clocks
from syncengine.store import history_search
from syncengine.store import tables as t
from syncengine.store.author import Author
from syncengine.store.database import reading, writing
from syncengine.store.history_search import Place, Sought, search
from tests.support.world import World

ALL = Rights(administers=True)


def told(world: World, sought: Sought, rights: Rights = ALL) -> list[tuple[str, str]]:
    """(what was done, number) of all that is found, page by page."""
    found: list[tuple[str, str]] = []
    after: Place | None = None
    while True:
        page = search(world.store, rights, sought, 2, after)
        found += [(e.action, e.after.get("city") or e.before.get("city") or "")
                  for e in page.entries if e.entity == "customer"]  # fmt: skip
        after = page.following
        if after is None:
            return found


def test_it_is_found_by_who_when_what_and_value(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The newest first, each once, over pages and over pieces that hold nothing."""
    monkeypatch.setattr(history_search, "READ_AT_ONCE", 3)
    monkeypatch.setattr(history_search, "MAX_LOOKED_AT", 6)
    shop, other = world.customer("a", "1", city="Ulm"), world.customer("b", "2", city="Bonn")
    for number in range(20):
        world.insert("market", number=f"m{number}", name="M")
    world.update("customer", shop, city="Neu-Ulm", phone="1")
    gone = world.operation(Action.DELETE, "customer", other)
    world.store.write(Author(Source.OFFICE, world.people["a"], "test"), [gone])
    inserts = [("insert", "Bonn"), ("insert", "Ulm")]
    every = [("delete", "Bonn"), ("update", "Neu-Ulm"), *inserts]
    assert told(world, Sought()) == every
    assert told(world, Sought(entity="customer")) == every
    assert told(world, Sought(value="ULM")) == [("update", "Neu-Ulm"), ("insert", "Ulm")]
    assert told(world, Sought(field="phone")) == [("update", "Neu-Ulm")]
    assert told(world, Sought(field="phone", value="Ulm")) == []
    assert told(world, Sought(people=frozenset({world.people["a"]}))) == [("delete", "Bonn")]
    owner = frozenset({world.people["b"]})
    assert told(world, Sought(field="owner", value="b", values=owner)) == [
        ("delete", "Bonn"), ("insert", "Bonn"),
    ]  # fmt: skip
    now = world.environment.now() + 1
    assert told(world, Sought(since=now)) == []
    assert told(world, Sought(until=now)) == every


def test_nobody_finds_what_they_may_not_view(world: World) -> None:
    """Invariant 9: neither kinds of rows without the right, nor rows beyond the limit."""
    world.customer("a", "1", city="Ulm")
    world.customer("b", "2", city="Bonn")
    allowed = {"customer": frozenset({Right.VIEW})}
    assert told(world, Sought(), Rights(allowed={"market": frozenset({Right.VIEW})})) == []
    mine = Rights(allowed=allowed, limit=world.people["a"])
    assert told(world, Sought(), mine) == [("insert", "Ulm")]
    assert told(world, Sought(value="Bonn"), mine) == []


def test_the_chain_is_verified_piece_by_piece(world: World) -> None:
    """Invariant 26: as in one go, whatever the size of the pieces; and a break is found where it
    is.
    """
    world.customers("a", 3)
    for _ in range(5):
        world.insert("market", number="m", name="M")
    with reading(world.store.engine) as connection:
        last = clocks.read(connection).version
        for size in (1, 2, 3, last, last + 1):
            upto, pieces = 0, 0
            while not (found := clocks.verify(connection, upto, size)).finished:
                assert found.upto == upto + size
                upto, pieces = found.upto, pieces + 1
            assert (found.upto, found.last, found.broken) == (last, last, None)
            assert pieces == (last - 1) // size
        assert clocks.verify(connection, last + 7, 2).broken == last + 7
    c = t.changeset.c
    with writing(world.store.engine) as connection:
        forged = sa.update(t.changeset).where(c.version == 5).values(body_hash=bytes(32))
        connection.execute(forged)
    with reading(world.store.engine) as connection:
        assert clocks.broken_at(connection) == 5
        assert clocks.verify(connection, 3, 2).broken == 5
        assert clocks.verify(connection, 0, 3).broken is None

"""Lists on both kinds of database (invariant 24): the same rows in the same order."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Wanted
from syncengine.store.overview import bulk_lines, device_lines
from tests.support.world import World

ALL = Rights(administers=True)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_postgresql_lists_as_sqlite_does(database_url: str, tmp_path: Path) -> None:
    found = []
    for number, url in enumerate((database_url, f"sqlite:///{tmp_path / 'server.db'}")):
        world = World(url, tmp_path / str(number))
        found.append(told(world))
        world.close()
    assert found[0] == found[1]


def told(world: World) -> list[object]:
    """What lists say, by numbers."""
    cities = [None, "ulm", "aalen", "bonn%"]
    world.write([
        world.operation(
            Action.INSERT, "customer", world.environment.new_id(), number=f"{n:02}", name="Shop",
            city=cities[n % 4], active=n % 3 > 0, staff=None if n % 5 == 0 else n % 7,
            owner=world.people["a"] if n % 2 else None,
        )
        for n in range(23)
    ])  # fmt: skip
    world.enrol("a").close()
    said: list[object] = []
    for order in ("number", "city", "active", "staff", None):
        for descending in (False, True):
            wanted = Wanted("customer", order=order, descending=descending)
            said.append((order, descending, walked(world, wanted)))
            assert len(set(walked(world, wanted))) == 23
    owner = world.people["a"]
    for wanted in (
        Wanted("customer", "ULM"), Wanted("customer", "n%"), Wanted("customer", "nobody"),
        Wanted("customer", filters=(("owner", owner), ("active", True))),
        Wanted("customer", filters=(("owner", None),)),
    ):  # fmt: skip
        said.append((walked(world, wanted), listing.count(world.store, ALL, wanted)))
    owners = Wanted("employee", held_by=("customer", "owner"))
    said.append(walked(world, owners))
    assert walked(world, owners) == ["a"]
    said.append(listing.referring(world.store, ALL, "employee", owner))
    with reading(world.store.engine) as connection:
        said.append(
            list(listing.titles(connection, world.store, ALL, "employee", [owner]).values())
        )
    said.append([(line.state, line.seen) for line in device_lines(world.store, ALL)])
    said.append(bulk_lines(world.store, 10))
    return said


def walked(world: World, wanted: Wanted) -> list[Stored]:
    """The numbers of all rows, page by page."""
    numbers: list[Stored] = []
    after: tuple[Stored, bytes] | None = None
    while True:
        rows, more = listing.page(world.store, ALL, wanted, 5, after)
        numbers += [row.values["number"] for row in rows]
        if not more:
            return numbers
        last = rows[-1]
        after = (last.values[wanted.order] if wanted.order else None, last.id)

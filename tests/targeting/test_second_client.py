"""The client written from docs/PROTOCOL.md alone shows targets and windows as the SDK does."""

from __future__ import annotations

from pathlib import Path

from tests.support.second import second_client
from tests.support.world import DAY
from tests.targeting.module import Targeted

BEGIN = 1_790_000_000_000_000


def test_what_begins_and_ends_without_network(database_url: str, tmp_path: Path) -> None:
    world = Targeted(database_url, tmp_path, BEGIN)
    naive = second_client(world, "a")
    sdk = world.enrol("a")
    market = world.insert("market", number="m", name="M")
    world.customer("a", "1", market=market)
    world.insert("question", survey=world.insert("survey", market=market))
    for begins, ends in ((None, None), (1, None), (None, 2), (1, 2), (3, 4)):
        instants = [None if day is None else BEGIN + day * DAY for day in (begins, ends)]
        row = world.insert("bulletin", visible_from=instants[0], visible_until=instants[1])
        world.insert("task", bulletin=row)
        world.insert("recipient", bulletin=row, person=world.people["a"])
    naive.sync()
    sdk.sync()
    seen = []
    for day in range(5):
        world.at = BEGIN + day * DAY
        for entity in ("bulletin", "task", "survey", "question"):
            shown = set(naive.store.shown(entity, world.at))
            assert shown == {row for (row,) in sdk.query(f"SELECT id FROM {entity}")}, entity
        seen.append(len(naive.store.shown("task", world.at)))
    assert seen == [2, 4, 2, 3, 2]
    sdk.close()
    world.close()

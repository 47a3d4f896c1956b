"""What the calendar reads, on both kinds of database (invariant 24), against naive ones."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from modules.masterdata.portal import bookings
from modules.masterdata.portal.bookings import Reach, booked, reach
from modules.masterdata.portal.plan import USUAL, Booked
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.model.terms import BucketKind, BucketName
from syncengine.model.windows import Window
from syncengine.store.database import reading
from syncengine.store.grants import grants_of
from syncengine.store.substitutions import Link
from tests.support.world import World

NOON = 1_790_000_000_000_000
HOUR = 3_600_000_000
DAY = 24 * HOUR
ALL = Rights(administers=True)
WINDOW = NOON, NOON + 2 * DAY


def planned(world: World) -> tuple[list[Booked], dict[bytes, bytes]]:
    """(eighty appointments of a and b around the window, some with the other one's customer; whose
    the customers are).
    """
    draw = random.Random(3)
    shops = {who: world.customer(who, who) for who in ("a", "b")}
    made, operations = [], []
    for _ in range(80):
        who = draw.choice("ab")
        shop = shops[who if draw.random() < 0.7 else draw.choice("ab")]
        starts = NOON + draw.randrange(-3 * 24, 5 * 24) * HOUR
        ends = draw.choice([None, starts + HOUR, starts + 30 * HOUR, starts - HOUR])
        one = Booked(
            world.environment.new_id(), 0, world.people[who], shop, "Visit", starts, ends,
            draw.random() < 0.8, None,
        )  # fmt: skip
        made.append(one)
        values: dict[str, Stored] = {
            "employee": one.rep, "customer": shop, "subject": "Visit", "starts_at": starts,
            "ends_at": ends, "active": one.active,
        }  # fmt: skip
        operations.append(world.operation(Action.INSERT, "appointment", one.id, **values))
    assert world.write(operations).version
    return made, {shop: world.people[who] for who, shop in shops.items()}


def test_appointments_of_a_window_and_who_has_them(database_url: str, tmp_path: Path) -> None:
    """Also for a user who is limited to b; and by the grants at the moment when each begins."""
    world = World(database_url, tmp_path, lambda: NOON)
    (made, owner), people = planned(world), world.people
    world.insert(
        "substitution", absent=people["a"], substitute=people["b"], active=True,
        starts_at=NOON + DAY, ends_at=NOON + 2 * DAY,
    )  # fmt: skip
    reps = [people["a"], people["b"]]
    everything = {
        e: frozenset(Right) for e in ("appointment", "customer", "employee", "substitution")
    }
    limited = Rights(False, everything, people["b"])
    with reading(world.store.engine) as connection:
        for rights, seen in ((ALL, reps), (limited, reps[1:]), (Rights(), [])):
            for cancelled in (False, True):
                found, more = booked(connection, world.store, rights, reps, WINDOW, cancelled)
                expected = {
                    one.id
                    for one in made
                    if one.window.overlaps(Window(*WINDOW)) and (one.active or cancelled)
                    and owner[one.customer] in seen
                }  # fmt: skip
                assert ({one.id for one in found}, more) == (expected, False)
                assert [one.starts for one in found] == sorted(one.starts for one in found)
        found, _ = booked(connection, world.store, ALL, reps, WINDOW, True)
        who = reach(connection, world.store, ALL, found, WINDOW)
        schema, tables = world.store.schema, world.store.tables
        for one in found:
            for rep in reps:
                bucket = BucketName(BucketKind.BUSINESS, owner[one.customer])
                at = max(one.starts, NOON)
                granted = {g.bucket for g in grants_of(connection, schema, tables, rep, at)}
                assert who.has(rep, one) == (bucket in granted)
            absent = Window(NOON + DAY, NOON + 2 * DAY).overlaps(one.window)
            away = absent and one.rep == people["a"]
            theirs = owner[one.customer] == people["a"]
            assert who.instead(one) == ([people["b"]] if away and theirs else [])
    world.close()


def test_a_page_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookings, "MAX_SHOWN", 5)
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, lambda: NOON)
    planned(world)
    with reading(world.store.engine) as connection:
        reps = [world.people["a"], world.people["b"]]
        found, more = booked(connection, world.store, ALL, reps, WINDOW, True)
    world.close()
    assert len(found) <= 5
    assert more


def test_a_circle_of_absences_ends() -> None:
    """Two who stand in for each other: none of them is named twice."""
    a, b, c = (bytes([n]) * 16 for n in range(3))
    links = [
        Link(bytes([9, n]) * 8, absent, substitute, Window(), Window(), False)
        for n, (absent, substitute) in enumerate([(a, b), (b, a), (b, c), (c, b)])
    ]
    one = Booked(b"x" * 16, 1, a, b"y" * 16, "Visit", NOON, NOON + USUAL, True, None)
    buckets = {one.id: frozenset({BucketName(BucketKind.BUSINESS, a)})}
    who = Reach(buckets, links, lambda _rep: frozenset())
    assert who.instead(one) == [b, c]
    assert who.people([a]) == {a, b, c}
    assert not Reach(buckets, links[1:], lambda _rep: frozenset()).instead(one)

"""The later edit stands, as far as clocks can be believed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from syncengine.model.environment import Environment
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.store.history import history
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, World
from tests.tallies.module import SCHEMA

MINUTE = 60 * 1_000_000
BEGIN = (dt.datetime(2026, 11, 2, 8, tzinfo=dt.UTC) - EPOCH) // MICROSECOND
IN_1970, IN_2099 = 0, (dt.datetime(2099, 1, 1, tzinfo=dt.UTC) - EPOCH) // MICROSECOND


class Morning:
    """Two devices that hold a row since 8:00, and the server's clock."""

    def __init__(self, url: str, folder: Path) -> None:
        self.minute = 0
        self.world = World(url, folder, now=self.now, schema=SCHEMA)
        self.row = self.world.insert("tally", hours="8-18")
        self.a, self.b = (NaiveDevice(self.world, name) for name in ("a", "b"))
        self.a.sync()
        self.b.sync()

    def now(self) -> int:
        """By the server."""
        return BEGIN + self.minute * MINUTE

    def edit(self, device: NaiveDevice, hours: str, made: int, arrives: int) -> str:
        """An edit with the device's time in minutes after 8:00, or what its clock shows; its
        outcome.
        """
        self.minute = arrives
        device_time = made if made in (IN_1970, IN_2099) else BEGIN + made * MINUTE
        operation = device.update("tally", self.row, hours=hours)
        (verdict,) = device.push(device.changeset(operation, device_time=device_time))
        return verdict.outcome

    def stands(self) -> object:
        """The server's value."""
        table = self.world.store.tables["tally"]
        with self.world.store.engine.connect() as connection:
            return connection.execute(table.select()).mappings().one()["hours"]


@pytest.fixture
def morning(database_url: str, tmp_path: Path) -> Iterator[Morning]:
    made = Morning(database_url, tmp_path)
    yield made
    made.world.close()


@pytest.mark.parametrize(
    ("first", "second", "stands"),
    [
        ((10, 60), (20, 61), "second"),
        ((20, 60), (10, 61), "first"),
        ((10, 60), (10, 61), "first"),  # the server's
        ((10, 60), (IN_1970, 61), "first"),  # not before its base, 8:00
        ((10, 60), (IN_2099, 61), "second"),  # not after it arrived
        ((IN_2099, 60), (30, 61), "first"),
        ((IN_2099, 60), (90, 91), "second"),  # 2099 is no later than 9:00, when it arrived
        ((IN_1970, 60), (1, 61), "second"),
    ],
)
def test_by_when_it_was_made(
    morning: Morning, first: tuple[int, int], second: tuple[int, int], stands: str
) -> None:
    """Invariant 19. Each edit: the device's minute, and that in which it arrives."""
    assert morning.edit(morning.a, "first", *first) == "accepted"
    assert morning.edit(morning.b, "second", *second) == "merged"
    assert morning.stands() == stands
    entries = history(morning.world.store, SCHEMA.tags["tally"], morning.row)
    lost = [loss["lost"] for entry in entries for loss in entry.losses]
    assert lost == ["first" if stands == "second" else "second"]


def test_the_office_counts_when_it_writes(morning: Morning) -> None:
    morning.minute = 30
    morning.world.update("tally", morning.row, hours="office")
    morning.edit(morning.a, "before", 29, 60)
    assert morning.stands() == "office"
    morning.edit(morning.b, "after", 31, 60)
    assert morning.stands() == "after"


def test_own_edits_follow_each_other_whatever_the_clock_says(morning: Morning) -> None:
    """Invariant 12: a seat never conflicts with itself."""
    assert morning.edit(morning.a, "one", 20, 60) == "accepted"
    assert morning.edit(morning.a, "two", 10, 61) == "accepted"
    assert morning.stands() == "two"


def test_an_edit_on_top_of_one_that_lost_is_judged_by_its_own_time(morning: Morning) -> None:
    morning.edit(morning.a, "first", 20, 60)
    morning.edit(morning.b, "too early", 10, 61)
    assert morning.edit(morning.b, "later", 30, 62) == "merged"
    assert morning.stands() == "later"


def test_a_clock_that_is_off_by_a_constant_is_set_right(morning: Morning) -> None:
    """By what it differed from the server's at the last sync, to within what a network takes."""
    world, off = morning.world, {"a": 3 * DAY, "b": 0}

    def device(name: str) -> Device:
        code = world.store.seats.create_code(world.people[name], DAY)
        clock = Environment(now=lambda: morning.now() + off[name])
        return Device.enrol(
            world.folder / name, world.transport(None), code, name, environment=clock
        )

    with device("a") as fast, device("b") as right:
        fast.sync()
        right.sync()
        for minute, one in ((10, fast), (20, right)):
            morning.minute = minute
            with one.changeset() as changes:
                changes.update("tally", morning.row, hours=f"minute {minute}")
        morning.minute = 60
        right.sync()
        assert fast.sync().verdicts == {"merged": 1}
        assert morning.stands() == "minute 20"
        made = [e.device_time for e in history(world.store, SCHEMA.tags["tally"], morning.row)]
        assert made[:2] == [BEGIN + 10 * MINUTE, BEGIN + 20 * MINUTE]
        off["a"] = 0  # somebody set the clock: the next sync learns of it
        fast.sync()
        morning.minute = 61
        with fast.changeset() as changes:
            changes.update("tally", morning.row, hours="now")
        fast.sync()
        (newest,) = history(world.store, SCHEMA.tags["tally"], morning.row, limit=1)
        assert newest.device_time == morning.now()

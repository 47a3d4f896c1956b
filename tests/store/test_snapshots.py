"""Pulls that read from a replica: never less than what is committed, whatever becomes of it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.store import clock as clocks
from syncengine.store import pull, snapshots
from syncengine.store.database import open_engine, reading, writing
from syncengine.store.store import Store
from tests.support.days import BEGIN, Days
from tests.support.leaving import substitution
from tests.support.postgres import launch_with_standby
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, World


class Copy:
    """A replica of a SQLite database, as fresh as it is told to be, which counts its snapshots."""

    def __init__(self, days: Days, folder: Path) -> None:
        self._days = days
        self._file = folder / "replica.db"
        self.engine = open_engine(f"sqlite:///{self._file}")
        self.failures: list[Exception] = []
        self.read = 0
        sa.event.listen(self.engine, "begin", self._begun)
        self.catch_up()
        world = days.world
        world.store = Store(
            world.store.engine, world.store.schema, world.environment, self.engine,
            self.failures.append,
        )  # fmt: skip

    def _begun(self, _connection: sa.Connection) -> None:
        self.read += 1

    def catch_up(self) -> None:
        """All that is committed by now is there."""
        self.engine.dispose()
        database = self._days.world.store.engine.url.database
        assert database is not None
        with sqlite3.connect(database) as source, sqlite3.connect(self._file) as target:
            source.backup(target)
        source.close()
        target.close()

    def lose(self) -> None:
        """It does not answer any more."""
        self.engine.dispose()
        for file in self._file.parent.glob("replica.db*"):
            file.unlink()
        self._file.mkdir()


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    made = Days(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield made
    made.world.close()


@pytest.fixture
def copy(days: Days, tmp_path: Path) -> Iterator[Copy]:
    days.world.customer("a", "1")
    made = Copy(days, tmp_path)
    yield made
    made.engine.dispose()


def test_what_has_everything_is_read_there(days: Days, copy: Copy) -> None:
    device = NaiveDevice(days.world, "a")
    copy.catch_up()
    days.world.store.engine.dispose()
    written: list[str] = []

    def executed(_c: object, _cursor: object, statement: str, *_: object) -> None:
        written.append(statement)

    sa.event.listen(days.world.store.engine, "before_cursor_execute", executed)
    device.sync()
    assert len(device.ids("customer")) == 1
    assert copy.read
    assert not any("FROM customer" in statement for statement in written)


def test_one_that_is_behind_is_not_read(
    days: Days, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And where it were, devices would lack what is committed: the comparison is what holds."""
    new = days.world.customer("a", "2")
    device = NaiveDevice(days.world, "a")
    device.sync()
    assert new in device.ids("customer")
    later = days.world.customer("a", "3")
    monkeypatch.setattr(snapshots, "shows", lambda _there, _due: True)
    fresh = NaiveDevice(days.world, "a")
    fresh.sync()
    assert not {new, later} & fresh.ids("customer")


def test_no_chunk_after_a_revocation_comes_from_a_replica_that_lacks_it(
    days: Days, copy: Copy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Invariant 17, with a replica that falls behind while an answer goes out."""
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1)
    world = days.world
    world.customers("a", 3)
    switch = substitution(world, "a", "b")
    device = NaiveDevice(world, "b")
    copy.catch_up()
    came: set[bytes] = set()
    for message in world.store.sync(device.seat, device.hello(), ()):
        device._take(message)
        if not came and device.ids("customer"):
            came = device.ids("customer")
            world.update("substitution", switch, active=False)
        assert device.ids("customer") <= came
    assert len(came) == 1
    assert copy.read > 1
    assert device.ids("customer") == set()


def test_one_of_before_a_restore_is_not_read(days: Days, copy: Copy) -> None:
    with writing(days.world.store.engine) as connection:
        forked = clocks.fork(connection, days.world.environment)
    device = NaiveDevice(days.world, "a")
    device.sync()
    assert device.base.epoch == forked.epoch


def test_time_that_passes_is_seen_before_a_replica_has_it(days: Days, copy: Copy) -> None:
    """A boundary that lies behind takes effect in the database; the answer does not wait for it."""
    world = days.world
    substitution(world, "a", "b", starts_at=BEGIN + 2 * DAY)
    copy.catch_up()
    device = NaiveDevice(world, "b")
    device.sync()
    assert not device.ids("customer")
    copy.catch_up()
    days.day = 3
    device.sync()
    assert len(device.ids("customer")) == 1


def test_one_that_does_not_answer_is_left_alone_for_a_while(days: Days, copy: Copy) -> None:
    device = NaiveDevice(days.world, "a")
    copy.lose()
    device.sync()
    assert len(device.ids("customer")) == 1
    assert len(copy.failures) == 1
    days.world.customer("a", "2")
    device.sync()
    assert len(copy.failures) == 1
    days.day += 1
    days.world.customer("a", "3")
    device.sync()
    assert len(copy.failures) == 2
    assert len(device.ids("customer")) == 3


def _followed(world: World, replica: sa.Engine) -> None:
    """Wait until it has all that is committed by now."""
    end = time.monotonic() + 20
    with writing(world.store.engine) as connection:
        due = clocks.read(connection)
    while time.monotonic() < end:
        with suppress(sa.exc.DBAPIError), reading(replica) as connection:
            if snapshots.shows(clocks.read(connection), due):
                return
        time.sleep(0.02)
    raise AssertionError("the standby does not follow")


@pytest.mark.usefixtures("postgres_url")  # skipped where there is none
def test_a_standby_of_postgresql(tmp_path: Path) -> None:
    """Read while it is fresh; while its replay is halted, the database is read instead."""
    with launch_with_standby() as (url, standby):
        world = World(url, tmp_path)
        replica = open_engine(standby, patience=3)
        failures: list[Exception] = []
        read: list[object] = []
        sa.event.listen(replica, "begin", read.append)
        store = Store(
            world.store.engine, world.store.schema, world.environment, replica, failures.append
        )
        world.store = store
        first = world.customer("a", "1")
        device = NaiveDevice(world, "a")
        _followed(world, replica)
        device.sync()
        assert device.ids("customer") == {first}
        assert read
        with reading(replica) as connection:
            connection.execute(sa.text("SELECT pg_wal_replay_pause()"))
        second = world.customer("a", "2")
        device.sync()
        assert device.ids("customer") == {first, second}
        with reading(replica) as connection:
            connection.execute(sa.text("SELECT pg_wal_replay_resume()"))
        _followed(world, replica)
        fresh = NaiveDevice(world, "a")
        fresh.sync()
        assert fresh.ids("customer") == {first, second}
        assert failures == []
        replica.dispose()
        world.close()

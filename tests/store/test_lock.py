"""Invariant 15 on PostgreSQL, with two real connections: a checkpoint never passes an
uncommitted change.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.http.errors import database_failed
from syncengine.store import clock as clocks
from syncengine.store import database
from syncengine.store import tables as t
from syncengine.store.clock import Clock
from tests.support.wire import NaiveDevice
from tests.support.world import Faults, World


class _Gate(Faults):
    """Holds the first write just before its commit until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = False
        self.arrived, self.opened = threading.Event(), threading.Event()

    def reached(self, point: str) -> None:
        if point == "server.before_commit" and self.closed:
            self.closed = False
            self.arrived.set()
            assert self.opened.wait(20)


def _two_writers(world: World, gate: _Gate) -> tuple[bool, set[bytes], set[bytes]]:
    """A second server process writes and a device syncs while a first write stands before its
    commit.

    (whether the second one waited, the customers there are, those that the device ends up with)
    """
    second = World.beside(world)
    device = NaiveDevice(world, "a")
    device.sync()
    gate.closed = True
    first = threading.Thread(target=world.customer, args=("a", "first"))
    first.start()
    assert gate.arrived.wait(20)
    other = threading.Thread(target=second.customer, args=("a", "second"))
    other.start()
    other.join(1.0)
    waited = other.is_alive()
    device.sync()
    gate.opened.set()
    first.join(20)
    other.join(20)
    device.sync()
    with world.store.engine.connect() as connection:
        there = set(connection.scalars(sa.select(world.store.tables["customer"].c.id)))
    second.close()
    return waited, there, device.ids("customer")


def test_the_second_writer_waits_and_no_row_is_lost(fresh_postgres: str, tmp_path: Path) -> None:
    gate = _Gate()
    world = World(fresh_postgres, tmp_path, faults=gate)
    waited, there, held = _two_writers(world, gate)
    assert waited
    assert len(there) == 2
    assert held == there
    world.close()


def test_a_process_that_stands_still_does_not_keep_the_lock(
    fresh_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the partitions: the office waited for a server that was frozen in its commit."""
    monkeypatch.setattr(database, "IDLE_SECONDS", 1)
    world = World(fresh_postgres, tmp_path)
    frozen = database.open_engine(fresh_postgres)
    connection = frozen.connect()
    clocks.lock(connection)
    waiting = threading.Thread(target=world.customer, args=("a", "1"), daemon=True)
    waiting.start()
    waiting.join(20)  # until the other one's transaction is ended
    assert not waiting.is_alive()
    with pytest.raises(sa.exc.DBAPIError) as ended:
        clocks.lock(connection)
    assert database_failed(ended.value)  # devices are told to come again
    connection.close()
    frozen.dispose()
    world.close()


def _take_versions_from_a_sequence(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The build without the lock: versions are given out before the commit, in any order."""
    with world.store.engine.begin() as connection:
        start = world.store.status().version + 1
        connection.execute(sa.text(f"CREATE SEQUENCE versions START {start}"))
    plain = clocks.read

    def lock(connection: sa.Connection) -> Clock:
        taken = connection.scalar(sa.text("SELECT nextval('versions')"))
        return replace(plain(connection), version=taken - 1)

    def advance(_connection: sa.Connection, clock: Clock) -> None:
        """Seen by everybody at once, as a sequence's value is."""
        newer = sa.update(t.clock).where(t.clock.c.version < clock.version)
        with world.store.engine.begin() as beside:
            beside.execute(newer.values(version=clock.version, chain=clock.chain))

    monkeypatch.setattr(clocks, "lock", lock)
    monkeypatch.setattr(clocks, "advance", advance)


def test_without_the_lock_a_row_is_lost(
    fresh_postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above can fail: here the row of the lower version never reaches the device."""
    gate = _Gate()
    world = World(fresh_postgres, tmp_path, faults=gate)
    known = {world.customer("a", "1"), world.customer("b", "2")}
    _take_versions_from_a_sequence(world, monkeypatch)
    device = NaiveDevice(world, "boss")
    device.sync()
    second = World.beside(world)
    gate.closed = True
    first = threading.Thread(target=world.customer, args=("a", "first"))
    first.start()
    assert gate.arrived.wait(20)
    late = second.customer("b", "second")  # takes the higher version and commits first
    device.sync()
    gate.opened.set()
    first.join(20)
    device.sync()
    with world.store.engine.connect() as connection:
        there = set(connection.scalars(sa.select(world.store.tables["customer"].c.id)))
    assert len(there) == 4
    assert device.ids("customer") == known | {late}
    second.close()
    world.close()

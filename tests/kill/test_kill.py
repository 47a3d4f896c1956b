"""kill -9 at each point of server and device: start again, same end (invariants 1, 2, 3)."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from benchmarks.processes import free_port
from modules.expenses.jobs import take_default_rates
from syncengine.model.entity import Action
from syncengine.store.bulk import keep
from syncengine.store.bulk_steps import encoded
from tests.support.world import DAY, INSTALLED, OFFICE, World

CUSTOMERS = 2_500  # two chunks


@dataclass
class Stage:
    """A database, a port and a folder for a device."""

    world: World
    port: int
    folder: Path

    @property
    def url(self) -> str:
        """Where the server listens while it runs."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def server(self, point: str = "-", skip: int = 0) -> Iterator[subprocess.Popen[bytes]]:
        """The server process for the block."""
        process = _start("server", self.world.url, str(self.port), point, str(skip))
        assert process.stdout is not None
        process.stdout.close()
        try:
            self._wait(process)
            yield process
        finally:
            process.kill()
            process.wait()

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"{self.url}/ready", timeout=1):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        raise AssertionError("the server did not start")

    def device(self, *steps: str, point: str = "-", skip: int = 0, name: str = "device") -> Any:
        """Run a device process to its end: what it holds, or None when it was killed."""
        folder = str(self.folder / name)
        process = _start("device", folder, self.url, point, str(skip), *steps)
        out, _ = process.communicate(timeout=60)
        if process.returncode == -signal.SIGKILL:
            return None
        return json.loads(out) if process.returncode == 0 else {}

    def code(self) -> str:
        """For another device of the same person."""
        return self.world.store.seats.create_code(self.world.people["a"], DAY)


def _start(*arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.kill.process", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path, schema=INSTALLED)
    world.customers("a", CUSTOMERS)
    take_default_rates(world.store, 1)  # or a job of the server does, and is killed for it
    yield Stage(world, free_port(), tmp_path)
    world.close()


def _is_whole(stage: Stage, held: Any) -> None:
    """Everything arrived once, on the device, on the server, and on a fresh device."""
    assert held["pending"] == 0
    assert held["notes"] == ["one", "two"]
    assert held["counts"]["customer"] == CUSTOMERS
    assert stage.device(f"enrol:{stage.code()}", "sync", name="fresh") == held
    notes = stage.world.store.tables["note"].c.text
    with stage.world.store.engine.connect() as connection:
        assert sorted(connection.scalars(sa.select(notes))) == ["one", "two"]


@pytest.mark.parametrize(
    "point",
    [
        "server.decoded",
        "server.locked",
        "server.merged",
        "server.before_commit",
        "server.committed",
    ],
)
def test_the_server_is_killed(stage: Stage, point: str) -> None:
    with stage.server(point) as process:
        enrolled = stage.device(f"enrol:{stage.code()}", "note:one", "note:two")
        assert enrolled["pending"] == 2
        assert stage.device("sync") == {}  # the server was gone in the middle of it
        assert process.wait(10) == -signal.SIGKILL
    with stage.server():
        _is_whole(stage, stage.device("sync"))


@pytest.mark.parametrize(
    "point",
    [
        "device.committed",
        "device.mid_send",
        "device.answered",
        "device.chunk_staged",
        "device.before_publish",
        "device.after_publish",
    ],
)
def test_the_device_is_killed(stage: Stage, point: str) -> None:
    with stage.server():
        assert stage.device(f"enrol:{stage.code()}", "note:one")["pending"] == 1
        steps = ("note:two",) if point == "device.committed" else ("note:two", "sync")
        assert stage.device(*steps, point=point) is None
        _is_whole(stage, stage.device("sync"))


@pytest.mark.parametrize("point", ["bulk.step_written", "bulk.step_noted", "server.before_commit"])
def test_the_server_is_killed_within_a_large_change(stage: Stage, point: str) -> None:
    """The next one finishes it before it takes a request."""
    world = stage.world
    c = world.store.tables["customer"].c
    with world.store.engine.connect() as connection:
        shops = connection.scalars(sa.select(c.id)).all()
    b = world.people["b"]
    moves = [world.operation(Action.UPDATE, "customer", shop, owner=b) for shop in shops]
    before = world.store.status().version
    kept = (encoded(place, move) for place, move in enumerate(moves))
    keep(world.store, world.environment.new_id(), OFFICE, kept)
    process = _start("server", world.url, str(stage.port), point, "1")
    process.communicate(timeout=60)
    assert process.returncode == -signal.SIGKILL
    with stage.server():
        assert stage.device(f"enrol:{stage.code()}", "sync")["counts"].get("customer", 0) == 0
    assert world.store.status().version == before + 3
    with world.store.engine.connect() as connection:
        assert set(connection.scalars(sa.select(c.owner))) == {b}

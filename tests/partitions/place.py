"""The processes of a run: PostgreSQL behind a proxy, its standby, servers, devices behind
a proxy each.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from benchmarks.processes import free_port
from syncengine.store.database import open_engine, reading
from tests.partitions.proxy import Proxy, tcp, unix
from tests.server.processes import SYNCENGINE
from tests.support.world import INSTALLED, World

SERVERS = 2
DEVICES = {"a1": "a", "a2": "a", "b1": "b", "boss1": "boss"}
CUSTOMERS = 12  # of each of the two reps
START_SECONDS = 30.0
END_SECONDS = 120.0


class Place:
    """All that can be broken. `world` is the office; its way to the database is never broken."""

    def __init__(self, url: str, standby: str, folder: Path, seed: str) -> None:
        self._folder = folder
        self._seed = seed
        self._starts = 0
        self.world = World(url, folder, schema=INSTALLED)
        self.shops = [shop for rep in ("a", "b") for shop in self.world.customers(rep, CUSTOMERS)]
        parsed = sa.make_url(url)
        host = str(parsed.query["host"])
        self.database = Proxy([unix(f"{host}/.s.PGSQL.{parsed.query['port']}")])
        self._behind = parsed.set(query={}, host="127.0.0.1", port=self.database.port)
        self.standby = open_engine(standby)
        self._replica = standby
        self.ports = [free_port() for _ in range(SERVERS)]
        self.servers: list[subprocess.Popen[bytes]] = [self.serve(n) for n in range(SERVERS)]
        self.networks = {name: Proxy([tcp(port) for port in self.ports]) for name in DEVICES}
        self.devices: dict[str, subprocess.Popen[bytes]] = {}
        for name in DEVICES:
            self.world.enrol(DEVICES[name], name=name).close()
            self.work(name)

    def serve(self, number: int) -> subprocess.Popen[bytes]:
        """Start that server and wait until it answers."""
        port = self.ports[number]
        with (self._folder / f"server{number}.log").open("ab") as log:
            process = subprocess.Popen(
                [*SYNCENGINE, "serve", "--port", str(port)],
                stderr=log,
                env={
                    **os.environ,
                    "SYNCENGINE_DATABASE": self._behind.render_as_string(False),
                    "SYNCENGINE_REPLICA": self._replica,
                },
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and process.poll() is None:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/ready", timeout=1):
                    return process
            except (urllib.error.URLError, OSError):
                time.sleep(0.05)
        process.kill()
        raise AssertionError(f"the server did not start; see {self._folder}/server{number}.log")

    def work(self, name: str) -> None:
        """Start that device."""
        self._starts += 1
        url = f"http://127.0.0.1:{self.networks[name].port}"
        seed = f"{self._seed}/{self._starts}"
        with (self._folder / f"{name}.log").open("ab") as log:
            self.devices[name] = subprocess.Popen(
                [sys.executable, "-m", "tests.partitions.worker", self._folder / name, url,
                 self._folder / f"{name}.jsonl", seed],
                stderr=log,
            )  # fmt: skip

    def resume(self) -> None:
        """Start the servers and devices that are gone."""
        for number, server in enumerate(self.servers):
            if server.poll() is not None:
                self.servers[number] = self.serve(number)
        for name, device in self.devices.items():
            if device.poll() is not None:
                self.work(name)

    def history(self, name: str) -> list[dict[str, object]]:
        """What a device wrote down; a line that a kill cut off is none."""
        text = (self._folder / f"{name}.jsonl").read_text()
        return [json.loads(line) for line in text.splitlines(True) if line.endswith("\n")]

    def standby_read(self) -> int:
        """How many transactions the standby has had in this database."""
        mine = "SELECT xact_commit FROM pg_stat_database WHERE datname=current_database()"
        with reading(self.standby) as connection:
            return connection.scalar(sa.text(mine)) or 0

    def logged(self) -> Counter[str]:
        """How often the servers logged each event; a line that a kill cut off is none."""
        counts: Counter[str] = Counter()
        for log in sorted(self._folder.glob("server*.log")):
            for line in log.read_text().splitlines():
                if line.startswith("{") and line.endswith("}"):
                    counts[json.loads(line)["event"]] += 1
        return counts

    def stop_devices(self) -> None:
        """They end by themselves; an exit that is no end is an error."""
        for process in self.devices.values():
            process.send_signal(signal.SIGTERM)
        for name, process in self.devices.items():
            if process.wait(END_SECONDS) not in (0, -signal.SIGTERM):  # or it only began
                raise AssertionError((self._folder / f"{name}.log").read_text()[-2_000:])

    def close(self) -> None:
        """Everything ends."""
        for process in [*self.devices.values(), *self.servers]:
            process.kill()
            process.wait()
        for proxy in [*self.networks.values(), self.database]:
            proxy.close()
        self.standby.dispose()
        self.world.close()


@contextmanager
def place(url: str, standby: str, folder: Path, seed: str) -> Iterator[Place]:
    """A running place, for the block."""
    made = Place(url, standby, folder, seed)
    try:
        yield made
    finally:
        made.close()

"""`syncengine bench`: the data path's figures, each beside the yardstick of the same run.

Server, client and replay are processes of their own; the device is durable (synchronous=FULL) and
encrypted; medians of the repetitions, with the spread.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.data import SCHEMA, Generator, Sizes, full_size, operation
from benchmarks.figures import Figures, machine, say
from benchmarks.processes import (
    ClientProcess,
    client,
    peak_megabytes,
    replayed,
    serving,
    serving_bare,
)
from benchmarks.raw import upsert_seconds
from benchmarks.replay import Recorded
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.model.ids import from_text, to_text
from syncengine.store.author import Author
from syncengine.store.database import open_engine
from syncengine.store.migration import migrate
from syncengine.store.store import Store

OFFICE = Author(Source.OFFICE, None, "bench")
BATCH = 2_000
REPETITIONS = 3
DELTA_ROWS = 100
DELTAS = 9
PUSHED = 1_000
IDLE_SECONDS = 4.0
CONNECTIONS = 8
BARE_BODY = bytes(200)
CODE_VALID = 3_600_000_000
GOALS: dict[str, Callable[[dict[str, float]], bool]] = {
    "10k >= 0.5 of raw": lambda f: f["initial_10k_rows_s"] >= 0.5 * f["raw_sqlite_10k_rows_s"],
    "50k >= 0.6 of raw": lambda f: f["initial_50k_rows_s"] >= 0.6 * f["raw_sqlite_50k_rows_s"],
    "delta <= 17 ms": lambda f: f["delta_100_ms"] <= 17,
    "idle >= 1,490/s": lambda f: f["idle_syncs_s"] >= 1_490,
    "push >= 2,540 rows/s": lambda f: f["push_1000_rows_s"] >= 2_540,
    "server <= 150 MB": lambda f: f["server_peak_mb"] <= 150,
}


class World:
    """The loaded database and its office side, in the bench's own process."""

    def __init__(self, database: str, sizes: Sizes) -> None:
        engine = open_engine(database)
        migrate(engine, SCHEMA)
        self.store = Store(engine, SCHEMA, Environment())
        self.generator = Generator()
        self.rows: dict[bytes, list[tuple[Stored, ...]]] = {}
        self._load(sizes)

    def _load(self, sizes: Sizes) -> None:
        self._write(
            [
                operation("employee", i, {"number": str(n), "active": True})
                for n, i in enumerate(self.generator.owners)
            ]
            + [
                operation("market", i, {"number": str(n), "name": f"Market {n}"})
                for n, i in enumerate(self.generator.markets)
            ]
        )
        kept = set(self.generator.owners[:2])
        waiting: list[Operation] = []
        for number, (row_id, fields) in enumerate(self.generator.customers(sizes), 1):
            waiting.append(operation("customer", row_id, fields))
            owner = fields["owner"]
            if owner in kept and isinstance(owner, bytes):
                plain = [to_text(v) if isinstance(v, bytes) else v for v in fields.values()]
                self.rows.setdefault(owner, []).append((to_text(row_id), *plain))
            if len(waiting) == BATCH or number == sizes.total:
                self._write(waiting)
                waiting = []
            if number % 20_000 == 0:
                say(f"  {number:,} of {sizes.total:,} customers loaded")

    def _write(self, operations: list[Operation]) -> None:
        verdict = self.store.write(OFFICE, operations)
        if verdict.version is None:
            raise RuntimeError(f"the database was not loaded: {verdict}")

    def code(self, owner: int) -> str:
        """A one-time code for a device of that owner."""
        return self.store.seats.create_code(self.generator.owners[owner], CODE_VALID)

    def touch(self, ids: list[str], phone: str) -> None:
        """One office changeset that edits those customers."""
        entity = SCHEMA.entities["customer"]
        number = entity.by_name["phone"].number
        tag = SCHEMA.tags["customer"]
        self._write([Operation(Action.UPDATE, tag, from_text(i), {number: phone}) for i in ids])


def measure_initial(
    world: World, device: ClientProcess, folder: Path, figures: Figures, size: str, owner: int
) -> None:
    """Alternate the yardstick and a device's first sync."""
    rows = world.rows[world.generator.owners[owner]]
    for turn in range(REPETITIONS):
        figures.add(f"raw_sqlite_{size}_rows_s", len(rows) / upsert_seconds(rows, folder))
        name = f"initial_{size}_{turn}"
        device.ask("enrol", name=name, code=world.code(owner))
        report = device.ask("sync", name=name)
        if report["held"] != len(rows):
            raise RuntimeError(f"{report['held']} customers arrived, {len(rows)} expected")
        figures.add(f"initial_{size}_rows_s", report["rows"] / (report["ms"] / 1000))
        figures.add("bytes_per_row_initial", report["bytes"] / report["rows"])


def measure_delta(world: World, device: ClientProcess, figures: Figures) -> None:
    """The whole sync of a device after an office changeset of 100 of its rows."""
    name = "initial_10k_0"
    ids = device.ask("rows", name=name, count=DELTA_ROWS)["ids"]
    for turn in range(DELTAS):
        world.touch(ids, f"+43 1 {turn:05d}")
        report = device.ask("sync", name=name)
        if report["rows"] != DELTA_ROWS:
            raise RuntimeError(f"{report['rows']} rows came instead of {DELTA_ROWS}")
        figures.add("delta_100_ms", report["ms"])


def measure_push(world: World, device: ClientProcess, figures: Figures) -> None:
    """1,000 changesets of one row each, made offline, sent and answered in one sync."""
    device.ask("enrol", name="pusher", code=world.code(2))
    device.ask("sync", name="pusher")
    for _ in range(REPETITIONS):
        device.ask("edit", name="pusher", count=PUSHED)
        report = device.ask("sync", name="pusher")
        if report["verdicts"] != {"accepted": PUSHED}:
            raise RuntimeError(f"not all were accepted: {report['verdicts']}")
        figures.add("push_1000_rows_s", PUSHED / (report["ms"] / 1000))


def measure_idle(world: World, device: ClientProcess, folder: Path, figures: Figures) -> None:
    """Syncs without changes: recorded requests of eight seats beside the same number to a bare
    application, then the SDK itself."""
    names = [f"idle_{n}" for n in range(CONNECTIONS)]
    for place, name in enumerate(names, 10):
        device.ask("enrol", name=name, code=world.code(place))
        device.ask("sync", name=name)
    for name in names:
        device.ask("sync", name=name)
    requests = folder / "requests"
    device.ask("record", names=names, path=str(requests))
    bare = folder / "bare"
    for _ in range(REPETITIONS):
        with serving_bare() as url:
            copies = [Recorded(f"{url}/", {}, BARE_BODY)] * CONNECTIONS
            bare.write_bytes(msgspec.msgpack.encode(copies))
            figures.add("bare_asgi_s", replayed(bare, IDLE_SECONDS / 2))
        figures.add("idle_syncs_s", replayed(requests, IDLE_SECONDS))
        answer = device.ask("idle", name=names[0], seconds=IDLE_SECONDS / 2)
        figures.add("idle_sdk_syncs_s", answer["syncs_s"])


def bench(database: str | None, sizes: Sizes) -> dict[str, Any]:
    """All figures of one run."""
    with tempfile.TemporaryDirectory(prefix="bench") as temporary:
        folder = Path(temporary)
        url = database or f"sqlite:///{folder / 'server.db'}"
        say(f"loading {sizes.total:,} customers")
        world = World(url, sizes)
        figures = Figures()
        with serving(url) as (server, pid), client(server, folder / "devices") as device:
            measure_initial(world, device, folder, figures, "10k", 0)
            measure_initial(world, device, folder, figures, "50k", 1)
            measure_delta(world, device, figures)
            measure_push(world, device, figures)
            measure_idle(world, device, folder, figures)
            figures.add("server_peak_mb", peak_megabytes(pid))
    medians = figures.medians()
    return {
        **{key: round(value, 1) for key, value in medians.items()},
        "spread": {k: [round(v, 1) for v in values] for k, values in figures.spread().items()},
        "goals": {goal: met(medians) for goal, met in GOALS.items()},
        "customers": sizes.total,
        "machine": machine(),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write; 1 when a goal was missed."""
    parser = argparse.ArgumentParser(prog="syncengine bench", description=__doc__)
    parser.add_argument("--json", metavar="FILE", help="write the figures there")
    parser.add_argument("--database", metavar="URL", help="an empty database; default: SQLite")
    given = parser.parse_args(arguments)
    figures = bench(given.database, full_size())
    text = json.dumps(figures, indent=1)
    print(text)
    if given.json:
        Path(given.json).write_text(text + "\n", encoding="utf-8")
    return 0 if all(figures["goals"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())

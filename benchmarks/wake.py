"""`syncengine bench wake`: how soon a commit is on a device, and what connected seats cost.

One server process with many seats connected for hints, and one device with the SDK. Writes come
from a rep's push through that process, and from another process, the bench's own. Times are of one
machine's monotonic clock, taken in the processes where something happens.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from benchmarks.command import run
from benchmarks.figures import machine, say
from benchmarks.office import Office
from benchmarks.processes import ClientProcess, client, resident_megabytes, serving
from benchmarks.sides import expect, sizes
from server.tokens import Tokens
from syncengine.model.ids import to_text
from syncengine.model.terms import EVERYONE, BucketKind, BucketName
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.grants import bucket_ids
from syncengine.store.late import pack_buckets

REP = 0  # the owner whose customer is edited
PATIENCE_SECONDS = 60.0
TOKEN_SECONDS = 3_600


@dataclass(frozen=True)
class Scale:
    """customers in the database, connected seats, how often each kind of commit is made."""

    customers: int = 20_000
    seats: int = 2_000
    edits: int = 60
    everybody: int = 5
    rest_seconds: float = 1.5  # at least between two edits: the device is idle again then


FULL = Scale()
SMALL = Scale(customers=1_000, seats=40, edits=3, everybody=1, rest_seconds=0.2)


class Latencies:
    """Milliseconds by key."""

    def __init__(self) -> None:
        self._values: dict[str, list[float]] = {}

    def add(self, key: str, began: float, ends: list[float]) -> None:
        """From one instant to several, in seconds."""
        self._values.setdefault(key, []).extend((end - began) * 1000 for end in ends)

    def described(self) -> dict[str, dict[str, float]]:
        """Key -> median, 99th percentile, largest, and of how many."""
        return {key: _described(values) for key, values in self._values.items()}


def _described(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    return {
        "p50": round(cuts[49], 2),
        "p99": round(cuts[98], 2),
        "most": round(max(values), 2),
        "times": len(values),
    }


def add_seats(office: Office, count: int, path: Path) -> int:
    """Seats, in turn of each owner, whose stores have proved their buckets; their tokens in a file.
    How many are the rep's.
    """
    store, owners = office.store, office.generator.owners
    tokens = Tokens(store.secret, store.environment.now, TOKEN_SECONDS, 1)
    seats, lines, given = [], [], []
    with reading(store.engine) as connection:
        names = [EVERYONE, *(BucketName(BucketKind.BUSINESS, owner) for owner in owners)]
        ids = bucket_ids(connection, names)
    version, now = store.status().version, store.environment.now()
    for number in range(count):
        owner = owners[number % len(owners)]
        seat = store.environment.new_id()
        held = tuple(
            ids[name] for name in (EVERYONE, BucketName(BucketKind.BUSINESS, owner)) if name in ids
        )
        seats.append({"id": seat, "person": owner, "device": f"seat {number}",
                      "public_key": bytes(32), "state": "active", "enrolled": now})  # fmt: skip
        lines.append({"id": store.environment.new_id(), "seat": seat, "state": "active",
                      "next_sequence": 1, "answers_from": 1, "told_until": 0,
                      "acked_version": version, "acked_at": now,
                      "acked_buckets": pack_buckets(held)})  # fmt: skip
        given.append(tokens.token(seat))
    with writing(store.engine) as connection:
        connection.execute(sa.insert(t.seat), seats)
        connection.execute(sa.insert(t.incarnation), lines)
    path.write_text("\n".join(given), encoding="ascii")
    return len(range(REP, count, len(owners)))


@dataclass
class Stage:
    """All that takes part."""

    office: Office
    crowd: ClientProcess
    device: ClientProcess
    reps_seats: int
    seats: int
    latencies: Latencies
    rest_seconds: float
    edits: int = 0

    def edited(self, key: str, write: Callable[[str], float]) -> None:
        """An edit of the rep's customer: until the hints, and until the device shows it. `write`
        makes it, and says when it began to count.
        """
        # Not in step with anything that the server does at regular times.
        time.sleep(self.rest_seconds * (1 + random.random()))
        self.edits += 1
        phone = f"+43 1 {self.edits:06d}"
        self.crowd.ask("clear")
        began = write(phone)
        self._hinted(f"{key}_to_hint_ms", began, self.reps_seats)
        shown = self.device.ask("shown", text=phone, seconds=PATIENCE_SECONDS)["at"]
        self.latencies.add(f"{key}_to_device_ms", began, [shown])

    def everybody(self) -> None:
        """A person's row: it may change anybody's grants."""
        time.sleep(self.rest_seconds)
        person = self.office.generator.owners[-1]
        self.crowd.ask("clear")
        self.edits += 1
        self.office.update("employee", person, number=f"n{self.edits}")
        self._hinted("everybody_to_hint_ms", self.office.watch.committed_at, self.seats)

    def _hinted(self, key: str, began: float, count: int) -> None:
        version = self.office.store.status().version
        answer = self.crowd.ask("hints", version=version, count=count, seconds=PATIENCE_SECONDS)
        expect("seats that heard of the commit", len(answer["at"]), count)
        self.latencies.add(key, began, answer["at"])


def measure(database: str | None, scale: Scale) -> dict[str, Any]:
    """All figures of one run."""
    latencies = Latencies()
    with tempfile.TemporaryDirectory(prefix="wake") as temporary, ExitStack() as stack:
        folder = Path(temporary)
        url = database or f"sqlite:///{folder / 'server.db'}"
        say(f"loading {scale.customers:,} customers")
        office = Office(url, sizes(scale.customers, scale.customers // 100, 0))
        stack.callback(office.store.engine.dispose)
        tokens = folder / "tokens"
        reps_seats = add_seats(office, scale.seats, tokens)
        server, pid = stack.enter_context(serving(url))
        crowd = stack.enter_context(client(server, folder, "crowd"))
        device, pusher = (
            stack.enter_context(client(server, folder / name)) for name in ("device", "pusher")
        )
        rep = office.generator.owners[REP]
        for process in (device, pusher):
            process.ask("enrol", name="rep", code=office.code(rep))
            for _ in range(2):  # the second one proves the first
                process.ask("sync", name="rep")
        before = resident_megabytes(pid)
        say(f"connecting {scale.seats:,} seats")
        crowd.ask("connect", tokens=str(tokens))
        after = resident_megabytes(pid)
        device.ask("run", name="rep", query="SELECT phone FROM customer")
        stage = Stage(office, crowd, device, reps_seats, scale.seats, latencies, scale.rest_seconds)
        row = office.first_of[rep]

        def pushed(phone: str) -> float:
            answer = pusher.ask("change", name="rep", row=to_text(row), phone=phone)
            began: float = answer["began"]
            return began

        def written(phone: str) -> float:
            office.update("customer", row, phone=phone)
            return office.watch.committed_at

        for turn in range(scale.edits):
            say(f"edit {turn + 1} of {scale.edits}")
            stage.edited("push", pushed)
            stage.edited("commit_elsewhere", written)
        for _ in range(scale.everybody):
            stage.everybody()
        expect("seats that were lost", crowd.ask("clear")["lost"], 0)
        peak = resident_megabytes(pid)
    return {
        "latencies": latencies.described(),
        "memory": {
            "server_before_mb": round(before, 1),
            "server_connected_mb": round(after, 1),
            "server_at_the_end_mb": round(peak, 1),
            "per_seat_kb": round((after - before) * 1024 / scale.seats, 1),
        },
        "scale": asdict(scale),
        "machine": machine(),
    }


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return measure(database, SMALL if small else FULL)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write."""
    run("wake", __doc__, arguments, _measure)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""One simulated life: an office, servers over one database, people and their devices, by a seed.

A round is one act: of the office, of a person on a device, a sync, or a sync in which something
goes wrong. The oracle of the fleet says after every checkpoint what each device holds and shows,
while every message is made whether each of its rows may be sent, and for every verdict whether it
can be.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from random import Random

from syncengine.model.environment import Environment
from syncengine.protocol.messages import Checkpoint, Chunk, Struct, Unchanged, Verdicts
from syncengine.store.store import Store
from tests.fleet.machine import Fleet, sent_rows
from tests.fleet.office import PEOPLE
from tests.fleet.oracle import Oracle
from tests.fleet.seat import Seat
from tests.simulation.device import SimulatedDevice
from tests.simulation.faults import CrashHook, Fault
from tests.simulation.network import Network
from tests.support.world import DAY, SCHEMA, World

BEGAN = 1_790_000_000_000_000
SERVERS = 2
KEPT = Path("/dev/shm")  # stores in memory where the system offers it
YEAR = 365 * DAY


class Life(Fleet):
    """Acts are methods, their arguments plain data: see acts.py."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = Random(seed)
        self._bytes = Random(seed + 2**32)
        self.counts: Counter[str] = Counter()
        self.sessions = self.moving = 0
        self._trace = hashlib.sha256()
        self._points: dict[int, tuple[Oracle, int]] = {}  # the oracle at a seat's last checkpoint
        self._interlude: Callable[[], None] | None = None
        self._before: tuple[int, Oracle, int] | None = None
        self._skews: dict[int, int] = {}
        self._open()

    def _open(self) -> None:
        parent = KEPT if KEPT.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(dir=parent)
        self.now = BEGAN
        self.hook = CrashHook(self.counts)
        self.world = World(
            "sqlite://", Path(self.folder.name), now=self._tick, random_bytes=self._bytes.randbytes
        )
        self.servers = [self._start() for _ in range(SERVERS)]
        self.open_office()
        for owner in (None, "a", "b", "c"):
            self.customer(owner)
        self.enrolled = 0
        self.seats = []
        for place, who in enumerate(PEOPLE):
            self._enrol_at(place, who)

    def _tick(self) -> int:
        """The servers' clock; no two readings are the same."""
        self.now += 1
        return self.now

    def _start(self) -> Store:
        environment = Environment(self._tick, self._bytes.randbytes, self.hook.reached)
        return Store(self.world.store.engine, SCHEMA, environment)

    def _enrol_at(self, number: int, who: str) -> None:
        """A new device of somebody, on which nothing was synced yet."""
        self.enrolled += 1
        network = Network(
            lambda: self.random.choice(self.servers),
            lambda message: self._heard(number, message),
            self._between,
            self._restart,
            self.counts,
        )
        self._skews[number] = 0
        code = self.world.store.seats.create_code(self.world.people[who], DAY)
        device = SimulatedDevice(
            Path(self.folder.name) / f"device{self.enrolled}", network, code,
            lambda: self._tick() + self._skews[number], self._bytes.randbytes, self.counts,
        )  # fmt: skip
        self.seats[number : number + 1] = [Seat(who, device)]

    def clock(self, which: int) -> int:
        """What that device's clock shows."""
        return self.now + self._skews[which % len(self.seats)]

    def _restart(self) -> None:
        """Every server process ends and starts again: caches are gone, the database stays."""
        self.hook.disarm()
        self.servers = [self._start() for _ in range(SERVERS)]

    # -- what is heard, while it is said

    def _heard(self, number: int, message: Struct) -> None:
        seat = self.seats[number]
        match message:
            case Verdicts():
                for verdict in message.verdicts:
                    self._judged(seat, verdict)
            case Chunk():
                foreign = sent_rows(message) - self.oracle.slice(seat.person, self.now)
                assert not foreign, f"sent to {seat.person}, not in the slice: {foreign}"
            case Checkpoint() if self._before and message.version <= self._before[0]:
                self._points[number] = self._before[1:]  # its snapshot is older than the interlude
            case Checkpoint() | Unchanged():
                self._points[number] = (deepcopy(self.oracle), self.now)

    def _between(self, message: Struct) -> None:
        """Something that happens between two snapshots of an answer: behind a chunk."""
        if self._interlude is None or not isinstance(message, Chunk):
            return
        interlude, self._interlude = self._interlude, None
        self._before = self.world.store.status().version, deepcopy(self.oracle), self.now
        self.hook.disarm()
        self.counts["office_within_an_answer"] += 1
        interlude()

    # -- a sync

    def session(
        self, which: int, fault: Fault | None, interlude: Callable[[], None] | None = None
    ) -> str:
        """One sync of a device, which is then compared with the oracle, if that came to its end."""
        number = which % len(self.seats)
        seat = self.seats[number]
        device = seat.device
        assert isinstance(device, SimulatedDevice)
        if fault is not None and fault.kind == "server_crash":
            self.hook.arm(fault)
        self._interlude, self._before = interlude, None
        before = device.device.version, len(seat.outcomes)
        try:
            result = device.attempt(fault)
        finally:
            self._interlude = None
            self.hook.disarm()
        self.sessions += 1
        self.moving += before != (device.device.version, len(seat.outcomes))
        assert result in ("done", "cut", "crashed"), f"{seat.person}: {result}"
        assert not device.repaired, "a bucket had to be repaired, though nothing is damaged"
        assert device.device.version >= before[0], "a checkpoint older than the one before"
        if self._is_at_checkpoint(device, result, fault):
            self.compare(number)
        return f"{result} {device.device.version} {device.device.pending()}"

    @staticmethod
    def _is_at_checkpoint(device: SimulatedDevice, result: str, fault: Fault | None) -> bool:
        """Whether the device has published what it was sent last."""
        if result == "crashed":
            return fault is not None and fault.at == "device.after_publish"
        # An old answer says nothing of what was sent last, to a delayed request perhaps.
        return result == "done" and not device.network.stale

    def compare(self, number: int) -> None:
        """A device after a checkpoint against the oracle as it was at that checkpoint."""
        seat = self.seats[number]
        seat.known, seat.since = self._points[number]
        seat.settled = len(seat.work)
        assert set(seat.outcomes) == set(range(1, len(seat.work) + 1)), "work without a verdict"
        for sequence, outcome in seat.outcomes.items():
            assert outcome in ("accepted", "merged") or seat.device.keeps(sequence), "work is lost"
        seat.checkpoint = seat.known.slice(seat.person, seat.since)
        seat.checkpoints |= seat.checkpoint
        held = seat.device.held()
        assert held == seat.checkpoint, _differing(seat.person, held, seat.checkpoint)
        for entity, row in seat.device.shown():
            if entity == "customer":
                wanted = seat.known.phone[row]
                assert seat.device.value(entity, row, "phone") == wanted, "another phone"
        self.look_at(number)

    def look_at(self, number: int) -> None:
        """What a device shows by its own clock, own work on top."""
        seat = self.seats[number]
        wanted = seat.expected(self.now + self._skews[number])
        shown = seat.device.shown()
        assert shown == wanted, _differing(seat.person, shown, wanted)

    def look(self) -> None:
        """At all devices."""
        for number in range(len(self.seats)):
            self.look_at(number)

    def replace_device(self, which: int) -> None:
        """Lost, with what it had not sent; somebody gets a new one."""
        number = which % len(self.seats)
        lost = self.seats[number]
        lost.device.close()
        self._points.pop(number, None)
        self._enrol_at(number, lost.person)
        self.counts["device_replaced"] += 1

    def reopen(self, which: int) -> None:
        """A device's process ends, and starts again."""
        self.seat(which).device.reopen()
        self.counts["device_killed"] += 1

    def set_clock(self, which: int, years: int) -> None:
        """A device's clock goes wrong, or right again."""
        number = which % len(self.seats)
        self._skews[number] = years * YEAR
        self.counts["clock_wrong" if years else "clock_right"] += 1

    def settle(self) -> None:
        """All is well again: everybody syncs twice, and nothing is left to send (invariant 6)."""
        for number in range(len(self.seats)):
            self._skews[number] = 0
        for number in list(range(len(self.seats))) * 2:
            self.session(number, None)
        for seat in self.seats:
            assert isinstance(seat.device, SimulatedDevice)
            assert seat.device.device.pending() == 0, "an outbox is not empty"

    # -- what it came to

    def note(self, line: str) -> None:
        """A line of the trace."""
        self._trace.update(line.encode() + b"\n")

    @property
    def trace(self) -> str:
        """A hash of all that happened."""
        return self._trace.hexdigest()

    def close(self) -> None:
        """Let go of the stores."""
        for seat in self.seats:
            seat.device.close()
        self.world.close()
        self.folder.cleanup()


def _differing(who: str, found: set[tuple[str, bytes]], wanted: set[tuple[str, bytes]]) -> str:
    more, less = sorted(found - wanted), sorted(wanted - found)
    said = [f"{who}'s device"]
    for name, rows in (("has what it must not", more), ("lacks", less)):
        if rows:
            said.append(f"{name}: " + ", ".join(f"{e} {r.hex()}" for e, r in rows[:5]))
    return " ".join(said)

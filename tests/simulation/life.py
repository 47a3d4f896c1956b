"""One simulated life: an office, servers over one database, people and their devices, by a seed.

A round is one act: of the office, of a person on a device, a sync, or a sync in which something
goes wrong. The oracle of the fleet says after every checkpoint what each device holds, and after
every sync what it shows; the witness, while every message is made, whether it may be.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.errors import UpgradeRequired
from syncengine.protocol.messages import Chunk, Struct
from syncengine.store.store import Store
from tests.fleet.office import PEOPLE
from tests.fleet.seat import Seat, Work
from tests.simulation import ledger
from tests.simulation.device import SimulatedDevice
from tests.simulation.faults import CrashHook, Fault
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.network import Network
from tests.simulation.replica import Replica
from tests.simulation.seat import SimulatedSeat
from tests.simulation.shown import Shown
from tests.simulation.versions import FIRST, REMARKS
from tests.simulation.witness import real, seated
from tests.support.world import DAY, World

BEGAN = 1_790_000_000_000_000
SERVERS = 2
KEPT = Path("/dev/shm")  # stores in memory where the system offers it
YEAR = 365 * DAY
MOST_LOOKS = 20_000  # at the clock within an act; some hundreds are many
LOST = Work(Action.UPDATE, "", b"", None, {})  # work that a device does not know any more
FORGETTING = ("server_restored", "device_put_back", "compacted")  # what is on record of devices


class Life(Shown):
    """Acts are methods, their arguments plain data: see acts.py."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        super().__init__()
        self.kind = kind
        self.random = Random(seed)
        self._bytes = Random(seed + 2**32)
        self.counts: Counter[str] = Counter()
        self.sessions = self.moving = 0
        self._trace = hashlib.sha256()
        self._meanwhile: tuple[Fault | None, Callable[[], None] | None] | None = None
        self._looks = 0  # at the servers' clock, in this act
        self._interlude: Callable[[], None] | None = None
        self._syncing: Seat | None = None  # whose sync is under way
        self.served = FIRST
        self.forget_all()
        self.skews: dict[int, int] = {}
        self._parts = kind.parts(self.random.random())
        self.may_repair: set[int] = set()  # readings that a compaction overtook
        self._open()

    def _open(self) -> None:
        parent = KEPT if KEPT.is_dir() else None
        self.folder = tempfile.TemporaryDirectory(dir=parent)
        self.now = BEGAN
        self.hook = CrashHook(self.counts)
        self.world = World(
            "sqlite://",
            Path(self.folder.name),
            now=self._tick,
            schema=self.schema,
            random_bytes=self._bytes.randbytes,
        )
        self.replica = Replica(self.counts)
        self.servers = [self._start() for _ in range(SERVERS)]
        self.open_office()
        for owner in (None, "a", "b", "c"):
            self.customer(owner)
        self.enrolled = 0
        self.seats: list[Seat] = []
        for place, who in enumerate(PEOPLE):
            self._enrol_at(place, who)
        self.mark()

    def _tick(self) -> int:
        """The servers' clock. It stands within an act, so that an act may be at an instant."""
        self._looks += 1
        assert self._looks <= MOST_LOOKS, "an act does not end"
        return self.now

    def _start(self) -> Store:
        environment = Environment(self._tick, self._bytes.randbytes, self.hook.reached)
        return Store(self.world.store.engine, self.schema, environment, self.replica.engine)

    def _enrol_at(self, number: int, who: str) -> None:
        """A new device of somebody, on which nothing was synced yet."""
        self.enrolled += 1
        network = Network(
            lambda: self.random.choice(self.servers),
            self.asked,
            lambda waiting: self.sends(number, waiting),
            lambda message: self.heard(number, message),
            lambda message: self.taken(number, message),
            self._between,
            self._restart,
            self.counts,
            self.kind.any_parts,
        )
        self.skews[number] = 0
        code = self.world.store.seats.create_code(self.world.people[who], DAY)
        device = SimulatedDevice(
            Path(self.folder.name) / f"device{self.enrolled}", network, code,
            lambda: self._tick() + self.skews[number], self._bytes.randbytes, self.counts,
            self.random, self._parts, self.random.choice((self.served - 1, self.served)),
            self.kind.beside,
            lambda: self.published(number),
        )  # fmt: skip
        self.seats[number : number + 1] = [SimulatedSeat(who, device, part_of=self.kind.part_of)]

    def clock(self, which: int) -> int:
        """What that device's clock shows."""
        return self.now + self.skews[which % len(self.seats)]

    def _restart(self) -> None:
        """Every server process ends and starts again: caches are gone, the database stays."""
        self.servers = [self._start() for _ in range(SERVERS)]

    # -- acts

    def begin_act(self) -> None:
        """Time goes on between acts."""
        self.now += 1
        self._looks = 0
        self.replica.follow(self.world.store)

    def end_act(self) -> None:
        """What an act of the office left to be done is done; time is left to whoever asks next."""
        if self.world.store.unsettled():
            self.world.store.settle_rest()
        self.mark()

    def _between(self, message: Struct) -> None:
        """Something that happens between two snapshots of an answer: behind a chunk."""
        if self._interlude is None or self._syncing is None or not isinstance(message, Chunk):
            return
        interlude, self._interlude = self._interlude, None
        version = self.world.store.status().version
        self.before = before = version, self.point(version)
        syncing, resumed = self._syncing, self._resumed  # another sync may come between
        self.counts["interlude_behind"] += seated(syncing).is_split
        self.hook.disarm()
        try:
            interlude()
            self.end_act()
        finally:
            self.before, self._syncing, self._resumed = before, syncing, resumed

    # -- a sync

    def session(
        self, which: int, fault: Fault | None, interlude: Callable[[], None] | None = None,
        behind: bool = False,
    ) -> str:  # fmt: skip
        """One sync of a device, which is then compared with the oracle. behind: what goes wrong or
        happens meanwhile comes behind an early checkpoint.
        """
        number = which % len(self.seats)
        seat = seated(self.seats[number])
        device = real(seat)
        self._meanwhile, self._interlude = (fault, interlude), None
        self.before, self._syncing = None, seat
        sent, stale_before = len(seat.work), self.counts["answer_stale"]
        before = device.device.version, len(seat.outcomes)
        clash = self.must_be_fenced(seat)
        self.counts["beyond_the_horizon"] += 0 < device.device.version < self.compacted
        self.replica.asked(self.world.store)
        if not behind:
            self._arm(seat)
        try:
            result = device.attempt()
        finally:
            self._meanwhile = None
            self._interlude = self._syncing = None
            self.hook.disarm()
        self.sessions += 1
        self.counts["app_of_before"] += device.version < self.served
        self.moving += before != (device.device.version, len(seat.outcomes))
        if result == UpgradeRequired.code and device.version > self.served:
            self.counts["app_too_new"] += 1
            return result
        if result == "seat.fenced" and clash:
            self.counts["device_fenced"] += 1
            self.fenced(number)
            return result
        if result == "device.store_damaged" and self.has_forgotten(seat):
            self.rebuild_device(number)
            return result
        assert result in ("done", "cut", "crashed"), f"{seat.person}: {result}"
        assert result != "done" or not clash, "two works under one number"
        whole = not device.repaired or number in self.may_repair
        assert whole, "a bucket had to be repaired, though nothing is damaged"
        if result == "done":
            self.may_repair.discard(number)
            stale = self.counts["answer_stale"] > stale_before
            assert stale or device.words == device.version, "in other words"
            assert not seat.is_split, "the sync came to its end, and a part is behind"
            news = stale or self.waits(seat) or set(seat.outcomes) >= set(range(1, sent + 1))
            assert news, "work without a verdict"
        if device.versions != (seat.newest.version, seat.behind.version):
            self.published(number)  # without power, before anybody could look
        self.counts["left_behind"] += seat.is_split
        self.look_at(number)
        return f"{result} {device.device.version} {device.device.pending()}"

    def _arm(self, seat: Seat) -> None:
        """What is to go wrong or to happen in this sync may, from now on."""
        if self._meanwhile is None:
            return
        (fault, self._interlude), self._meanwhile = self._meanwhile, None
        if fault is not None:
            real(seat).arm(fault)
            if fault.kind == "server_crash":
                self.hook.arm(fault)

    def published(self, number: int) -> None:
        """Where a part stays behind, what waits for that comes next."""
        super().published(number)
        seat = seated(self.seats[number])
        if seat.is_split and seat is self._syncing:
            self._arm(seat)

    def fenced(self, number: int) -> None:
        """The seat is turned away from now on."""
        self.replace_device(number)

    def rebuild_device(self, number: int) -> None:
        """A new store in place of one that lacks what it sent; it has nothing to send, and numbers
        go on behind those that it does not know.
        """
        seat = self.seats[number]
        real(seat).rebuild()
        real(seat).network.forget()
        self.points.pop(number, None)
        numbers = range(1, seat.line + 1)
        self.seats[number] = SimulatedSeat(
            seat.person, seat.device, work=[LOST] * seat.line, settled=seat.line, line=seat.line,
            outcomes=dict.fromkeys(numbers, "accepted"), heard=dict.fromkeys(numbers, 0),
            part_of=self.kind.part_of, contained={(n, 0) for n in numbers},
        )  # fmt: skip
        self.counts["device_rebuilt"] += 1

    def replace_device(self, which: int) -> None:
        """Lost, with what it had not sent; somebody gets a new one."""
        number = which % len(self.seats)
        lost = self.seats[number]
        lost.device.close()
        self.points.pop(number, None)
        self._enrol_at(number, lost.person)
        self.counts["device_replaced"] += 1

    def settle(self) -> None:
        """All is well again: everybody syncs twice, and nothing is left to send (invariant 6)."""
        for number in range(len(self.seats)):
            self.skews[number] = 0
        for number in list(range(len(self.seats))) * 2:
            self.session(number, None)
        for seat in self.seats:
            assert real(seat).device.pending() == 0, "an outbox is not empty"
        assert ledger.is_whole(self.world.store), "the history is no chain"
        ledger.compare(self.world.store, self.oracle, REMARKS[self.served])
        if not any(self.counts[what] for what in FORGETTING):
            ledger.compare_receipts(self.world.store, self.oracle, self.seats, self.now)

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
        self.replica.engine.dispose()
        self.world.close()
        self.folder.cleanup()

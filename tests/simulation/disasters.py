"""What happens once in years, and here all the time: the server is restored from its backup, a
device is put back to an old image of its disk.
"""

from __future__ import annotations

import shutil
from copy import deepcopy
from dataclasses import dataclass, replace
from pathlib import Path

from syncengine.model.entity import Action
from syncengine.model.errors import UpgradeRequired
from syncengine.model.fields import Stored
from syncengine.store.backup import backup, restore
from syncengine.store.compaction import Retention, compact
from syncengine.store.database import open_engine
from syncengine.store.store import Store
from tests.fleet.office import PEOPLE
from tests.fleet.oracle import Oracle
from tests.fleet.seat import Seat, Work
from tests.simulation.kinds import PLAIN, Kind
from tests.simulation.life import YEAR, Life
from tests.simulation.seat import SimulatedSeat
from tests.simulation.witness import real, seated
from tests.support.world import DAY

YEARS_OF_ANSWERS = 100
LOST_JOURNAL = (
    "done", "cut", "seat.fenced", "device.store_damaged", UpgradeRequired.code
)  # fmt: skip


@dataclass(frozen=True)
class Stand:
    """What a server knew of a device's work: what was judged, and up to which number."""

    outcomes: dict[int, str]
    versions: dict[int, int]
    line: int


@dataclass(frozen=True)
class Backup:
    """A backup, and what stood then, by the names of devices."""

    version: int
    oracle: Oracle
    stands: dict[str, Stand]


@dataclass(frozen=True)
class Image:
    """A copy of a device's disk, and of what its person knew."""

    folder: Path
    seat: SimulatedSeat


class HardLife(Life):
    """A life with disasters."""

    def __init__(self, seed: int, kind: Kind = PLAIN) -> None:
        self._backup: Backup | None = None
        self._images: dict[str, Image] = {}
        super().__init__(seed, kind)

    # -- the server

    def back_up(self) -> None:
        """All devices may forget what it covers."""
        store = self.world.store
        info = backup(store, Path(self.folder.name) / "backup")
        stands = {
            real(seat).name: Stand(dict(seat.outcomes), dict(seat.versions), seat.line)
            for seat in self.seats
        }
        self._backup = Backup(info.version, deepcopy(self.oracle), stands)
        self.counts["backup"] += 1

    def restore_server(self) -> None:
        """From the last backup: what came later is lost, and what was under way with it. Without
        a backup there is one now.
        """
        if self._backup is None:
            self.back_up()
            return
        kept = self._backup
        engine = open_engine("sqlite://")
        restore(Path(self.folder.name) / "backup", engine, self.schema, self.world.environment)
        self.world.store.engine.dispose()
        self.world.store = Store(engine, self.schema, self.world.environment)
        self.hook.disarm()
        self._restart()
        self.oracle = deepcopy(kept.oracle)
        self.turn_back(kept.version)
        for number, seat in enumerate(self.seats):
            stand = kept.stands.get(real(seat).name)
            if stand is None:
                self.replace_device(number)  # enrolled later: nobody knows it any more
            else:
                self._fall_back(seat, stand, kept)
        self.counts["server_restored"] += 1
        self.back_up()  # a second restore from the same one would not know this history

    def let_replica_lag(self, lags: bool) -> None:
        """It follows no longer, or again."""
        self.replica.lags = lags

    def compact(self, days: int) -> None:
        """What left longer ago is forgotten: devices that were away begin these buckets anew, and
        what can be proved of their work, nobody knows.
        """
        kept = Retention(left=days * DAY, answers=YEAR * YEARS_OF_ANSWERS)
        if compact(self.world.store, kept)["left records"]:
            self.compacted = max(self.compacted, self.version_at(self.now - days * DAY))
            self.may_repair |= set(range(len(self.seats)))
            self.counts["compacted"] += 1

    def _fall_back(self, seat: Seat, stand: Stand, kept: Backup) -> None:
        real(seat).network.forget()
        mine = range(1, len(seat.work) + 1)
        seat.outcomes = {n: o for n, o in stand.outcomes.items() if n in mine}
        seat.versions = {n: v for n, v in stand.versions.items() if n in mine}
        seat.line = stand.line
        seat.fork = min(kept.version, seat.fork) if seat.fork is not None else kept.version
        for n in mine:
            if n not in seat.outcomes:
                seat.work[n - 1] = seat.work[n - 1].each(lambda w: self._on_fork(seat, w))

    def _on_fork(self, seat: Seat, work: Work) -> Work:
        """A base that is lost counts as what was restored; what can be proved, nobody knows."""
        if seat.fork is None or self._backup is None:
            return work
        if work.base <= seat.fork:
            return replace(work, unsure=True)
        return replace(work, unsure=True, base=seat.fork, known=self._backup.oracle)

    def _as_made(self, seat: SimulatedSeat, work: Work) -> Work:
        return super()._as_made(seat, work).each(lambda w: self._on_fork(seat, w))

    def _force(
        self, which: int, action: Action, entity: str, row: bytes | None, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> bytes:  # fmt: skip
        made = super()._force(which, action, entity, row, customer, fields)
        self.counts["forged_work"] += 1
        seat = self.seat(which)
        seat.work[-1] = self._on_fork(seat, seat.work[-1])
        return made

    # -- a substitute

    def stand_in(
        self, absent: str, substitute: str, days: int, trail: int, passed: int, phone: str
    ) -> None:
        """Work of a substitute without network, maybe beyond the end, sent when that is so."""
        self.plan(absent, substitute, 1, days, 0, trail)
        number = PEOPLE.index(substitute)
        self.session(number, None)
        for which, customer in enumerate(self.customers):
            if self.oracle.owner[customer] == absent:
                self.edit(number, which, phone)
                self.meet(number, which)
                break
        self.wait(passed, 0)
        self.session(number, None)

    # -- syncs about the instant at which something begins or ends

    def sync_around(self, which: int, instant: int, early: int) -> None:
        """A sync before, so that there is no other news, and one at that instant or just before."""
        number = which % len(self.seats)
        self.session(number, None)
        self.wait_until(instant, early)
        self.session(number, None)

    def first_sync_around(self, which: int, instant: int, early: int) -> None:
        """The first sync of a new device, in the midst of which that instant comes."""
        number = which % len(self.seats)
        self.replace_device(number)
        self.session(number, None, lambda: self.wait_until(instant, early))

    # -- a device

    def reopen(self, which: int) -> None:
        """A device's process ends, and starts again."""
        self.seat(which).device.reopen()
        self.counts["device_killed"] += 1

    def set_clock(self, which: int, years: int) -> None:
        """A device's clock goes wrong, or right again."""
        number = which % len(self.seats)
        self.skews[number] = years * YEAR
        self.counts["clock_wrong" if years else "clock_right"] += 1

    def open_twice(self, which: int) -> None:
        """Another process wants the same store."""
        assert real(self.seat(which)).open_twice(), "two processes have one store"
        self.counts["opened_twice"] += 1

    def lose_journal(self, which: int) -> None:
        """A device's -wal is deleted, maybe with work that is nowhere else: it is told apart or
        damaged, or goes on; and is replaced.
        """
        number = which % len(self.seats)
        seated(self.seats[number]).forgetful = True
        result = real(self.seats[number]).lose_journal()
        assert result in LOST_JOURNAL, f"without its journal: {result}"
        self.counts["journal_deleted"] += 1
        self.replace_device(number)

    def take_image(self, which: int) -> None:
        """Of a device's disk, the last one before it is put back."""
        seat = self.seat(which)
        name = real(seat).name
        folder = Path(self.folder.name) / f"image of {name}"
        shutil.rmtree(folder, ignore_errors=True)
        real(seat).copy_to(folder)
        self._images[name] = Image(folder, seated(seat).copy())

    def put_image_back(self, which: int) -> None:
        """What was done since is lost on the device; the server may know it. Without an image there
        is one now.
        """
        seat = seated(self.seat(which))
        image = self._images.get(real(seat).name)
        if image is None:
            self.take_image(which)
            return
        real(seat).copy_from(image.folder)
        real(seat).network.forget()
        seat.put_back(image.seat.copy())
        mine = range(1, len(seat.work) + 1)
        seat.outcomes = {n: o for n, o in seat.outcomes.items() if n in mine}
        seat.versions = {n: v for n, v in seat.versions.items() if n in mine}
        self.counts["device_put_back"] += 1

    def work_on_image(self, which: int) -> None:
        """Work is sent, the disk is put back to what was before, and the person goes on there."""
        for go_on in (self.take_image, self.put_image_back):
            go_on(which)
            self.write_note(which)
            self.session(which, None)

    def has_forgotten(self, seat: Seat) -> bool:
        """Whether the server has answered work that the device knows nothing of."""
        return seat.line > len(seat.work)

    def rebuild_device(self, number: int) -> None:
        """Images of the store before are gone with it."""
        self._images.pop(real(self.seats[number]).name, None)
        super().rebuild_device(number)

    def must_be_fenced(self, seat: Seat) -> bool:
        """Whether the device sends work under a number that the server has seen already."""
        return any(n <= seat.line for n in range(1, len(seat.work) + 1) if n not in seat.outcomes)

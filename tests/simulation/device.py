"""A simulated device: the SDK's own, on a store of its own, with a clock that may be wrong."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random

from device_sdk import Device
from device_sdk.errors import StoreDamaged, StoreInUse
from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.protocol.messages import EarlyCheckpoint, Struct
from tests.simulation.app import App
from tests.simulation.carrying import ASKED
from tests.simulation.disk import FAULTS, NAME, Disk
from tests.simulation.faults import Crash, CrashHook, Fault
from tests.simulation.network import Network

PUBLISHED = "device.after_publish"


class SimulatedDevice(App):
    """What the fleet asks of a device (tests/fleet/devices.py), and faults."""

    def __init__(
        self,
        folder: Path,
        network: Network,
        code: str,
        clock: Callable[[], int],
        random_bytes: Callable[[int], bytes],
        counts: Counter[str],
        random: Random,
        parts: tuple[str, ...],
        version: int,
        beside: dict[str, int],
        published: Callable[[], None],
    ) -> None:
        """published: is told when a checkpoint shows."""
        self._published = published
        self._counts = counts
        self._fault: Fault | None = None
        self.pausing = False  # at the next checkpoint that shows
        self.hook = CrashHook(counts, self._passed)
        self.repaired: tuple[int, ...] = ()  # buckets, in the last sync
        self.disk = Disk(folder, random, counts)
        environment = Environment(clock, random_bytes, self.hook.reached, NAME)
        super().__init__(folder, network, environment, code, parts, version, beside)

    def _passed(self, point: str) -> None:
        if point == PUBLISHED:
            self._published()
            if self.pausing:
                self.device.pause()

    def arm(self, fault: Fault) -> None:
        """It goes wrong in the sync that is under way, or comes next."""
        self._fault = fault
        way = self.network.way
        if way is not None and fault.kind in ASKED:
            way.fault = fault
        else:
            self.network.fault = fault
        if fault.kind == "device_crash":
            self.hook.arm(fault)
        if fault.kind in FAULTS:
            self.disk.arm(fault)

    def attempt(self) -> str:
        """One sync: done, cut (what arrived is kept), refused, or crashed (and started again)."""
        self.repaired = ()
        try:
            report = self.device.sync()
            self.repaired = report.repaired
            if not report.complete:
                return "cut"
        except SyncError as error:
            return "cut" if error.advice is Advice.RETRY else error.code
        except Crash:
            self._count_early()
            self._start_again()
            if self._fault is not None and self._fault.then:
                return self._once_more()
            return "crashed"
        finally:
            self.disk.arm(None)
            self.hook.disarm()
            self._fault = self.network.fault = None
            if self.network.way is not None:
                self.network.way.fault = None
        return "done"

    def _count_early(self) -> None:
        """It crashed, maybe while an early checkpoint was published."""
        if isinstance(self.network.taking, EarlyCheckpoint):
            self._counts[f"crash_early:{'power' if self.disk.off else self.hook.last}"] += 1

    def _once_more(self) -> str:
        """The first sync after a crash, in which it may crash again: the hook is armed still."""
        try:
            self.repaired = self.device.sync().repaired
        except SyncError as error:
            return "cut" if error.advice is Advice.RETRY else error.code
        except Crash:
            self.reopen()
            return "crashed"
        return "done"

    def sync(self, cut: int | None = None) -> tuple[bool, list[Struct]]:
        """As the fleet asks for it; what the server sends is heard by the network."""
        if cut is not None:
            self.arm(Fault("answer_truncated", bytes=cut))
        return self.attempt() == "done", []

    def _start_again(self) -> None:
        """After a crash. Where the power was gone, it may go again while the store is opened."""
        if not self.disk.off:
            self.reopen()
            return
        fault = self._fault
        assert fault is not None
        self.device._reader.close()
        self.device._store.database.abandon()
        self.disk.power_on()
        if fault.again:
            self.disk.arm(Fault("power_cut", skip=fault.again))
            with suppress(Crash):
                self._open()
                return
            self.disk.power_on()
        self._open()

    def reopen(self) -> None:
        """Its process ends without a word, and starts again."""
        self.device._reader.close()
        self.device._store.database.close()
        self._open()

    def close(self) -> None:
        """Its store stays on disk."""
        self.device.close()

    def copy_to(self, folder: Path) -> None:
        """An image of its disk."""
        self.device.close()
        shutil.copytree(self._folder, folder)
        self._open()

    def copy_from(self, folder: Path) -> None:
        """Put back to that image."""
        self.device.close()
        shutil.rmtree(self._folder)
        shutil.copytree(folder, self._folder)
        self._open()

    def open_twice(self) -> bool:
        """Whether a second process is turned away."""
        try:
            Device.open(
                self._folder, self.network, environment=self._environment, made_for=self.made_for
            ).close()
        except StoreInUse:
            return True
        return False

    def lose_journal(self) -> str:
        """Its process ends, the -wal is deleted, and it syncs: what came of it."""
        self.device._reader.close()
        self.device._store.database.abandon()
        for name in ("-wal", "-shm"):
            Path(f"{self.device._store.database.path}{name}").unlink(missing_ok=True)
        try:
            self._open()
        except StoreDamaged as error:
            return error.code
        return self.attempt()

    def rebuild(self) -> None:
        """A new store in place of this one."""
        self.device.close()
        Device.rebuild(
            self._folder, self.network, environment=self._environment, made_for=self.made_for
        )
        self._open()

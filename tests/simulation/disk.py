"""The disks of simulated devices: full, failing, or without power, by a file system of SQLite's.

Without power everything that was not synced may be there or not, in any order, and one write in
part; what was synced stays.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import apsw

from tests.simulation.faults import Crash, Fault

NAME = "simulated"
FAULTS = ("disk_full", "disk_failed", "power_cut")


@dataclass(frozen=True)
class _Write:
    """Bytes that were written and not synced; what was there, and how long the file was."""

    offset: int
    data: bytes
    before: bytes
    length: int


class Disk:
    """What one device writes to."""

    def __init__(self, folder: Path, random: Random, counts: Counter[str]) -> None:
        self._random = random
        self._counts = counts
        self._unsynced: dict[str, list[_Write]] = {}
        self._fault: Fault | None = None
        self._calls = 0
        self.off = False
        _disks[str(folder)] = self

    def arm(self, fault: Fault | None) -> None:
        """It goes wrong after so many calls; None: all is well."""
        self._fault, self._calls = fault, 0

    def reached(self, writes: bool) -> None:
        """A call that reads or writes."""
        if self.off:
            raise Crash("there is no power")
        if self._fault is None:
            return
        self._calls += 1
        kind = self._fault.kind
        if self._calls <= self._fault.skip or (kind == "disk_full" and not writes):
            return
        if self._calls == self._fault.skip + 1 or kind != "disk_full":
            self._counts[kind] += 1
        if kind == "disk_full":  # until there is room again
            raise apsw.FullError("no room")
        self._fault = None
        if kind == "disk_failed":
            raise apsw.IOError("it failed")
        self.off = True
        raise Crash("the power is gone")

    def written(self, path: str, offset: int, data: bytes) -> None:
        """Something is about to be written."""
        with Path(path).open("rb") as file:
            length = file.seek(0, os.SEEK_END)
            file.seek(offset)
            before = file.read(len(data))
        self._unsynced.setdefault(path, []).append(_Write(offset, data, before, length))

    def synced(self, path: str) -> None:
        """All that was written to a file is there for good; so it is where one is cut off."""
        self._unsynced.pop(path, None)

    def power_on(self) -> None:
        """What was not synced is there or not; the processes that shared memory are gone."""
        for path, writes in self._unsynced.items():
            self._decide(Path(path), writes)
            Path(path.removesuffix("-wal") + "-shm").unlink(missing_ok=True)
        self._unsynced.clear()
        self._fault, self.off = None, False

    def _decide(self, path: Path, writes: list[_Write]) -> None:
        if not path.exists():
            return
        with path.open("r+b") as file:
            for write in reversed(writes):
                file.seek(write.offset)
                file.write(write.before)
                file.truncate(write.length)
            for write in writes:
                chance = self._random.random()
                kept = len(write.data) if chance < 0.5 else 0
                if 0.5 <= chance < 0.6:
                    kept = self._random.randrange(len(write.data))
                    self._counts["torn_write"] += 1
                self._counts["lost_write"] += kept == 0
                file.seek(write.offset)
                file.write(write.data[:kept])


class _File(apsw.VFSFile):
    def __init__(self, inherit: str, name: apsw.URIFilename | str, flags: list[int]) -> None:
        super().__init__(inherit, name, flags)
        self._path = name.filename() if isinstance(name, apsw.URIFilename) else name
        self._disk = _disks.get(str(Path(self._path).parent))

    def xRead(self, amount: int, offset: int) -> bytes:
        if self._disk is not None:
            self._disk.reached(writes=False)
        return super().xRead(amount, offset)

    def xWrite(self, data: bytes, offset: int) -> None:
        if self._disk is not None:
            self._disk.reached(writes=True)
            self._disk.written(self._path, offset, bytes(data))
        super().xWrite(data, offset)

    def xSync(self, flags: int) -> None:
        if self._disk is not None:
            self._disk.reached(writes=True)
        super().xSync(flags)
        if self._disk is not None:
            self._disk.synced(self._path)

    def xTruncate(self, newsize: int) -> None:
        super().xTruncate(newsize)
        if self._disk is not None:
            self._disk.synced(self._path)


class _System(apsw.VFS):
    def __init__(self) -> None:
        super().__init__(NAME, "unix")

    def xOpen(self, name: apsw.URIFilename | str | None, flags: list[int]) -> _File:
        return _File("unix", name or "", flags)


_disks: dict[str, Disk] = {}
_system = _System()  # one for all: what was registered stays in the process

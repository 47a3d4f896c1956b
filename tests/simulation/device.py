"""A simulated device: the SDK's own, on a store of its own, with a clock that may be wrong."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import ClassVar, cast

from device_sdk import Device
from device_sdk.commit import commit
from device_sdk.errors import Refused, StoreDamaged, StoreInUse
from device_sdk.wanted import coming_parts
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.model.fields import Stored
from syncengine.protocol.messages import Struct
from tests.fleet.devices import rows_of
from tests.fleet.oracle import Key
from tests.simulation.disk import FAULTS, NAME, Disk
from tests.simulation.faults import Crash, CrashHook, Fault
from tests.simulation.network import Network
from tests.simulation.versions import REMARK, REMARKS
from tests.support.leaving import flat, held
from tests.support.world import SCHEMA


class SimulatedDevice:
    """What the fleet asks of a device (tests/fleet/devices.py), and faults."""

    careful: ClassVar[bool] = True

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
    ) -> None:
        """parts: those that it takes; none: all. version: of master data, for which its app is
        made.
        """
        self.version = version
        self._folder = folder
        self.network = network
        self.hook = CrashHook(counts)
        self.repaired: tuple[int, ...] = ()  # buckets, in the last sync
        self.disk = Disk(folder, random, counts)
        self._environment = Environment(clock, random_bytes, self.hook.reached, NAME)
        self.device = Device.enrol(
            folder, network, code, "tablet", environment=self._environment, made_for=self.made_for
        )
        self._parts = parts
        if parts:
            self.device.want(list(parts))

    @property
    def made_for(self) -> dict[str, int]:
        """What the app says of itself."""
        return {MASTERDATA.name: self.version}

    @property
    def words(self) -> int:
        """The version of master data in whose words the store is, and what is written there."""
        modules = self.device._store.schema.modules
        return next(m.version for m in modules if m.name == MASTERDATA.name)

    def _word(self, field: str) -> str:
        """What the store calls a field that the oracle knows by this name."""
        if field != REMARKS[1]:
            return field
        known = self.device._store.schema.entities["customer"].known(REMARK)
        assert known is not None
        return known.name

    def write(
        self, action: Action, entity: str, row: bytes | None, **fields: Stored
    ) -> bytes | None:
        """As an app does, in program values; None: the device itself says no."""
        by_name = SCHEMA.entities[entity].by_name
        values = {
            self._word(n): None if v is None else by_name[n].type.load(v) for n, v in fields.items()
        }
        try:
            with self.device.changeset() as changes:
                if row is None:
                    return changes.insert(entity, **values).bytes
                if action is Action.DELETE:
                    changes.delete(entity, row)
                else:
                    changes.update(entity, row, **values)
        except Refused:
            return None
        return row

    def force(self, action: Action, entity: str, row: bytes | None, **fields: Stored) -> bytes:
        """As a client that does not ask itself whether it may; the row."""
        store, by_name = self.device._store, SCHEMA.entities[entity].by_name
        row_id = row or self.device._ground.new_row_id()
        numbered = {by_name[name].number: value for name, value in fields.items()}
        operation = Operation(action, SCHEMA.tags[entity], row_id, numbered)
        commit(store, self.device._keys.signing, [operation])
        return row_id

    def attempt(self, fault: Fault | None) -> str:
        """One sync: done, cut (what arrived is kept), refused, or crashed (and started again)."""
        self.network.fault = fault
        if fault is not None and fault.kind == "device_crash":
            self.hook.arm(fault)
        if fault is not None and fault.kind in FAULTS:
            self.disk.arm(fault)
        self.repaired = ()
        try:
            report = self.device.sync()
            self.repaired = report.repaired
            if not report.complete:
                return "cut"
        except SyncError as error:
            return "cut" if error.advice is Advice.RETRY else error.code
        except Crash:
            self._start_again(fault)
            if fault is not None and fault.then:
                return self._once_more()
            return "crashed"
        finally:
            self.disk.arm(None)
            self.hook.disarm()
            self.network.fault = None
        return "done"

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
        fault = None if cut is None else Fault("answer_truncated", bytes=cut)
        return self.attempt(fault) == "done", []

    def held(self) -> set[Key]:
        """From the tables of the store, whatever the views show."""
        return rows_of(self.device)

    def shown(self) -> set[Key]:
        """From the views."""
        return cast(set[Key], flat(held(self.device)))

    def values(self, entity: str, *fields: str) -> dict[bytes, tuple[Stored, ...]]:
        """From the view, by row."""
        columns = ", ".join(f'"{self._word(field)}"' for field in ("id", *fields))
        found = self.device.query(f'SELECT {columns} FROM "{entity}"')
        return {cast(bytes, row[0]): tuple(row[1:]) for row in found}

    def value(self, entity: str, row: bytes, field: str) -> Stored:
        """From the view."""
        column = self._word(field)
        ((found,),) = self.device.query(f'SELECT "{column}" FROM "{entity}" WHERE id=?', (row,))
        return found

    def keeps(self, number: int) -> bool:
        """In the inbox."""
        return number in {item.sequence for item in self.device.inbox()}

    def _start_again(self, fault: Fault | None) -> None:
        """After a crash. Where the power was gone, it may go again while the store is opened."""
        if not self.disk.off:
            self.reopen()
            return
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

    @property
    def name(self) -> str:
        """Its own, of this device alone."""
        return self._folder.name

    @property
    def token(self) -> bytes | None:
        """Of its checkpoint."""
        return self.device._store.token

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

    def without(self) -> set[str]:
        """The entities of parts that are not wanted, or not published yet."""
        coming = coming_parts(self.device._store.database, SCHEMA)

        def is_there(part: str) -> bool:
            return part not in coming and (not self._parts or part in self._parts)

        return {name for name, e in SCHEMA.entities.items() if not is_there(e.part.name)}

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
        return self.attempt(None)

    def rebuild(self) -> None:
        """A new store in place of this one."""
        self.device.close()
        Device.rebuild(
            self._folder, self.network, environment=self._environment, made_for=self.made_for
        )
        self._open()

    def _open(self) -> None:
        self.device = Device.open(
            self._folder, self.network, environment=self._environment, made_for=self.made_for
        )

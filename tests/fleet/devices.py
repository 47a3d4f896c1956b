"""The two kinds of device that the fleet has, behind one interface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Protocol, cast

from device_sdk import Device
from device_sdk.database import fetch
from device_sdk.errors import Offline, Refused
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.parts import MAIN
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.messages import (
    Checkpoint,
    Signed,
    Struct,
    Unchanged,
    Verdicts,
    decode_response,
)
from tests.fleet.oracle import Key
from tests.support.leaving import flat, held
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, SCHEMA, Direct, World


class FleetDevice(Protocol):
    """What the fleet asks of a device. Changesets are numbered from 1 in the order of `write`."""

    careful: ClassVar[bool]
    """Whether it refuses what cannot be, hides by its own clock, and shows own work at once."""

    def __init__(self, world: World, person: str, name: str) -> None:
        """Enrolled; `name` is its own."""

    def write(
        self, action: Action, entity: str, row: bytes | None, **fields: Stored
    ) -> bytes | None:
        """Put an operation in the outbox; its row. None: the device itself says no."""

    def sync(self, cut: int | None = None) -> tuple[bool, list[Struct]]:
        """Whether it came to its end, and all that the server sent; cut: where it breaks off."""

    def held(self) -> set[Key]:
        """Every row of which anything is stored."""

    def shown(self) -> set[Key]:
        """What an app sees."""

    def value(self, entity: str, row: bytes, field: str) -> Stored:
        """A field of a row that shows."""

    def keeps(self, number: int) -> bool:
        """Whether what was entered in that changeset can still be read, though it was not taken."""

    def reopen(self) -> None:
        """Its process ends and starts again."""

    def close(self) -> None:
        """Its process ends."""


def rows_of(device: Device) -> set[Key]:
    """Every row of which a device's store has anything, whatever its views show."""
    store = device._store
    found = {
        (layout.entity.name, row)
        for layout in store.layouts.values()
        for (row,) in fetch(store.database.connection, f"SELECT id FROM {layout.table}")
    }
    for table in ("shadow", "staged", "held"):
        rows = fetch(store.database.connection, f"SELECT tag, id FROM {table}")
        found |= {(store.layouts[tag].entity.name, row) for tag, row in rows}
    return found


class Recorder(Direct):
    """The transport to the store; remembers every message of an answer, also of one that is cut."""

    def __init__(self, world: World) -> None:
        super().__init__(world.store)
        self.sent: list[Struct] = []

    def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
        pieces = super()._answer(path, headers, body)
        if path.endswith("/sync"):
            whole = list(pieces)
            self.sent += [decode_response(m) for m in FrameReader(2**31).feed(b"".join(whole))]
            pieces = iter(whole)
        return pieces


class Real:
    """The SDK's device."""

    careful: ClassVar[bool] = True

    def __init__(self, world: World, person: str, name: str) -> None:
        self._world = world
        self._folder = world.folder / name
        self._transport = Recorder(world)
        code = world.store.seats.create_code(world.people[person], DAY)
        self.device = Device.enrol(
            self._folder, self._transport, code, name, environment=world.device_environment(None)
        )
        self.device.want([MAIN.name])  # the oracle has no other part; test_changing_parts has them

    def write(
        self, action: Action, entity: str, row: bytes | None, **fields: Stored
    ) -> bytes | None:
        """As an app does, in program values."""
        by_name = SCHEMA.entities[entity].by_name
        values = {n: None if v is None else by_name[n].type.load(v) for n, v in fields.items()}
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

    def sync(self, cut: int | None = None) -> tuple[bool, list[Struct]]:
        """cut: after so many bytes."""
        transport = self._transport
        transport.sent, transport.faults.cut_after = [], cut
        try:
            self.device.sync()
        except Offline:
            assert cut is not None
            return False, transport.sent
        finally:
            transport.faults.cut_after = None
        return True, transport.sent

    def held(self) -> set[Key]:
        """From the tables of the store, whatever the views show."""
        return rows_of(self.device)

    def shown(self) -> set[Key]:
        """From the views."""
        return cast(set[Key], flat(held(self.device)))

    def value(self, entity: str, row: bytes, field: str) -> Stored:
        """From the view."""
        ((found,),) = self.device.query(f'SELECT "{field}" FROM "{entity}" WHERE id=?', (row,))
        return found

    def keeps(self, number: int) -> bool:
        """In the inbox."""
        return number in {item.sequence for item in self.device.inbox()}

    def reopen(self) -> None:
        """On the same folder."""
        self.device.close()
        environment = self._world.device_environment(None)
        self.device = Device.open(self._folder, self._transport, environment=environment)

    def close(self) -> None:
        """Its store stays on disk."""
        self.device.close()


class Naive:
    """The tests' own device: dictionaries; asks for everything, believes whatever arrives."""

    careful: ClassVar[bool] = False

    def __init__(self, world: World, person: str, name: str) -> None:
        self.device = NaiveDevice(world, person)
        self._waiting: dict[int, Signed] = {}

    def write(
        self, action: Action, entity: str, row: bytes | None, **fields: Stored
    ) -> bytes | None:
        """Whatever it is."""
        device = self.device
        row_id = row or device.new_id()
        made = device.changeset(device.world.operation(action, entity, row_id, **fields))
        self._waiting[device.sequence] = made
        return row_id

    def sync(self, cut: int | None = None) -> tuple[bool, list[Struct]]:
        """cut: after the first chunk, wherever that is."""
        device = self.device
        device.sync(*self._waiting.values(), stop_after=None if cut is None else 1)
        for message in device.messages:
            if isinstance(message, Verdicts):
                for verdict in message.verdicts:
                    del self._waiting[verdict.sequence]
        return isinstance(device.messages[-1], Checkpoint | Unchanged), device.messages

    def held(self) -> set[Key]:
        """What is in some bucket."""
        rows = {key for rows in self.device.buckets.values() for key in rows}
        return {(SCHEMA.by_tag[tag].name, row) for tag, row in rows}

    def shown(self) -> set[Key]:
        """All of it."""
        return self.held()

    def value(self, entity: str, row: bytes, field: str) -> Stored:
        """From the record that came."""
        return self.device.value(entity, row, field)

    def keeps(self, number: int) -> bool:
        """It has no inbox."""
        return number <= self.device.sequence

    def reopen(self) -> None:
        """It has no process of its own."""

    def close(self) -> None:
        """The same."""

"""The app on a simulated device: what it says of itself, what it writes, what it has and shows."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, cast

from device_sdk import Device
from device_sdk.based import base_of
from device_sdk.commit import commit
from device_sdk.errors import Refused
from device_sdk.wanted import coming_parts
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from tests.fleet.devices import rows_of
from tests.fleet.oracle import Key
from tests.simulation.network import Network
from tests.simulation.versions import REMARK, REMARKS
from tests.support.world import SCHEMA


class App:
    """The SDK's own device. version: of master data, for which the app is made."""

    careful: ClassVar[bool] = True

    def __init__(
        self, folder: Path, network: Network, environment: Environment, code: str,
        parts: tuple[str, ...], version: int, beside: dict[str, int],
    ) -> None:  # fmt: skip
        """parts: those that it takes; none: all. beside: the other modules that it knows."""
        self.version = version
        self.beside = beside
        self.network = network
        self._folder = folder
        self._environment = environment
        self.device = Device.enrol(
            folder, network, code, "tablet", environment=environment, made_for=self.made_for
        )
        self._parts = parts
        if parts:
            self.device.want(list(parts))

    @property
    def base(self) -> tuple[int, tuple[int, int] | None]:
        """(the version that was published last, the number of the first part that it left, if any,
        with the version of that).
        """
        base = base_of(self.device._store.database)
        left = base.behind
        return base.version, None if left is None else (left.part, left.version)

    @property
    def versions(self) -> tuple[int, int]:
        """What was published last is of, and what that left."""
        base = base_of(self.device._store.database)
        return base.version, base.lowest

    @property
    def made_for(self) -> dict[str, int]:
        """What the app says of itself."""
        return {MASTERDATA.name: self.version} | self.beside

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

    def write_together(self, edits: Iterable[tuple[str, bytes, dict[str, Stored]]]) -> bool:
        """Several edits in one changeset; False: the device itself says no."""
        try:
            with self.device.changeset() as changes:
                for entity, row, fields in edits:
                    changes.update(entity, row, **{self._word(n): v for n, v in fields.items()})
        except Refused:
            return False
        return True

    def force(self, action: Action, entity: str, row: bytes | None, **fields: Stored) -> bytes:
        """As a client that does not ask itself whether it may; the row."""
        store = self.device._store
        schema = SCHEMA if entity in SCHEMA.entities else store.schema
        by_name = schema.entities[entity].by_name
        row_id = row or self.device._ground.new_row_id()
        numbered = {by_name[name].number: value for name, value in fields.items()}
        operation = Operation(action, schema.tags[entity], row_id, numbered)
        commit(store, self.device._keys.signing, [operation])
        return row_id

    def held(self) -> set[Key]:
        """From the tables of the store, whatever the views show."""
        return rows_of(self.device)

    def shown(self) -> set[Key]:
        """From the views."""
        names = self.device._store.schema.entities
        return {
            (name, cast(bytes, row)) for name in names
            for (row,) in self.device.query(f'SELECT id FROM "{name}"')
        }  # fmt: skip

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

    def awaits(self, number: int) -> bool:
        """Work that has no answer yet."""
        found = self.device._store.outbox._db.execute(
            "SELECT 1 FROM outbox WHERE sequence=? AND verdict IS NULL", (number,)
        )
        return found.fetchone() is not None

    @property
    def name(self) -> str:
        """Its own, of this device alone."""
        return self._folder.name

    @property
    def token(self) -> bytes | None:
        """Of its checkpoint."""
        return self.device._store.token

    def without(self) -> set[str]:
        """The entities of parts that are not wanted, or not published yet."""
        schema = self.device._store.schema
        coming = coming_parts(self.device._store.database, schema)

        def is_there(part: str) -> bool:
            return part not in coming and (not self._parts or part in self._parts)

        return {name for name, e in schema.entities.items() if not is_there(e.part.name)}

    def _open(self) -> None:
        self.device = Device.open(
            self._folder, self.network, environment=self._environment, made_for=self.made_for
        )

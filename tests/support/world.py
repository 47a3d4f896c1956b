"""A small installation for tests: a real store, three people, and a transport without a network."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from device_sdk import Device, testing
from device_sdk.testing import OFFICE as OFFICE
from device_sdk.testing import Connection
from modules.masterdata.manifest import MASTERDATA
from modules.office import manifest as office
from server.modules import OWN_MODULES
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.store.database import open_engine
from syncengine.store.migration import migrate
from syncengine.store.store import Store
from tests.support.prepared import prepare

SCHEMA = Schema((MASTERDATA, office.OFFICE))
INSTALLED = Schema(OWN_MODULES)  # what processes of the server have: for tests with such
DAY = 24 * 3600 * 1_000_000


class Crash(BaseException):
    """The process is gone: nothing catches this."""


@dataclass
class Faults(testing.Faults):
    """Where the next crash is to happen, too."""

    crash_at: str | None = None
    skip: int = 0  # how many times the point is passed first

    def reached(self, point: str) -> None:
        """The environment's hook."""
        if point == self.crash_at:
            if self.skip:
                self.skip -= 1
                return
            self.crash_at = None
            raise Crash(point)


@dataclass
class Direct(Connection):
    """A connection that keeps what arrived whole of a sync's answers."""

    faults: Faults = field(default_factory=Faults)
    received: list[bytes] = field(default_factory=list)

    def arrived(self, piece: bytes) -> None:
        """Remember it."""
        self.received.append(piece)


class World:
    """`boss` leads `a` and `b`; customers belong to `a`, `b` or nobody."""

    def __init__(
        self,
        url: str,
        folder: Path,
        now: Callable[[], int] | None = None,
        faults: Faults | None = None,
        schema: Schema = SCHEMA,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.server_faults = faults or Faults()
        self.environment = Environment(
            now=now or Environment().now,
            random_bytes=random_bytes,
            reached=self.server_faults.reached,
        )
        self.url = url
        self.folder = folder
        self.transports: list[Direct] = []
        self.store = self._start(schema)
        self.people = {name: self.environment.new_id() for name in ("boss", "a", "b")}
        boss = self.people["boss"]
        self.insert("employee", number="boss", active=True, row_id=boss)
        for name in ("a", "b"):
            self.insert(
                "employee", number=name, active=True, manager=boss, row_id=self.people[name]
            )

    @classmethod
    def beside(cls, other: World) -> World:
        """Another server process on the same database, with connections of its own."""
        made = cls.__new__(cls)
        made.server_faults = Faults()
        made.environment = Environment(now=other.environment.now)
        made.url, made.folder, made.people = other.url, other.folder, other.people
        made.transports = []
        made.store = Store(open_engine(other.url), other.store.schema, made.environment)
        return made

    def install(self, schema: Schema) -> None:
        """Stop the server and start it with other modules or fields; devices find the new one."""
        self.close()
        self.store = self._start(schema)
        for transport in self.transports:
            transport.store = self.store

    def _start(self, schema: Schema) -> Store:
        prepare(self.url, schema)
        engine = open_engine(self.url)
        migrate(engine, schema, self.environment)
        return Store(engine, schema, self.environment)

    def close(self) -> None:
        """Close the database's connections."""
        self.store.engine.dispose()

    def operation(self, action: Action, entity: str, row_id: bytes, **fields: Stored) -> Operation:
        """With fields by name, in stored form."""
        schema = self.store.schema
        by_name = schema.entities[entity].by_name
        numbered = {by_name[n].number: v for n, v in fields.items()}
        return Operation(action, schema.tags[entity], row_id, numbered)

    def write(self, operations: Sequence[Operation]) -> Verdict:
        """One changeset of the office."""
        return self.store.write(OFFICE, operations)

    def insert(self, entity: str, row_id: bytes | None = None, **fields: Stored) -> bytes:
        """A row by the office; its id."""
        row_id = row_id or self.environment.new_id()
        verdict = self.write([self.operation(Action.INSERT, entity, row_id, **fields)])
        assert verdict.version is not None, verdict
        return row_id

    def update(self, entity: str, row_id: bytes, **fields: Stored) -> Verdict:
        """An edit by the office."""
        return self.write([self.operation(Action.UPDATE, entity, row_id, **fields)])

    def customer(self, owner: str | None, number: str, **fields: Stored) -> bytes:
        """A customer of that person."""
        who = self.people[owner] if owner else None
        values = {
            "number": number,
            "name": f"Shop {number}",
            "active": True,
            "owner": who,
            **fields,
        }
        return self.insert("customer", None, **values)

    def customers(self, owner: str, count: int) -> list[bytes]:
        """Many customers in one changeset."""
        ids = [self.environment.new_id() for _ in range(count)]
        who = self.people[owner]
        self.write(
            [
                self.operation(
                    Action.INSERT,
                    "customer",
                    i,
                    number=str(n),
                    name=f"Shop {n}",
                    owner=who,
                    active=True,
                )
                for n, i in enumerate(ids)
            ]
        )
        return ids

    def enrol(
        self,
        person: str,
        faults: Faults | None = None,
        name: str | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> Device:
        """A device of that person; its transport is `device._transport`."""
        code = self.store.seats.create_code(self.people[person], DAY)
        return Device.enrol(
            self.folder / (name or person),
            self.transport(faults),
            code,
            f"{person}'s tablet",
            environment=self.device_environment(faults),
            made_for=made_for,
        )

    def reopen(
        self, person: str, faults: Faults | None = None, made_for: Mapping[str, int] | None = None
    ) -> Device:
        """The device again, after its process ended."""
        environment = self.device_environment(faults)
        return Device.open(
            self.folder / person,
            self.transport(faults),
            environment=environment,
            made_for=made_for,
        )

    def transport(self, faults: Faults | None) -> Direct:
        """A way to this store."""
        made = Direct(self.store, faults or Faults())
        self.transports.append(made)
        return made

    def device_environment(self, faults: Faults | None) -> Environment:
        """The same clock, crash points of its own."""
        return Environment(now=self.environment.now, reached=(faults or Faults()).reached)

"""A seat's store: the encrypted database with the parts that work on it, and what they share."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from device_sdk.database import Database
from device_sdk.errors import NotEnrolled
from device_sdk.incoming import Incoming
from device_sdk.layout import Layout, layouts
from device_sdk.outbox import Outbox
from device_sdk.overlay import Overlay
from syncengine.model.changeset import Operation
from syncengine.model.environment import Environment
from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.protocol.enrolment import Enrolled
from syncengine.protocol.messages import Checkpoint, Grants, Signed, Welcome, WireVerdict


class DeviceStore:
    """State that survives the process, and the few facts kept in memory beside it.

    Not safe for several threads: the Device's lock serialises its use.
    """

    def __init__(self, directory: Path, key: bytes, environment: Environment) -> None:
        self.environment = environment
        self.database = Database(directory, key)
        db = self.database.connection
        if not db.execute("SELECT 1 FROM sqlite_master WHERE name='meta'").fetchone():
            self.database.close()
            raise NotEnrolled("There is no store here: enrol the device first.")
        self.seat: bytes = self.database.get("seat")
        self.person: bytes = self.database.get("person")
        self.incarnation: bytes = self.database.get("incarnation")
        self.outbox = Outbox(db)
        self._epoch = ZERO_ID  # of the answer being read
        self._covered = 0
        self._read_schema()

    @staticmethod
    def create(
        directory: Path, key: bytes, enrolled: Enrolled, incarnation: bytes, **more: object
    ) -> None:
        """Make the store of a seat that was just enrolled."""
        database = Database(directory, key, create=True)
        try:
            with database.transaction() as db:
                database.set(
                    seat=enrolled.seat, person=enrolled.person, incarnation=incarnation,
                    epoch=enrolled.epoch, schema=enrolled.schema, generation=1, version=0,
                    token=None, pull_epoch=ZERO_ID, sequence=0, **more,
                )  # fmt: skip
                for layout in layouts(schema_from_data(enrolled.schema)).values():
                    layout.create(db)
        finally:
            database.close()

    def _read_schema(self) -> None:
        db = self.database.connection
        self.schema: Schema = schema_from_data(self.database.get("schema"))
        self.layouts: dict[int, Layout] = layouts(self.schema)
        self.incoming = Incoming(db, self.layouts)
        self.overlay = Overlay(db, self.layouts, self.outbox)

    @property
    def token(self) -> bytes | None:
        """The published checkpoint's token."""
        token: bytes | None = self.database.get("token")
        return token

    @property
    def version(self) -> int:
        """The published checkpoint's version, 0 before the first."""
        return int(self.database.get("version"))

    @property
    def epoch(self) -> bytes:
        """The history that the published checkpoint belongs to."""
        epoch: bytes = self.database.get("epoch")
        return epoch

    @property
    def pull_epoch(self) -> bytes:
        """The history that the unfinished pull belongs to."""
        epoch: bytes = self.database.get("pull_epoch")
        return epoch

    # -- local work

    def commit(
        self, sequence: int, changeset: bytes, signed: Signed, operations: Iterable[Operation]
    ) -> None:
        """Append a changeset to the outbox and show it, in one durable transaction."""
        operations = list(operations)
        keys = list(dict.fromkeys((o.tag, o.row_id) for o in operations))
        with self.database.transaction():
            self.overlay.cover(keys)
            self.outbox.add(sequence, changeset, signed, self.environment.now(), operations)
            for key in keys:
                self.overlay.show(*key)
        self.environment.reached("device.committed")

    # -- what a sync brings

    def welcome(self, message: Welcome) -> None:
        """Take the server's schema; forget what was staged of a history that is gone."""
        self._epoch = message.epoch
        self._covered = message.covered
        stale = self.incoming.is_open() and message.epoch != self.pull_epoch
        if message.schema is None and not stale and not message.restart:
            return
        with self.database.transaction() as db:
            if message.schema is not None:
                self.database.set(schema=message.schema)
                self._read_schema()
                for layout in self.layouts.values():
                    layout.create(db)
            if stale or message.restart:
                self.incoming.forget()
            if message.restart:
                self.database.set(token=None)

    def open_pull(self) -> None:
        """Begin a pull or go on with it, inside the transaction that stages its next piece."""
        if not self.incoming.is_open():
            self.incoming.begin()
            self.database.set(pull_epoch=self._epoch)

    def granted(self, message: Grants) -> None:
        """The buckets of what follows."""
        with self.database.transaction():
            self.open_pull()
            self.incoming.grant(message)

    def answered(self, verdicts: list[WireVerdict]) -> None:
        """Verdicts are durable before anything that follows from them is."""
        with self.database.transaction():
            self.outbox.answer(verdicts)

    def reopen(self, expected: int) -> int:
        """Answers to sequences from `expected` on were lost: those go out again. How many."""
        with self.database.transaction():
            return self.outbox.reopen(expected)

    def start_over(self) -> None:
        """Drop checkpoint and staging, keep rows and outbox: the next sync replaces everything."""
        with self.database.transaction():
            self.incoming.forget()
            self.database.set(token=None)

    def published(self, checkpoint: Checkpoint) -> None:
        """The facts of a checkpoint, in the transaction that publishes it."""
        self.database.set(
            token=checkpoint.token,
            epoch=checkpoint.epoch,
            version=checkpoint.version,
            generation=self.incoming.next_generation(),
        )
        self.outbox.forget(self._covered)

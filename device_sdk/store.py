"""A seat's store: the encrypted database with the parts that work on it, and what they share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from device_sdk import recount
from device_sdk.based import base_of, forget_parts, keep_base, tags_behind
from device_sdk.carry import carry_over
from device_sdk.clock import at_least, keep_lag
from device_sdk.database import STORE_VERSION, Database, fetch
from device_sdk.errors import NotEnrolled
from device_sdk.events import (
    AnswersLost,
    CheckpointPublished,
    ChunkStaged,
    Log,
    RepairBegan,
    SchemaChanged,
    StartedOver,
    StoreOpened,
    StoreUpgraded,
    WorkRefused,
    short_hash,
)
from device_sdk.holdings import work_windows
from device_sdk.incoming import Incoming
from device_sdk.layout import Layout, layouts
from device_sdk.outbox import Outbox
from device_sdk.overlay import Overlay
from device_sdk.publish import Differs, Publisher
from device_sdk.unpack import Unpacked
from device_sdk.wanted import taken
from syncengine.model.access import Work, work_in
from syncengine.model.changeset import Operation, Outcome
from syncengine.model.environment import Environment
from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.protocol.messages import (
    Checkpoint,
    EarlyCheckpoint,
    Grants,
    Ranges,
    Repair,
    Signed,
    Welcome,
    WireVerdict,
)


class DeviceStore:
    """State that survives the process, and the few facts kept in memory beside it.

    Not safe for several threads: the Device's lock serialises its use.
    """

    def __init__(
        self,
        directory: Path,
        key: bytes,
        environment: Environment,
        log: Log | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> None:
        """made_for: the versions of modules that the app is made for."""
        self.environment = environment
        self.log = log or Log()
        self.made_for = dict(made_for or {})
        self.database = Database(directory, key, disk=environment.disk)
        self._epoch = ZERO_ID  # of the answer being read
        self._covered = 0
        try:
            self._read()
        except BaseException:
            self.database.abandon()
            raise

    def _read(self) -> None:
        db = self.database.connection
        if not fetch(db, "SELECT 1 FROM sqlite_master WHERE name='meta'"):
            raise NotEnrolled("There is no store here: enrol the device first.")
        self.seat: bytes = self.database.get("seat")
        self.person: bytes = self.database.get("person")
        self.incarnation: bytes = self.database.get("incarnation")
        self.outbox = Outbox(db)
        self.clock_ahead: int | None = None  # of the server's, in microseconds, at the last answer
        self._use(schema_from_data(self.database.get("schema")))
        if self.database.upgraded_from is not None:
            self.log(StoreUpgraded, self.database.upgraded_from, STORE_VERSION)
        self.log(StoreOpened, STORE_VERSION, short_hash(self.schema))
        if any(m.version > self.made_for.get(m.name, m.version) for m in self.schema.modules):
            self.start_over()  # rows were sent in later words, which lack something of earlier ones

    def _use(self, schema: Schema) -> None:
        db = self.database.connection
        self.schema = schema
        self.layouts: dict[int, Layout] = layouts(schema)
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

    def newest(self, epoch: bytes) -> int:
        """The newest version of a history that came, published or staged; what is below is old."""
        staged = self.incoming.cursors() if epoch == self.pull_epoch else []
        published = self.version if epoch == self.epoch else 0
        return max([published, *(cursor.version for cursor in staged)])

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
            self.overlay.show_all(keys)

    def holds(self, kind: str, key: bytes) -> bool:
        """Whether the seat holds that bucket; its person's own ones always."""
        if key == self.person:
            return True
        db = self.database.connection
        return bool(fetch(db, "SELECT 1 FROM bucket WHERE kind=? AND key=?", (kind, key)))

    def work(self, tag: int, row_id: bytes) -> Work:
        """Whether a row may be worked on now, by the windows of the buckets that hold it: what an
        app is told at once. The server judges by its own clock.
        """
        windows = work_windows(self.database.connection, self.layouts[tag], (tag, row_id))
        return work_in(windows, at_least(self.database, self.environment.now()))

    # -- what a sync brings

    def is_in_other_words(self, message: Welcome) -> bool:
        """Whether an answer is to an app of another version, which this one was here before."""
        if message.schema is None:
            return False
        modules = schema_from_data(message.schema).modules
        return any(m.version != self.made_for.get(m.name, m.version) for m in modules)

    def welcome(self, message: Welcome) -> None:
        """Take the server's schema; forget a pull of a history that is gone, or that brought grants
        and nothing else: the server does not know of it.
        """
        self._epoch = message.epoch
        self._covered = message.covered
        self.clock_ahead = self.environment.now() - message.server_time
        keep_lag(self.database, self.clock_ahead)
        stale = self.incoming.is_open() and (
            message.epoch != self.pull_epoch or not self.incoming.cursors()
        )
        if message.schema is None and not stale and not message.restart:
            return
        schema = schema_from_data(message.schema) if message.schema is not None else self.schema
        with self.database.transaction() as db:
            if message.schema is not None:
                self.database.set(schema=message.schema)
                forget_parts(self.database)
                carry_over(db, self.layouts, layouts(schema))
            if stale or message.restart:
                self.incoming.forget()
            if message.restart:
                self.database.set(token=None)
        if message.restart:
            self.log(StartedOver)
        if message.schema is not None:
            self.log(SchemaChanged, short_hash(self.schema), short_hash(schema))
            self._use(schema)

    def granted(self, message: Grants) -> None:
        """The buckets of what follows."""
        with self.database.transaction():
            self._open_pull()
            self.incoming.grant(message)

    def void(self, message: Ranges) -> None:
        """Ranges of buckets come anew with what follows."""
        with self.database.transaction():
            self._open_pull()
            self.incoming.void(message.ranges)

    def stage(self, chunk: Unpacked) -> None:
        """Make a chunk durable with its cursors."""
        with self.database.transaction():
            self._open_pull()
            self.incoming.stage(chunk)
        self.log(ChunkStaged, chunk.rows, chunk.left)

    def publish(
        self,
        checkpoint: Checkpoint | EarlyCheckpoint,
        last: Unpacked | None,
        parts: Iterable[str],
    ) -> None:
        """Show what the checkpoint covers, the last chunk included: one transaction, one sync to
        disk for a delta. Differs, and nothing is changed, when it does not add up. parts: as asked.
        """
        with self.database.transaction() as db:
            self._open_pull()
            if last is not None:
                self.incoming.stage(last)
            publisher = Publisher(db, self.layouts, self.incoming, self.overlay, self.outbox)
            keep_base(self.database, checkpoint)
            publisher.publish(
                checkpoint, base_of(self.database), tags_behind(self.database, self.schema)
            )
            now = self.environment.now() - (self.clock_ahead or 0)
            self.database.set(token=checkpoint.token, server_time=now)
            if isinstance(checkpoint, Checkpoint):
                taken(self.database, self.schema, parts)
            self.outbox.forget(self._covered)
        self.log(CheckpointPublished, checkpoint.version)

    def unchanged(self) -> None:
        """The published checkpoint is the last word, also on changesets answered since. Differs
        when what is held is not believed: the server is to compare.
        """
        self._settle()
        if recount.suspects(self.database.connection):
            with self.database.transaction() as db:
                held = recount.whole(db, self.layouts)
            raise Differs(held)

    def _settle(self) -> None:
        base = base_of(self.database)
        if not self.outbox.has_news(base.version, self._covered):
            return
        with self.database.transaction():
            self.overlay.show_all(self.outbox.settle(base))
            self.outbox.forget(self._covered)

    def _open_pull(self) -> None:
        """Begin a pull or go on with it, inside the transaction that stages its next piece."""
        if not self.incoming.is_open():
            self.incoming.begin()
            self.database.set(pull_epoch=self._epoch)

    def answered(self, verdicts: list[WireVerdict]) -> None:
        """Verdicts are durable before anything that follows from them is."""
        with self.database.transaction():
            self.outbox.answer(verdicts)
        for verdict in verdicts:
            if verdict.outcome in (Outcome.REJECTED, Outcome.QUARANTINED):
                codes = tuple(o.code for o in verdict.objections)
                self.log(WorkRefused, verdict.sequence, verdict.outcome, codes)

    def reopen(self, expected: int) -> int:
        """Answers to sequences from `expected` on were lost: those go out again. How many."""
        with self.database.transaction():
            reopened = self.outbox.reopen(expected)
        if reopened:
            self.log(AnswersLost, reopened)
        return reopened

    def repair(self, repairs: list[Repair]) -> None:
        """What was asked about: the sums of these buckets are not believed, and what is staged of
        those that come again whole is void.
        """
        with self.database.transaction() as db:
            recount.suspect(db, [r.bucket for r in repairs])
            self.incoming.repair(r.bucket for r in repairs if not r.sums)
        self.log(RepairBegan, len(repairs))

    def start_over(self) -> None:
        """Drop checkpoint and staging, keep rows and outbox: the next sync replaces everything."""
        with self.database.transaction():
            self.incoming.forget()
            self.database.set(token=None)
        self.log(StartedOver)

"""The device: one person's store on one machine, and everything an app does with it.

Thread-safety: a Device may be used from several threads. One lock serialises what is written; a
sync takes it for each piece that it writes and not while it waits for the network, so that an app
can go on working. Queries have a connection and a lock of their own and see published rows only. A
store can be open in one process at a time.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from device_sdk.account import Account
from device_sdk.attaching import Attaching
from device_sdk.commit import commit
from device_sdk.database import disk_told
from device_sdk.draft import Draft
from device_sdk.events import Event, Log
from device_sdk.ground import StoreGround
from device_sdk.handing_in import hand_in
from device_sdk.holdings import held_buckets
from device_sdk.inbox import Inbox, Item
from device_sdk.keys import KeyProvider, Keys
from device_sdk.loop import run
from device_sdk.opening import enrol_store, open_reader, open_store, provider_for
from device_sdk.queries import Queries
from device_sdk.rebuild import Rebuilt, rebuild_store
from device_sdk.report import Progress, SyncReport
from device_sdk.status import DeviceStatus, Standing
from device_sdk.store import DeviceStore
from device_sdk.sync import Sync
from device_sdk.transport import Transport, transport_to
from device_sdk.verify import Verification, look_over
from device_sdk.wanted import want
from syncengine.model.changeset import Operation
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError


class Device(Queries, Attaching):
    """Made by `enrol` or `open`; `close` it, or use it as a context manager.

    All threads of a process may use it: also during a sync, which waits for the network alone.
    """

    def __init__(self, store: DeviceStore, transport: Transport, keys: Keys) -> None:
        self._store = store
        self._transport = transport
        self._keys = keys
        self._account = Account(transport, store.seat, keys)
        self._syncing = threading.Lock()
        self._paused = threading.Event()
        self._write = threading.RLock()
        self._drafts = 0  # open changeset blocks of the thread that holds the lock
        super().__init__(store, open_reader(store, keys))
        Attaching.__init__(self, store, keys, self._account, self._write)
        self._ground = StoreGround(store, self._write, self.query)
        self._inbox = Inbox(store)
        self._standing = Standing(store, self._write)

    # -- opening

    @classmethod
    def enrol(
        cls,
        directory: Path | str,
        server: str | Transport | None,
        code: str,
        name: str,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> Device:
        """Make a store from a one-time code: AlreadyEnrolled, EnrolmentRefused, Offline. Repeated
        after a lost answer it takes up the same seat.

        server: its address, or a transport of the app's own; None: the address before the code.
        code: as typed, or all that the QR picture of the office says: ADDRESS#CODE.
        name: what the office calls the device, up to 100 characters.
        keys: where keys are kept; default: a file beside the store.
        environment: time and randomness, for tests.
        log: hears of what happens, see `device_sdk.events`.
        made_for: the versions of modules, by name, that the app's code is made for. It is served
        in their words, also by a server that is one version further. Without: in the server's.
        """
        address, _, code = code.rpartition("#")
        directory, transport = Path(directory), transport_to(server or address)
        provider = provider_for(directory, keys)
        environment = environment or Environment()
        listening = Log(log)
        store, made = enrol_store(
            directory, transport, code, name, provider, environment, listening, made_for
        )
        return cls(store, transport, made)

    @classmethod
    def open(
        cls,
        directory: Path | str,
        server: str | Transport,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> Device:
        """Open a store that was enrolled before: NotEnrolled, StoreInUse, StoreTooNew,
        StoreUnreadable, StoreDamaged. Parameters as of `enrol`.
        """
        directory = Path(directory)
        provider = provider_for(directory, keys)
        store, found = open_store(
            directory, provider, environment or Environment(), Log(log), made_for
        )
        return cls(store, transport_to(server), found)

    @staticmethod
    def rebuild(
        directory: Path | str,
        server: str | Transport,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
        log: Callable[[Event], None] | None = None,
        made_for: Mapping[str, int] | None = None,
    ) -> Rebuilt:
        """Put a new store in place of a damaged one that nobody has open, with the work that can be
        read of it; then `open` and `sync`. Until it has succeeded nothing is changed: Offline,
        SeatLocked and what else the server answers, StoreInUse, KeysMissing. As of `enrol`, else.
        """
        directory, transport = Path(directory), transport_to(server)
        provider = provider_for(directory, keys)
        try:
            return rebuild_store(
                directory, transport, provider, environment or Environment(), Log(log), made_for
            )
        finally:
            if transport is not server:
                transport.close()

    def close(self) -> None:
        """Release the store, after a sync that is under way."""
        with self._syncing, self._write, self._read:
            self._reader.close()
            self._store.database.close()
            self._transport.close()

    def __enter__(self) -> Device:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing

    @contextmanager
    def changeset(self) -> Iterator[Draft]:
        """Collect operations; committed together, durably, when the block ends without an error."""
        with self._write:
            draft = Draft(self._store.schema, self._store.person, self._ground)
            self._drafts += 1
            try:
                yield draft
            finally:
                self._drafts -= 1
            if draft.operations:
                self._commit(draft.operations)
        if draft.operations:
            self._store.environment.reached("device.committed")
            self._watches.changed()

    def _commit(self, operations: Sequence[Operation]) -> int:
        return commit(self._store, self._keys.signing, operations)

    # -- syncing

    def sync(
        self,
        progress: Callable[[Progress], None] | None = None,
        budget_bytes: int | None = None,
    ) -> SyncReport:
        """Send what waits and take what is new: Offline, SeatLocked, UpgradeRequired and what else
        the server answers; what arrived before is kept. `progress` hears of each chunk.

        budget_bytes: what it may send and receive. It stops behind the chunk that reaches that, at
        most one beyond, the report is not `complete`, and the next sync goes on.
        """
        with self._write:
            # Whoever syncs waits for the network; that must not be within a block that writes.
            if self._drafts:
                raise RuntimeError("sync() within a changeset's block")
        try:
            with self._syncing, disk_told():
                return self._standing.told_of(lambda: self._sync(progress, budget_bytes))
        finally:
            self._watches.changed()

    def _sync(self, progress: Callable[[Progress], None] | None, budget: int | None) -> SyncReport:
        paused = self._paused.is_set
        made = partial(Sync, self._store, self._account, self._write, progress, budget, paused)
        return self._carrying(lambda: made().run(), lambda: budget is not None or paused())

    def status(self) -> DeviceStatus:
        """For a status line: when the last sync ended, what went wrong since, and what waits."""
        return self._standing.status(self._syncing.locked())

    def verify(self, progress: Callable[[str], None] = lambda _: None) -> Verification:
        """Look the store over without the network: its file, rows and outbox. What a sync can heal
        is healed by the next one. progress: told the name of each part before it is looked at.
        """
        with self._write:
            return look_over(self._store, self._keys.signing.public_key(), progress)

    def run(
        self,
        stop: threading.Event,
        told: Callable[[SyncReport | SyncError], None] = lambda _: None,
    ) -> None:
        """Sync in the calling thread until `stop` is set or a person has to act (`stop`): at once
        when the server hints at something new, regularly in any case, with growing pauses while it
        does not work; not while paused. `told` hears of each.
        """
        random_bytes = self._store.environment.random_bytes
        paused = self._paused.is_set
        run(self.sync, self._account.listen, stop, random_bytes, told, paused)

    def pause(self) -> None:
        """Let a sync under way end behind its chunk, and further ones do nothing. Not durable."""
        self._paused.set()

    def resume(self) -> None:
        """Syncs may go on."""
        self._paused.clear()

    def want(self, names: Sequence[str] = ()) -> None:
        """From the next sync on, hold these parts alone and those that they need; none: all. The
        name of an entity stands for its part, the least that can be left out. Durable; work that
        waits is sent in any case. SchemaUnknown for a name that is neither.
        """
        with self._write:
            want(self._store.database, self._store.schema, names)

    @property
    def person(self) -> uuid.UUID:
        """Whose seat this is."""
        return uuid.UUID(bytes=self._store.person)

    @property
    def version(self) -> int:
        """The version of the published checkpoint."""
        with self._write:
            return self._store.version

    def pending(self) -> int:
        """How many changesets wait to be sent or answered."""
        with self._write:
            return self._store.outbox.count_unanswered()

    def grants(self) -> list[tuple[str, uuid.UUID, str]]:
        """(kind, whose, reason) of each bucket held: why the rows are here. Kinds and reasons are
        those of the protocol; there may come more.
        """
        with self._write:
            found = held_buckets(self._store.database.connection)
        return [(kind, uuid.UUID(bytes=key), reason) for kind, key, reason in found]

    def hand_in(self, file: Path | str) -> int:
        """Write what waits to a file for the office, when `sync` says UpgradeRequired: how many
        changesets. They stay here; once the office has taken them, the updated app gets the
        answers. The file is signed, not encrypted.
        """
        with self._write:
            return hand_in(self._store, self._keys.signing, Path(file))

    def inbox(self) -> list[Item]:
        """Work that was refused, quarantined or merged with a loss, with what was entered."""
        with self._write:
            return self._inbox.items()

    def correct(self, sequence: int, /, **values: object) -> int:
        """Send refused work again as a new changeset, with `values` set in its operations.

        Refused work that builds on it (`Item.dependents`) is sent again behind it, all or nothing.
        Returns the new sequence.
        """
        with self._write:
            made = self._inbox.correct(sequence, values, self._ground.new_row_id, self._commit)
        self._store.environment.reached("device.committed")
        self._watches.changed()
        return made

    def dismiss(self, sequence: int) -> bool:
        """Take an item out of the inbox, or lost work off the status; whether it was there."""
        with self._write:
            return self._inbox.dismiss(sequence)

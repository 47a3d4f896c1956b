"""The device: one person's store on one machine, and everything an app does with it.

Thread-safety: a Device may be used from several threads. Writing and syncing take one lock; reading
takes another one, so queries go on during a sync and see published rows only. A store can be
open in
one process at a time.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_sdk.account import Account, ask
from device_sdk.database import FILE, fetch
from device_sdk.draft import Draft, RowId, as_id
from device_sdk.errors import AlreadyEnrolled, NotEnrolled
from device_sdk.inbox import Inbox, Item
from device_sdk.keys import DATABASE_KEY_BYTES, FileKeyProvider, KeyProvider, Keys
from device_sdk.rows import Reader, Row
from device_sdk.store import DeviceStore
from device_sdk.sync import Progress, Sync, SyncReport
from device_sdk.transport import HttpTransport, Transport
from device_sdk.watch import Watch, Watches
from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.environment import Environment
from syncengine.model.errors import TooLarge
from syncengine.model.fields import Stored
from syncengine.model.ids import bound_uuid7
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.protocol.enrolment import Enrol, Enrolled
from syncengine.protocol.limits import (
    MAX_CHANGESET_BYTES,
    MAX_NEEDS,
    MAX_OPERATIONS,
    PROTOCOL_VERSION,
)

DEFAULT_KEYS = ".keys"


def _transport(server: str | Transport) -> Transport:
    return HttpTransport(server) if isinstance(server, str) else server


class Device:
    """Made by `enrol` or `open`; `close` it, or use it as a context manager."""

    def __init__(self, store: DeviceStore, transport: Transport, keys: Keys) -> None:
        self._store = store
        self._transport = transport
        self._keys = keys
        self._account = Account(transport, store.seat, keys)
        self._write = threading.RLock()
        self._read = threading.Lock()
        self._reader = Reader(store.database.path, keys.database)
        self._reader.expose(store.schema)
        self._watches = Watches(self.query)
        self._inbox = Inbox(store)

    # -- opening

    @classmethod
    def enrol(
        cls,
        directory: Path | str,
        server: str | Transport,
        code: str,
        name: str,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
    ) -> Device:
        """Make a store from a one-time code. Repeated after a lost answer it takes up the same
        seat.

        The keys and the incarnation are made here and saved before the first request.
        """
        directory = Path(directory)
        environment = environment or Environment()
        provider = keys or FileKeyProvider(directory / DEFAULT_KEYS)
        made = provider.load()
        if made is None:
            made = Keys(environment.random_bytes(DATABASE_KEY_BYTES), _new_seat_key())
            provider.save(made)
        transport = _transport(server)
        draft = directory / "enrolment"
        if not draft.exists() and (directory / FILE).exists():
            raise AlreadyEnrolled("There is a store here already: open it.")
        incarnation = draft.read_bytes() if draft.exists() else environment.new_id()
        directory.mkdir(parents=True, exist_ok=True)
        draft.write_bytes(incarnation)
        public = made.signing.public_key().public_bytes_raw()
        request = Enrol(PROTOCOL_VERSION, code, public, incarnation, name)
        enrolled = ask(transport, "/v1/enrol", request, Enrolled)
        DeviceStore.create(directory, made.database, enrolled, incarnation)
        draft.unlink()
        return cls(DeviceStore(directory, made.database, environment), transport, made)

    @classmethod
    def open(
        cls,
        directory: Path | str,
        server: str | Transport,
        keys: KeyProvider | None = None,
        environment: Environment | None = None,
    ) -> Device:
        """Open a store that was enrolled before; NotEnrolled, StoreInUse, StoreTooNew."""
        directory = Path(directory)
        found = (keys or FileKeyProvider(directory / DEFAULT_KEYS)).load()
        if found is None:
            raise NotEnrolled("There are no keys here: enrol the device first.")
        store = DeviceStore(directory, found.database, environment or Environment())
        return cls(store, _transport(server), found)

    def close(self) -> None:
        """Release the store."""
        with self._write, self._read:
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
            draft = Draft(self._store.schema, self._store.person, self._new_row_id, self._is_there)
            yield draft
            if draft.operations:
                self._commit(draft.operations)

    def _new_row_id(self) -> bytes:
        environment = self._store.environment
        return bound_uuid7(environment.now(), environment.random_bytes(10), self._store.incarnation)

    def _is_there(self, tag: int, row_id: bytes) -> bool:
        name = self._store.schema.by_tag[tag].name
        return bool(self.query(f'SELECT 1 FROM "{name}" WHERE id=?', (row_id,)))

    def _commit(self, operations: Sequence[Operation]) -> int:
        """Encode and sign once; returns the sequence."""
        if len(operations) > MAX_OPERATIONS:
            raise TooLarge(
                f"A changeset has at most {MAX_OPERATIONS} operations.", limit=MAX_OPERATIONS
            )
        store = self._store
        sequence = store.outbox.next_sequence()
        changeset = Changeset(
            id=store.environment.new_id(),
            incarnation=store.incarnation,
            sequence=sequence,
            actor=store.person,
            modules={m.name: m.version for m in store.schema.modules},
            base=Base(store.epoch, store.version),
            needs=tuple(store.outbox.needs(self._keys_of(operations))[-MAX_NEEDS:]),
            device_time=store.environment.now(),
            operations=tuple(operations),
        )
        body = encode_changeset(changeset)
        if len(body) > MAX_CHANGESET_BYTES:
            raise TooLarge(f"A changeset has at most {MAX_CHANGESET_BYTES} bytes.")
        store.commit(sequence, changeset.id, sign(body, self._keys.signing), operations)
        self._watches.changed()
        return sequence

    def _keys_of(self, operations: Sequence[Operation]) -> set[tuple[int, bytes]]:
        """The rows that operations touch or refer to."""
        schema = self._store.schema
        found = {(o.tag, o.row_id) for o in operations}
        for operation in operations:
            entity = schema.by_tag[operation.tag]
            for place, reference in entity.references:
                target = operation.fields.get(entity.fields[place].number)
                if isinstance(target, bytes):
                    found.add((schema.tags[reference.entity], target))
        return found

    # -- reading

    def rows(self, entity: str, where: str = "1", parameters: Sequence[object] = ()) -> list[Row]:
        """Typed rows of an entity by a condition in SQL, e.g. `rows("customer", "city=?", ["X"])`.

        Conditions compare stored forms: decimals as scaled integers, instants as microseconds.
        """
        with self._read:
            return self._reader.rows(self._store.schema.entities[entity], where, parameters)

    def get(self, entity: str, row: RowId) -> Row | None:
        """One row by id."""
        found = self.rows(entity, "id=?", (as_id(row),))
        return found[0] if found else None

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Stored, ...]]:
        """Read-only SQL over the views named after the entities, values in stored form."""
        with self._read:
            return self._reader.query(sql, parameters)

    def counts(self) -> dict[str, int]:
        """Visible rows by entity."""
        counted = {}
        for name in self._store.schema.entities:
            ((number,),) = self.query(f'SELECT count(*) FROM "{name}"')
            counted[name] = int(number or 0)
        return counted

    def watch(
        self,
        sql: str,
        callback: Callable[[list[tuple[Stored, ...]]], None],
        parameters: Sequence[object] = (),
    ) -> Watch:
        """Call back with a query's result now and whenever it changes, until `stop()`."""
        return self._watches.add(sql, parameters, callback)

    # -- syncing

    def sync(self, progress: Callable[[Progress], None] | None = None) -> SyncReport:
        """Send what waits and take what is new. What arrived before an error is kept."""
        with self._write:
            try:
                report = Sync(self._store, self._account, progress).run()
            finally:
                with self._read:
                    self._reader.expose(self._store.schema)
        self._watches.changed()
        return report

    @property
    def person(self) -> uuid.UUID:
        """Whose seat this is."""
        return uuid.UUID(bytes=self._store.person)

    @property
    def version(self) -> int:
        """The version of the published checkpoint."""
        return self._store.version

    def pending(self) -> int:
        """How many changesets wait to be sent or answered."""
        with self._write:
            return self._store.outbox.count_unanswered()

    def grants(self) -> list[tuple[str, uuid.UUID, str]]:
        """(kind, whose, reason) of each bucket held: why the rows are here."""
        with self._write:
            rows = fetch(
                self._store.database.connection, "SELECT kind, key, reason FROM bucket ORDER BY id"
            )
        return [(kind, uuid.UUID(bytes=key), reason) for kind, key, reason in rows]

    # -- the inbox

    def inbox(self) -> list[Item]:
        """Work that was refused, quarantined or merged with a loss, with what was entered."""
        with self._write:
            return self._inbox.items()

    def correct(self, sequence: int, **values: object) -> int:
        """Send refused work again as a new changeset, with `values` set in its operations.

        Refused work that builds on it is sent again behind it. Returns the new sequence.
        """
        with self._write:
            return self._inbox.correct(sequence, values, self._new_row_id, self._commit)

    def dismiss(self, sequence: int) -> bool:
        """Take an item out of the inbox."""
        with self._write:
            return self._inbox.dismiss(sequence)


def _new_seat_key() -> bytes:
    raw: bytes = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    return raw

"""Making a store from a one-time code, and opening one that is there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from device_sdk.account import ask
from device_sdk.behind import left_behind, take_back
from device_sdk.database import Database
from device_sdk.disk import write_durably
from device_sdk.errors import AlreadyEnrolled, KeysMissing, NotEnrolled, StoreDamaged
from device_sdk.events import Log
from device_sdk.identity import Identity, keep_identity, read_identity
from device_sdk.keys import DATABASE_KEY_BYTES, FileKeyProvider, KeyProvider, Keys
from device_sdk.layout import layouts
from device_sdk.rows import Reader
from device_sdk.store import DeviceStore
from device_sdk.swap import is_there
from device_sdk.transport import Transport
from device_sdk.wanted import NOTHING
from syncengine.model.environment import Environment
from syncengine.model.ids import ZERO_ID
from syncengine.model.manifest import schema_from_data
from syncengine.protocol.enrolment import Enrol, Enrolled
from syncengine.protocol.limits import PROTOCOL_VERSION

DEFAULT_KEYS = ".keys"
DRAFT = "enrolment"


def provider_for(directory: Path, keys: KeyProvider | None) -> KeyProvider:
    """The given provider, or the default one, in a folder beside the database."""
    return keys or FileKeyProvider(directory / DEFAULT_KEYS)


def enrol_store(
    directory: Path,
    transport: Transport,
    code: str,
    name: str,
    provider: KeyProvider,
    environment: Environment,
    log: Log,
    made_for: Mapping[str, int] | None,
) -> tuple[DeviceStore, Keys]:
    """A new store. Keys and incarnation are saved before the first request, so that repeating it
    after a lost answer or a crash takes up the same seat.
    """
    directory.mkdir(parents=True, exist_ok=True)
    draft = directory / DRAFT
    if not draft.exists() and is_there(directory):
        raise AlreadyEnrolled("There is a store here already: open it.")
    keys = provider.load()
    if keys is None:
        keys = Keys(environment.random_bytes(DATABASE_KEY_BYTES), _new_seat_key())
        provider.save(keys)
    incarnation = _incarnation(draft, environment)
    request = Enrol(
        PROTOCOL_VERSION, code, keys.signing.public_key().public_bytes_raw(), incarnation, name
    )
    enrolled = ask(transport, "/v1/enrol", request, Enrolled)
    create_store(directory, keys.database, enrolled, incarnation)
    keep_identity(directory, Identity(enrolled.seat, enrolled.person, incarnation))
    draft.unlink()
    return DeviceStore(directory, keys.database, environment, log, made_for), keys


def open_store(
    directory: Path,
    provider: KeyProvider,
    environment: Environment,
    log: Log,
    made_for: Mapping[str, int] | None = None,
) -> tuple[DeviceStore, Keys]:
    """The store that is there; NotEnrolled, StoreInUse, StoreTooNew, StoreUnreadable, KeysMissing,
    StoreDamaged.
    """
    keys = load_keys(directory, provider)
    if not is_there(directory):
        raise StoreDamaged("The store's file is gone.")
    lines = left_behind(directory, keys)
    try:
        store = DeviceStore(directory, keys.database, environment, log, made_for)
    except NotEnrolled:
        if (directory / DRAFT).exists():
            raise
        raise StoreDamaged("The store's file is there, but nothing is in it.") from None
    take_back(store, lines)
    own = Identity(store.seat, store.person, store.incarnation)
    keep_identity(directory, own)  # stores of before have none
    return store, keys


def load_keys(directory: Path, provider: KeyProvider) -> Keys:
    """The keys of the store that is, or was, in a folder. KeysMissing; NotEnrolled: there was none,
    or an enrolment did not come to its end.
    """
    keys = provider.load()
    there = is_there(directory)
    enrolled = there or (read_identity(directory) is not None and not (directory / DRAFT).exists())
    if not enrolled:
        raise NotEnrolled("There is no store here: enrol the device first.")
    if keys is None:
        raise KeysMissing("The keys of this store are gone: without them nobody can read it.")
    return keys


def open_reader(store: DeviceStore, keys: Keys) -> Reader:
    """A connection for queries beside an open store, which is closed when there can be none."""
    try:
        return Reader(
            store.database.path, keys.database, lambda: store.schema, store.environment.now
        )
    except BaseException:
        store.database.abandon()
        raise


def _incarnation(draft: Path, environment: Environment) -> bytes:
    """The one of an enrolment that was begun, or a new one, saved."""
    if draft.exists() and len(begun := draft.read_bytes()) == 16:
        return begun
    incarnation = environment.new_id()
    write_durably(draft, incarnation)
    return incarnation


def _new_seat_key() -> bytes:
    raw: bytes = Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    return raw


def create_store(directory: Path, key: bytes, enrolled: Enrolled, incarnation: bytes) -> None:
    """Make the store of a seat that was just enrolled."""
    database = Database(directory, key, create=True)
    try:
        with database.transaction() as db:
            database.set(
                seat=enrolled.seat, person=enrolled.person, incarnation=incarnation,
                epoch=enrolled.epoch, schema=enrolled.schema, version=0,
                token=None, pull_epoch=ZERO_ID, sequence=0, taken=NOTHING,
            )  # fmt: skip
            for layout in layouts(schema_from_data(enrolled.schema)).values():
                layout.create(db)
    finally:
        database.close()

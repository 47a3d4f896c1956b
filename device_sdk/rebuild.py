"""A new store in place of a damaged one, with the work that can still be read of it.

Rows come from the server with the next sync. What was typed here and never sent is here alone: it
is copied byte by byte, signed as it is. A changeset that cannot be read leaves a gap in the line of
sequences, and the server waits for it for ever; so one without effect takes its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from device_sdk.account import Account, raised
from device_sdk.based import base_of
from device_sdk.clock import lag_of
from device_sdk.database import fetch, lock_store
from device_sdk.errors import Offline, StoreUnreadable
from device_sdk.events import Log, StoreRebuilt
from device_sdk.identity import Identity, keep_identity, read_identity
from device_sdk.keys import KeyProvider, Keys
from device_sdk.lost import LostWork, between, read_lost, write_lost
from device_sdk.opening import create_store, load_keys
from device_sdk.pages import Pages
from device_sdk.salvage import Known, known, saved
from device_sdk.store import DeviceStore
from device_sdk.swap import ASIDE, finish, put_forward
from device_sdk.sync import CLIENT, PATH
from device_sdk.transport import Transport
from syncengine.model.changeset import Changeset, Operation
from syncengine.model.entity import Action
from syncengine.model.environment import Environment
from syncengine.model.errors import Malformed
from syncengine.model.ids import ID_BYTES, ZERO_ID
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.protocol.enrolment import Enrolled
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import (
    Failure,
    Hello,
    Signed,
    Welcome,
    decode_response,
    encode,
)

NO_SCHEMA = bytes(32)  # no schema has this hash: the server sends the one in force
MAX_ANSWER = 2**30  # of which only the first message is read
KEPT = ("wanted", "clock_lag", "lost")  # of `meta`, where it can be read


@dataclass(frozen=True)
class Rebuilt:
    """What a rebuild brought over.

    changesets: of the outbox, answered ones included.
    waiting: those of them that are still to be sent, or answered.
    lost: work that could not be read and that the server does not have. `DeviceStatus.lost` keeps
        it until it is dismissed.
    """

    changesets: int
    waiting: int
    lost: tuple[LostWork, ...]


def rebuild_store(
    directory: Path,
    transport: Transport,
    provider: KeyProvider,
    environment: Environment,
    log: Log,
    made_for: Mapping[str, int] | None = None,
) -> Rebuilt:
    """Put a new store in the place of the one in `directory`, which no process may have open."""
    keys = load_keys(directory, provider)
    lock = lock_store(directory)
    try:
        finish(directory)
        with Pages(directory, keys.database) as pages:
            before = known(pages)
            identity = _identity(directory, before)
            welcome = _greet(Account(transport, identity.seat, keys), identity, made_for or {})
            store = _create(directory / ASIDE, keys, identity, welcome, environment, made_for)
            try:
                report = _fill(store, keys, pages, before, welcome.expected)
                store.database.gather()
            finally:
                store.database.close()
        put_forward(directory)
        finish(directory)
        keep_identity(directory, identity)
    finally:
        os.close(lock)
    log(StoreRebuilt, report.changesets, report.waiting, len(report.lost))
    return report


def _identity(directory: Path, before: Known) -> Identity:
    """By what the store knew itself, else by the file beside it."""
    ids = [before.meta.get(name) for name in ("seat", "person", "incarnation")]
    read = [value for value in ids if isinstance(value, bytes) and len(value) == ID_BYTES]
    identity = Identity(*read) if len(read) == len(ids) else read_identity(directory)
    if identity is None:
        raise StoreUnreadable("Nothing is left that says whose store this was.")
    return identity


def _greet(account: Account, identity: Identity, made_for: Mapping[str, int]) -> Welcome:
    """What the server says before anything else: the schema, and the sequence it waits for."""
    hello = Hello(
        protocol=PROTOCOL_VERSION,
        incarnation=identity.incarnation,
        schema_hash=NO_SCHEMA,
        checkpoint=None,
        epoch=ZERO_ID,
        cursors=[],
        repair=[],
        parts=[],
        modules=sorted(made_for.items()),
        client=CLIENT,
    )
    reader = FrameReader(MAX_ANSWER)
    with account.post(PATH, frame(encode(hello))) as response:
        for piece in response.pieces:
            for data in reader.feed(piece):
                match decode_response(data):
                    case Welcome() as welcome:
                        return welcome
                    case Failure() as failure:
                        raise raised(failure)
                    case _:
                        raise Malformed("an answer begins with Welcome")
    raise Offline("The answer was cut off; nothing was changed.")


def _create(
    aside: Path,
    keys: Keys,
    identity: Identity,
    welcome: Welcome,
    environment: Environment,
    made_for: Mapping[str, int] | None,
) -> DeviceStore:
    """A store like that of a seat that was just enrolled."""
    if welcome.schema is None:
        raise Malformed("the schema was asked for")
    enrolled = Enrolled(identity.seat, identity.person, welcome.epoch, welcome.schema)
    create_store(aside, keys.database, enrolled, identity.incarnation)
    return DeviceStore(aside, keys.database, environment, Log(), made_for)


def _fill(store: DeviceStore, keys: Keys, pages: Pages, before: Known, expected: int) -> Rebuilt:
    """Copy what can be read, and put something in each place that the server waits for."""
    outbox, tags = store.outbox, store.schema.by_tag.keys()
    with store.database.transaction() as db:
        store.database.set(**{name: before.meta[name] for name in KEPT if name in before.meta})
        for line in saved(pages, keys.signing.public_key(), store.incarnation):
            if line.sequence >= expected or not line.garbled:  # else the server has answered it
                outbox.put_back(line, tags)
        waiting = outbox.count_unanswered()
        made = dict(fetch(db, "SELECT sequence, made FROM outbox"))
        last = max(before.highest, expected - 1, *made)
        gaps = [sequence for sequence in range(expected, last + 1) if sequence not in made]
        for sequence in gaps:
            outbox.put_nothing(sequence, *_nothing(store, keys, sequence))
        write_lost(store.database, [*read_lost(store.database), *between(gaps, made)])
        store.database.set(sequence=last)
        store.overlay.show_uncovered()
        return Rebuilt(len(made), waiting, read_lost(store.database))


def _nothing(store: DeviceStore, keys: Keys, sequence: int) -> tuple[bytes, Signed, int]:
    """A changeset that the server refuses, whatever it holds: it deletes a row that never was."""
    environment, schema = store.environment, store.schema
    changeset = Changeset(
        id=environment.new_id(),
        incarnation=store.incarnation,
        sequence=sequence,
        actor=store.person,
        modules={m.name: m.version for m in schema.modules},
        base=base_of(store.database),
        needs=(),
        device_time=environment.now() + lag_of(store.database),
        operations=(Operation(Action.DELETE, min(schema.by_tag), environment.new_id(), {}),),
    )
    return changeset.id, sign(encode_changeset(changeset), keys.signing), environment.now()

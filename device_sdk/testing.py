"""For the tests of an app: a server in this process, with the engine of the real one.

    with Server(folder, [MASTERDATA], now) as server:
        anna = server.insert("employee", number="7", active=True)
        device = server.enrol(anna, "tablet", faults := Faults())
        faults.offline = True

It needs the server's libraries (the extra `server`); nothing else of device_sdk imports it. There
is no network and no waiting, and time passes only when a test says so. What HTTP does, signing in
above all, is not tested here.
"""

from __future__ import annotations

import base64
import datetime as dt
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from device_sdk.changes import Changes
from device_sdk.device import Device
from device_sdk.draft import RowId, as_id
from device_sdk.errors import Offline, Refused
from device_sdk.events import Event
from device_sdk.sync import PATH as SYNC_PATH
from device_sdk.transport import Response
from syncengine.model.access import Source
from syncengine.model.custom import CustomField, extended
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError, Unauthenticated
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.module import Module
from syncengine.protocol.enrolment import (
    Challenge,
    Challenged,
    Enrol,
    Token,
    TokenRequest,
    decode,
)
from syncengine.protocol.frames import frame
from syncengine.protocol.messages import Failure, encode
from syncengine.protocol.request import read_request
from syncengine.store.absent import with_absent
from syncengine.store.author import Author
from syncengine.store.database import open_engine
from syncengine.store.migration import migrate
from syncengine.store.seats import Seat
from syncengine.store.store import Store

OFFICE = Author(Source.OFFICE, None, "office")
CODE_LASTS = 24 * 3600 * 1_000_000  # microseconds
NO_TIME = dt.timedelta(0)

__all__ = ["Changes", "Connection", "Faults", "Server"]


@dataclass
class Faults:
    """What goes wrong between one device and the server. Signing in counts for `offline` alone.

    offline: until it is set back.
    cut_after: so many bytes of the next sync's answer arrive.
    lose_answer: the server does what the next request says, and nothing of its answer arrives.
    refuse: the next sync is answered with that error, e.g. SeatLocked("Call the office.").
    """

    offline: bool = False
    cut_after: int | None = None
    lose_answer: bool = False
    refuse: SyncError | None = None


@dataclass
class Connection:
    """A Transport without a network, made by `Server.connection`."""

    store: Store
    faults: Faults = field(default_factory=Faults)

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """One request. Errors before the first message refuse it."""
        if self.faults.offline:
            raise Offline("The server was not reached.")
        try:
            status, pieces = 200, self._answer(path, headers, body)
            if path == SYNC_PATH:
                pieces = self._cut(pieces)
        except SyncError as error:
            data = [(name, str(value)) for name, value in error.data.items()]
            status, pieces = 400, iter([encode(Failure(error.code, error.detail, data))])
        if self.faults.lose_answer and path in ("/v1/enrol", SYNC_PATH):
            self.faults.lose_answer = False
            raise Offline("The answer was lost.")
        yield Response(status, pieces)

    def _answer(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
        match path:
            case "/v1/enrol":
                return iter([encode(self.store.seats.enrol(decode(Enrol, body)))])
            case "/v1/challenge":
                return iter([encode(Challenged(decode(Challenge, body).seat))])
            case "/v1/token":
                seat = decode(TokenRequest, body).seat
                return iter([encode(Token(base64.b64encode(seat).decode(), 900))])
        hello, changesets = read_request(body)
        caller = self._seat(headers)
        if self.faults.refuse is not None:
            refusal, self.faults.refuse = self.faults.refuse, None
            raise refusal
        answer = self.store.sync(caller, hello, changesets)
        return (frame(encode(message)) for message in answer)

    def _seat(self, headers: Mapping[str, str]) -> Seat:
        scheme, _, token = headers["authorization"].partition(" ")
        if scheme != "Bearer":
            raise Unauthenticated("no token")
        return self.store.seats.find(base64.b64decode(token))

    @contextmanager
    def listen(self, path: str, headers: Mapping[str, str]) -> Iterator[Response]:
        """Hints at each commit, whomever it concerns."""
        if self.faults.offline:
            raise Offline("The server was not reached.")
        self._seat(headers)
        hints = _Hints(self.store, self.faults)
        with self.store.signals.heard_by(hints.due.set):
            yield Response(200, hints.pieces(), hints.cancel)

    def _cut(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            if self.faults.cut_after is not None:
                left = self.faults.cut_after
                if len(piece) >= left:
                    self.faults.cut_after = None
                    yield piece[:left]
                    raise Offline("The connection broke.")
                self.faults.cut_after = left - len(piece)
            self.arrived(piece)
            yield piece

    def arrived(self, piece: bytes) -> None:
        """For a test's own connection: hears of each message of a sync's answer."""

    def close(self) -> None:
        """Nothing to release."""


class _Hints:
    """A stream of hints, read in one thread; `due` is set from any."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self.due = threading.Event()
        self._store = store
        self._faults = faults
        self._ended = False

    def pieces(self) -> Iterator[bytes]:
        while not self._ended:
            self.due.clear()
            yield b"data: %d\n\n" % self._store.status().version
            self.due.wait()
            if self._faults.offline:
                raise Offline("The connection broke.")

    def cancel(self) -> None:
        self._ended = True
        self.due.set()


class Server:
    """The server; `close` it, or use it as a context manager. One made later in the same folder
    goes on with the data, also with newer modules, more fields, or without some module.

    folder: its database is there, and the devices' stores are.
    now: what the server's and every device's clock shows; set it to let time pass.
    custom: the installation's own fields.
    """

    def __init__(
        self,
        folder: Path | str,
        modules: Sequence[Module],
        now: dt.datetime,
        custom: Sequence[CustomField] = (),
    ) -> None:
        self.now = now
        self._folder = Path(folder)
        self._environment = self._clock(NO_TIME)
        engine = open_engine(f"sqlite:///{self._folder / 'server.db'}")
        self._schema = extended(with_absent(engine, modules), custom)
        migrate(engine, self._schema, self._environment)
        self._store = Store(engine, self._schema, self._environment)

    def _clock(self, ahead: dt.timedelta) -> Environment:
        return Environment(now=lambda: (self.now + ahead - EPOCH) // MICROSECOND)

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the server's database. Devices are closed by whoever enrolled them."""
        self._store.engine.dispose()

    # -- the office, in program values

    @contextmanager
    def changeset(self) -> Iterator[Changes]:
        """Collect operations; one changeset when the block ends without an error. Refused, with
        the first reason, when it has no effect.
        """
        changes = Changes(self._schema, self._environment.new_id)
        yield changes
        if not changes.operations:
            return
        for objection in self._store.write(OFFICE, changes.operations).objections:
            entity = self._schema.by_tag[changes.operations[objection.operation].tag].name
            raise Refused(objection.detail, reason=objection.code, entity=entity)

    def insert(self, entity: str, /, **values: object) -> uuid.UUID:
        """A new row, as a changeset of its own; returns its id."""
        with self.changeset() as changes:
            return changes.insert(entity, **values)

    def update(self, entity: str, row: RowId, /, **values: object) -> None:
        """Set fields of a row, as a changeset of its own."""
        with self.changeset() as changes:
            changes.update(entity, row, **values)

    def delete(self, entity: str, row: RowId) -> None:
        """Delete a row, as a changeset of its own."""
        with self.changeset() as changes:
            changes.delete(entity, row)

    # -- devices

    def code(self, person: RowId) -> str:
        """A one-time code for a device of that person, good for a day."""
        return self._store.seats.create_code(as_id(person), CODE_LASTS)

    def connection(self, faults: Faults | None = None) -> Connection:
        """What a device takes for a server; faults may be set at any time."""
        return Connection(self._store, faults or Faults())

    def enrol(
        self,
        person: RowId,
        name: str,
        faults: Faults | None = None,
        ahead: dt.timedelta = NO_TIME,
        log: Callable[[Event], None] | None = None,
    ) -> Device:
        """A new device of that person. `name` is unique: its store's folder is called so. Its clock
        is `ahead` of the server's.
        """
        return Device.enrol(
            self._folder / name,
            self.connection(faults),
            self.code(person),
            name,
            environment=self._clock(ahead),
            log=log,
        )

    def open(
        self,
        name: str,
        faults: Faults | None = None,
        ahead: dt.timedelta = NO_TIME,
        log: Callable[[Event], None] | None = None,
    ) -> Device:
        """A device again that was closed: the app was started anew."""
        return Device.open(
            self._folder / name, self.connection(faults), environment=self._clock(ahead), log=log
        )

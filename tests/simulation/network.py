"""The simulated network between one device and the servers. Each fault is counted when it happens,
not when it is planned.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain

from device_sdk.errors import Offline
from device_sdk.sync import PATH as SYNC_PATH
from device_sdk.transport import Response
from syncengine.model.errors import SchemaDiffers, SyncError, Unauthenticated
from syncengine.protocol.changesets import unpack
from syncengine.protocol.enrolment import (
    Challenge,
    Challenged,
    Enrol,
    Enrolled,
    Token,
    TokenRequest,
    decode,
)
from syncengine.protocol.frames import frame
from syncengine.protocol.messages import Failure, Hello, Struct, Verdicts, encode
from syncengine.protocol.request import read_request
from syncengine.store.store import Store
from tests.simulation.carrying import Way
from tests.simulation.faults import Crash, Fault

MAX_DELAYED = 4  # requests that are still under way
MAX_KEPT = 4  # earlier answers, of which one may come again


@dataclass(frozen=True)
class Answer:
    """One to a request for these parts."""

    parts: list[str]
    messages: list[Struct]


@dataclass
class Network:
    """One device's way to the servers.

    server: gives one of them for each request. asked: is told what a server begins to answer.
    sends: is told the numbers of the changesets with which the device asks. heard: is told every
    message that a server makes for this device, when it makes it; taken: when the device has taken
    it. between: happens after a message of an answer. restart: ends the server process that crashed
    and starts another one. any_parts: whether an old answer that comes once more may be one to a
    request for other parts.
    """

    server: Callable[[], Store]
    asked: Callable[[Hello], None]
    sends: Callable[[Sequence[int]], None]
    heard: Callable[[Struct], None]
    taken: Callable[[Struct], None]
    between: Callable[[Struct], None]
    restart: Callable[[], None]
    counts: Counter[str]
    any_parts: bool
    fault: Fault | None = None
    delayed: list[bytes] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)  # earlier ones, the last one first
    _parts: list[str] = field(default_factory=list)  # that were asked for last
    taking: Struct | None = None  # what the device takes now, or took last
    way: Way | None = None  # of attachments
    _token: int = 0

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """One request."""
        if path != SYNC_PATH:
            yield Response(200, iter([self._small(path, body)]))
            return
        try:
            pieces = self._sync(headers, body)
        except SyncError as error:
            yield Response(400, iter([encode(_failure(error))]))
            return
        yield Response(200, pieces)

    @contextmanager
    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[Response]:
        """One request about attachments."""
        if self.way is None:
            raise Offline("There are no attachments.")
        try:
            response = self.way.ask(self._seat(headers), method, path, headers, body)
        except SyncError as error:
            if isinstance(error, Offline):
                raise
            response = Response(400, iter([encode(_failure(error))]))
        yield response

    @contextmanager
    def listen(self, path: str, headers: Mapping[str, str]) -> Iterator[Response]:
        """There are no hints here: the simulator says when a device syncs."""
        raise Offline("There are no hints.")
        yield

    def close(self) -> None:
        """Nothing to release."""

    def forget(self) -> None:
        """What was under way is lost."""
        self.delayed.clear()
        self.answers.clear()

    def _small(self, path: str, body: bytes) -> bytes:
        if path == "/v1/enrol":
            return encode(self._enrolled(decode(Enrol, body)))
        if path == "/v1/challenge":
            return encode(Challenged(decode(Challenge, body).seat))
        self._token += 1
        seat = decode(TokenRequest, body).seat
        return encode(Token(f"{self._token}.{base64.b64encode(seat).decode()}", 900))

    def _enrolled(self, request: Enrol) -> Enrolled:
        """Whoever meets a server of the version before tries again: one is of today."""
        while True:
            try:
                return self.server().seats.enrol(request)
            except SchemaDiffers:
                self._happened("old_server_refused")

    # -- a sync

    def _sync(self, headers: Mapping[str, str], body: bytes) -> Iterator[bytes]:
        fault, self.fault = self.fault, None
        kind = fault.kind if fault else ""
        if kind == "token_expired":
            self._token += 1
        seat_id = self._seat(headers)
        hello, changesets = read_request(body)
        self._parts = hello.parts
        self.sends([unpack(signed.body).sequence for signed in changesets])
        self._late(seat_id)
        if kind == "request_dropped":
            self._happened(kind)
            raise Offline("The request was dropped.")
        if kind == "request_delayed" and len(self.delayed) < MAX_DELAYED:
            self.delayed.append(body)
            raise Offline("The request is still under way.")
        if fault is not None and kind == "answer_stale" and (old := self._old()):
            self._happened(kind)
            return self._pass_on(old[fault.skip % len(old)])
        if kind in ("answer_lost", "request_duplicated"):
            self._happened(kind)
            self._unseen(seat_id, body)
            if kind == "answer_lost":
                raise Offline("The answer was lost.")
        return self._answer(seat_id, body, fault)

    def _seat(self, headers: Mapping[str, str]) -> bytes:
        number, _, seat = headers["authorization"].removeprefix("Bearer ").partition(".")
        if number != str(self._token):
            self._happened("token_expired")
            self._token += 1
            raise Unauthenticated("The token has expired.")
        return base64.b64decode(seat)

    def _late(self, seat_id: bytes) -> None:
        """Requests that were under way arrive now, behind what was sent later; nobody hears."""
        while self.delayed:
            self._happened("request_delayed")
            self._unseen(seat_id, self.delayed.pop())

    def _unseen(self, seat_id: bytes, body: bytes) -> bool:
        """The server does what a request says, and its answer goes nowhere. Whether it came to an
        end.
        """
        try:
            for _ in self._messages(seat_id, body):
                pass
        except SyncError:
            pass  # it has an answer of its own, that nobody hears either
        except Crash:
            return False
        return True

    def _messages(self, seat_id: bytes, body: bytes) -> Iterator[Struct]:
        store = self.server()
        hello, changesets = read_request(body)
        self.asked(hello)
        try:
            answer = store.sync(store.seats.find(seat_id), hello, changesets)
        except SchemaDiffers:
            self._happened("old_server_refused")
            raise
        for message in answer:
            self.heard(message)
            yield message

    def _answer(self, seat_id: bytes, body: bytes, fault: Fault | None) -> Iterator[bytes]:
        """Frames, as the server makes them; what it refuses as a whole is raised here."""
        messages = self._messages(seat_id, body)
        try:
            first = next(messages)
        except Crash:
            self.restart()
            while not self._unseen(seat_id, body):  # so that the oracle learns what took effect
                self.restart()
            raise Offline("The server is gone.") from None
        return self._stream(first, _ahead(messages), fault)

    def _stream(
        self, first: Struct, messages: Iterator[Struct], fault: Fault | None
    ) -> Iterator[bytes]:
        kind = fault.kind if fault else ""
        left = fault.bytes if fault and kind == "answer_truncated" else None
        sent: list[Struct] = []
        message: Struct | None = first
        while message is not None:
            piece = frame(encode(message))
            if kind == "token_expired_in_stream" and len(sent) > 1:
                self._happened(kind)
                _finish(messages)
                yield frame(encode(_failure(Unauthenticated("The token has expired."))))
                return
            if left is not None and len(piece) >= left:
                self._happened(kind)
                _finish(messages)
                yield piece[:left]
                raise Offline("The connection broke.")
            left = None if left is None else left - len(piece)
            sent.append(message)
            self.taking = message
            yield piece
            self.taken(message)
            self.between(message)
            try:
                message = next(messages, None)
            except SchemaDiffers as error:
                self._happened("old_server_stopped")
                yield frame(encode(_failure(error)))
                return
        self.answers = [Answer(self._parts, sent), *self.answers[: MAX_KEPT - 1]]

    def _old(self) -> list[list[Struct]]:
        return [a.messages for a in self.answers if self.any_parts or a.parts == self._parts]

    def _pass_on(self, messages: list[Struct]) -> Iterator[bytes]:
        for message in messages:
            self.taking = message
            yield frame(encode(message))
            self.taken(message)

    def _happened(self, kind: str) -> None:
        self.counts[kind] += 1


def _ahead(messages: Iterator[Struct]) -> Iterator[Struct]:
    """The same, with the verdicts heard at once: they took effect before the answer began, also
    where the device reads no further and never comes back.
    """
    heard: list[Struct] = []
    for message in messages:
        heard.append(message)
        if not isinstance(message, Verdicts):
            break
    return chain(heard, messages)


def _finish(messages: Iterator[Struct]) -> None:
    """What the server has done is heard, also where nothing of it arrives."""
    for _ in messages:
        pass


def _failure(error: SyncError) -> Failure:
    return Failure(error.code, error.detail, [(n, str(v)) for n, v in error.data.items()])

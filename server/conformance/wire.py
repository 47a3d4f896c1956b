"""A seat at a server that is known by its URL alone: enrolment, tokens, requests as bytes."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeVar

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.environment import Environment
from syncengine.model.errors import Advice, SyncError
from syncengine.model.ids import ZERO_ID, bound_uuid7
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.protocol.changesets import encode_changeset, sign
from syncengine.protocol.enrolment import (
    MEDIA_TYPE,
    TOKEN_DOMAIN,
    Challenge,
    Challenged,
    Enrol,
    Enrolled,
    Token,
    TokenRequest,
    decode,
)
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import (
    Failure,
    Hello,
    Push,
    Response,
    Signed,
    Struct,
    decode_response,
    encode,
)
from syncengine.protocol.session import RESPONSE, Order, State

HEADERS = {"content-type": MEDIA_TYPE}
SYNC = f"/v{PROTOCOL_VERSION}/sync"
MAX_ANSWER_BYTES = 2**30
T = TypeVar("T", bound=Struct)


class NotServing(SyncError):
    """The server cannot be asked anything: not reached, or the codes are not good."""

    code = "conformance.not_serving"
    advice = Advice.STOP


@dataclass(frozen=True)
class Answer:
    """A response: its status, its body, and what is wrong with it as the protocol's, if anything.

    messages: of a sync that was answered with 200, those that arrived whole.
    """

    status: int
    body: bytes
    messages: tuple[Response, ...] = ()
    wrong: str | None = None

    @property
    def failure(self) -> Failure | None:
        """What the server refused, as a whole or at the end of a stream."""
        if self.status == 200:
            last = self.messages[-1] if self.messages else None
        else:
            try:
                last = decode_response(self.body)
            except SyncError:
                return None
        return last if isinstance(last, Failure) else None


def read_stream(status: int, body: bytes) -> Answer:
    """The frames of a sync's answer, followed through the client's state table."""
    messages: list[Response] = []
    order = Order(RESPONSE)
    try:
        for data in FrameReader(MAX_ANSWER_BYTES).feed(body):
            messages.append(decode_response(data))
            order.see(messages[-1])
    except SyncError as error:
        return Answer(status, body, tuple(messages), error.detail)
    wrong = None if order.state is State.DONE else "the answer ends before its last message"
    return Answer(status, body, tuple(messages), wrong)


@dataclass
class Seat:
    """What a device keeps of itself. sequence: the last one used."""

    id: bytes
    person: bytes
    key: Ed25519PrivateKey
    incarnation: bytes
    schema: Schema
    token: str = ""
    sequence: int = 0
    epoch: bytes = ZERO_ID
    version: int = 0


@dataclass
class Wire:
    """The server under test, and two seats there. The second one is given up in the end."""

    http: httpx2.Client
    environment: Environment
    seats: list[Seat] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)  # those that were used

    @property
    def seat(self) -> Seat:
        """The seat that the checks use."""
        return self.seats[0]

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        """One request as it stands."""
        response = self.http.request(method, path, content=body, headers=headers)
        if path.endswith("/sync") and response.status_code == 200:
            return read_stream(200, response.content)
        return Answer(response.status_code, response.content)

    def ask(self, path: str, message: Struct) -> Answer:
        """One unframed message."""
        return self.send("POST", path, encode(message), HEADERS)

    def enrol(self, code: str) -> Seat:
        """A seat for a one-time code, with a token."""
        key = Ed25519PrivateKey.generate()
        incarnation = self.environment.new_id()
        public = key.public_key().public_bytes_raw()
        request = Enrol(PROTOCOL_VERSION, code, public, incarnation, "conformance")
        enrolled = _read(self.ask("/v1/enrol", request), Enrolled)
        schema = schema_from_data(enrolled.schema)
        seat = Seat(enrolled.seat, enrolled.person, key, incarnation, schema)
        seat.token = self.sign_in(seat)
        self.codes.append(code)
        self.seats.append(seat)
        return seat

    def challenge(self, seat: bytes) -> bytes:
        """Bytes to sign."""
        answer = self.ask("/v1/challenge", Challenge(seat))
        return _read(answer, Challenged).challenge

    def sign_in(self, seat: Seat) -> str:
        """A token."""
        challenge = self.challenge(seat.id)
        request = TokenRequest(seat.id, challenge, seat.key.sign(TOKEN_DOMAIN + challenge))
        return _read(self.ask("/v1/token", request), Token).token

    def hello(self, seat: Seat, **changes: object) -> Hello:
        """A greeting without a checkpoint, or with some of its fields changed."""
        hello = Hello(
            PROTOCOL_VERSION, seat.incarnation, seat.schema.hash, None, ZERO_ID, [], [], [], [],
            "conformance",
        )  # fmt: skip
        return msgspec.structs.replace(hello, **changes)

    def post(self, seat: Seat, body: bytes, path: str = SYNC, **more: str) -> Answer:
        """A sync's request with this body and the seat's token."""
        bearer = {"authorization": f"Bearer {seat.token}"}
        return self.send("POST", path, body, HEADERS | bearer | more)

    def sync(self, seat: Seat, *pushed: Signed, **changes: object) -> Answer:
        """A greeting and changesets."""
        body = frame(encode(self.hello(seat, **changes)))
        if pushed:
            body += frame(encode(Push(list(pushed))))
        return self.post(seat, body)

    def changeset(self, seat: Seat, *operations: Operation, **changes: object) -> Signed:
        """A signed changeset with the next sequence, or one with some of its fields changed."""
        world = self.environment
        made = Changeset(
            world.new_id(), seat.incarnation, seat.sequence + 1, seat.person,
            {m.name: m.version for m in seat.schema.modules}, Base(seat.epoch, seat.version), (),
            world.now(), operations,
        )  # fmt: skip
        made = replace(made, **changes)  # type: ignore[arg-type]
        seat.sequence = made.sequence
        return sign(encode_changeset(made), seat.key)

    def new_row(self, seat: Seat) -> bytes:
        """The id of a row that this seat makes."""
        world = self.environment
        return bound_uuid7(world.now(), world.random_bytes(10), seat.incarnation)


def _read(answer: Answer, kind: type[T]) -> T:
    if answer.status != 200:
        failure = answer.failure
        said = f"{failure.code}: {failure.detail}" if failure else f"status {answer.status}"
        raise NotServing(f"The server refused what everything else needs: {said}")
    return decode(kind, answer.body)

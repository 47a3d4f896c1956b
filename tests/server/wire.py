"""A device that is nothing but bytes: what the SDK would send, and what it never would."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType

import httpx2
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from server.modules import OWN_MODULES
from syncengine.model.changeset import Base, Changeset, Operation
from syncengine.model.environment import Environment
from syncengine.model.ids import ZERO_ID, bound_uuid7
from syncengine.model.manifest import Schema
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
)
from syncengine.protocol.frames import FrameReader, frame
from syncengine.protocol.limits import PROTOCOL_VERSION
from syncengine.protocol.messages import (
    Failure,
    Hello,
    Push,
    Signed,
    Struct,
    decode_response,
    encode,
)

SCHEMA = Schema(OWN_MODULES)
WORLD = Environment()
HEADERS = {"content-type": MEDIA_TYPE}


@dataclass(frozen=True)
class Answer:
    """A response: its status, and its one message or the frames of its stream."""

    status: int
    messages: list[Struct]
    raw: bytes
    headers: dict[str, str]

    @property
    def failure(self) -> Failure:
        """The Failure that it ends with."""
        assert isinstance(self.messages[-1], Failure), self.messages
        return self.messages[-1]


class Client:
    """Posts bytes to a server."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, timeout=30)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.http.close()

    def post(self, path: str, body: bytes, **headers: str) -> Answer:
        """The answer; header names take _ for -."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.http.post(path, content=body, headers={**HEADERS, **named})
        raw = response.content
        framed = path.endswith("/sync") and response.status_code == 200
        bodies = FrameReader(2**40).feed(raw) if framed else [raw]
        known = framed or response.status_code >= 400
        messages: list[Struct] = [decode_response(b) for b in bodies] if known else []
        return Answer(response.status_code, messages, raw, dict(response.headers))

    def raw(self, data: bytes, end: bool = False) -> bytes:
        """What the server sends back on a fresh connection until it closes it."""
        host, port = self.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            try:
                connection.sendall(data)
                if end:
                    connection.shutdown(socket.SHUT_WR)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused while still sending; the answer may be there nevertheless
            received = b""
            while True:
                try:
                    piece = connection.recv(65536)
                except ConnectionResetError:
                    break
                if not piece:
                    break
                received += piece
        return received


@dataclass
class Device:
    """One enrolled seat, its key and its token."""

    client: Client
    seat: bytes
    person: bytes
    key: Ed25519PrivateKey
    incarnation: bytes
    token: str = ""
    sequence: int = 0
    checkpoint: bytes | None = None
    epoch: bytes = field(default=ZERO_ID)

    def hello(self, **changes: object) -> Hello:
        """The greeting that is due, or one with some of its fields changed."""
        hello = Hello(
            protocol=PROTOCOL_VERSION,
            incarnation=self.incarnation,
            schema_hash=SCHEMA.hash,
            checkpoint=self.checkpoint,
            epoch=self.epoch,
            cursors=[],
            repair=[],
            parts=[],
            modules=[],
            client="test",
        )
        return msgspec.structs.replace(hello, **changes)

    def body(self, *changesets: Signed, **changes: object) -> bytes:
        """A request's body."""
        pushed = frame(encode(Push(list(changesets)))) if changesets else b""
        return frame(encode(self.hello(**changes))) + pushed

    def sync(self, *changesets: Signed, **changes: object) -> Answer:
        """Send a request; the checkpoint that comes back is kept."""
        return self.send(self.body(*changesets, **changes))

    def send(self, body: bytes, **headers: str) -> Answer:
        """Send any body with the seat's token."""
        answer = self.client.post(
            "/v2/sync", body, **{"authorization": f"Bearer {self.token}", **headers}
        )
        last = answer.messages[-1]
        if type(last).__name__ == "Checkpoint":
            self.checkpoint, self.epoch = last.token, last.epoch  # type: ignore[attr-defined]
        return answer

    @contextmanager
    def stream(self) -> Iterator[httpx2.Response]:
        """A sync whose answer the caller reads piece by piece."""
        headers = {**HEADERS, "authorization": f"Bearer {self.token}"}
        with self.client.http.stream(
            "POST", "/v2/sync", content=self.body(), headers=headers
        ) as response:
            yield response

    def new_id(self) -> bytes:
        """The id of a row that this device makes."""
        return bound_uuid7(WORLD.now(), WORLD.random_bytes(10), self.incarnation)

    def changeset(self, *operations: Operation, sequence: int | None = None) -> Signed:
        """A signed changeset with the next sequence, or another one."""
        if sequence is None:
            self.sequence += 1
            sequence = self.sequence
        changeset = Changeset(
            WORLD.new_id(), self.incarnation, sequence, self.person, {"masterdata": 1},
            Base(self.epoch, 0), (), WORLD.now(), operations,
        )  # fmt: skip
        return sign(encode_changeset(changeset), self.key)


def enrol(client: Client, code: str, name: str = "tablet") -> Device:
    """A device enrolled with a one-time code, token included."""
    key = Ed25519PrivateKey.generate()
    incarnation = WORLD.new_id()
    public = key.public_key().public_bytes_raw()
    answer = client.post("/v1/enrol", encode(Enrol(1, code, public, incarnation, name)))
    assert answer.status == 200, answer.messages
    enrolled = msgspec.msgpack.decode(answer.raw, type=Enrolled)
    device = Device(client, enrolled.seat, enrolled.person, key, incarnation)
    device.token = token_of(device)
    return device


def challenge_of(client: Client, seat: bytes) -> bytes:
    """Bytes to sign."""
    answer = client.post("/v1/challenge", encode(Challenge(seat)))
    assert answer.status == 200, answer.messages
    return msgspec.msgpack.decode(answer.raw, type=Challenged).challenge


def token_of(device: Device) -> str:
    """A fresh token."""
    challenge = challenge_of(device.client, device.seat)
    signature = device.key.sign(TOKEN_DOMAIN + challenge)
    answer = device.client.post(
        "/v1/token", encode(TokenRequest(device.seat, challenge, signature))
    )
    assert answer.status == 200, answer.messages
    return msgspec.msgpack.decode(answer.raw, type=Token).token

"""How bytes reach the server: a port, and its HTTP implementation."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol, runtime_checkable

import httpx2

from device_sdk.errors import Offline

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
MAX_ERROR_BYTES = 64 * 1024


def _nothing() -> None:
    """What there is to cancel of an answer that ends by itself."""


@dataclass(frozen=True)
class Response:
    """An answer whose body arrives piece by piece.

    status: of HTTP; anything but 200 is an error whose body says which.
    cancel: from any thread, ends one of `listen` while somebody waits for the next piece.
    headers: those of an answer to `ask`, names in small letters.
    """

    status: int
    pieces: Iterator[bytes]
    cancel: Callable[[], None] = _nothing
    headers: Mapping[str, str] = field(default_factory=dict)


class Transport(Protocol):
    """Carries a request and gives the answer; Offline when there is none."""

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractContextManager[Response]:
        """`path` begins with a slash. Pieces may end early or raise Offline: then it was cut."""

    def listen(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[Response]:
        """A GET whose answer goes on until somebody ends it. One that carries no hints raises
        Offline; a device then does without.
        """

    def close(self) -> None:
        """Release connections."""


@runtime_checkable
class Asking(Protocol):
    """A Transport that carries attachments, too."""

    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractContextManager[Response]:
        """Any request, like `post`, with the answer's headers."""


class HttpTransport:
    """HTTP or HTTPS to the server at `url`. Keeps connections open between syncs. Safe to use from
    several threads.
    """

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(
            base_url=url,
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            headers={"accept-encoding": "identity"},  # frames are compressed already
            trust_env=False,
        )

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """Over HTTP; a refused or broken connection is Offline."""
        with self._asked("POST", path, headers, body) as answer:
            yield Response(answer.status_code, self._pieces(answer))

    @contextmanager
    def listen(self, path: str, headers: Mapping[str, str]) -> Iterator[Response]:
        """Over a connection of its own; one on which nothing comes for a minute is Offline."""
        with self._asked("GET", path, headers, None) as answer:
            network = answer.extensions["network_stream"]
            cancel = partial(_shut_down, network.get_extra_info("socket"))
            yield Response(answer.status_code, self._pieces(answer), cancel)

    @contextmanager
    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[Response]:
        """Over HTTP, like `post`."""
        with self._asked(method, path, headers, body) as answer:
            pieces = self._pieces(answer)
            yield Response(answer.status_code, pieces, headers=dict(answer.headers))

    @contextmanager
    def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> Iterator[httpx2.Response]:
        try:
            with self._client.stream(method, path, headers=dict(headers), content=body) as answer:
                yield answer
        except httpx2.TransportError as error:
            raise Offline(f"The server was not reached: {error}") from error

    def _pieces(self, answer: httpx2.Response) -> Iterator[bytes]:
        try:
            yield from answer.iter_raw()
        except httpx2.TransportError as error:
            raise Offline(f"The connection broke: {error}") from error

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def transport_to(server: str | Transport) -> Transport:
    """The given one, or one over HTTP to the server of that address."""
    return HttpTransport(server) if isinstance(server, str) else server


def _shut_down(connection: socket.socket) -> None:
    """End a connection that another thread may be reading from: it reads the end. The plain
    socket's method, also of one with TLS, whose own may only be called by who reads.
    """
    with suppress(OSError):  # ended already
        socket.socket.shutdown(connection, socket.SHUT_RDWR)

"""How bytes reach the server: a port of one method, and its HTTP implementation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Protocol

import httpx2

from device_sdk.errors import Offline

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
MAX_ERROR_BYTES = 64 * 1024


@dataclass(frozen=True)
class Response:
    """An answer whose body arrives piece by piece.

    status: of HTTP; anything but 200 is an error whose body says which.
    """

    status: int
    pieces: Iterator[bytes]


class Transport(Protocol):
    """Posts a body and gives the answer; Offline when there is none."""

    def post(
        self, path: str, headers: Mapping[str, str], body: bytes
    ) -> AbstractContextManager[Response]:
        """`path` begins with a slash. Pieces may end early or raise Offline: then it was cut."""

    def close(self) -> None:
        """Release connections."""


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
        try:
            with self._client.stream("POST", path, headers=dict(headers), content=body) as answer:
                yield Response(answer.status_code, self._pieces(answer))
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

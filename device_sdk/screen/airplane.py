"""The airplane switch, at the one place through which everything reaches the network."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from device_sdk.errors import Offline
from device_sdk.transport import Asking, Response, Transport


class AirplaneTransport:
    """A Transport that asks nothing of anybody while it is closed."""

    def __init__(self, inner: Transport, closed: bool) -> None:
        self._inner = inner
        self._lock = threading.Lock()
        self._closed = closed
        self._cancels: list[Callable[[], None]] = []  # of the streams that are open

    def switch(self, closed: bool) -> None:
        """Close it, which ends the streams that are open, or open it again."""
        with self._lock:
            self._closed = closed
            cancels = list(self._cancels) if closed else []
        for cancel in cancels:
            cancel()

    def _check(self) -> None:
        with self._lock:
            if self._closed:
                raise Offline("Airplane mode is on.")

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """As the one inside; Offline while it is closed."""
        self._check()
        with self._inner.post(path, headers, body) as response:
            yield response

    @contextmanager
    def listen(self, path: str, headers: Mapping[str, str]) -> Iterator[Response]:
        """As the one inside; Offline while it is closed."""
        self._check()
        with self._inner.listen(path, headers) as response:
            with self._lock:
                self._cancels.append(response.cancel)
                closed = self._closed  # meanwhile
            try:
                if closed:
                    raise Offline("Airplane mode is on.")
                yield response
            finally:
                with self._lock:
                    self._cancels.remove(response.cancel)

    @contextmanager
    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[Response]:
        """As the one inside; Offline while it is closed, or when that one carries none."""
        self._check()
        if not isinstance(self._inner, Asking):
            raise Offline("This connection carries no attachments.")
        with self._inner.ask(method, path, headers, body) as response:
            yield response

    def close(self) -> None:
        """Release connections."""
        self._inner.close()

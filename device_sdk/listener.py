"""Hearing that there may be something new: a thread that holds the server's stream of hints.

The stream is read in this thread and nowhere else; all that the thread does is set `woken`. The
loop (loop.py) looks at it between two syncs, in its own thread. What goes wrong here is never told
to the app: a device without hints syncs at its regular pace.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager

from device_sdk.transport import Response
from syncengine.model.errors import Advice, Malformed, SyncError

PATH = "/v1/wake"
MAX_LINE_BYTES = 1_024

Listen = Callable[[str], AbstractContextManager[Response]]


class Listener:
    """Listens during a `with` block."""

    def __init__(self, listen: Listen, pause: Callable[[int], float]) -> None:
        """pause: seconds to wait after so many failures in a row."""
        self.woken = threading.Event()
        self._listen = listen
        self._pause = pause
        self._heard: int | None = None  # the version that the last hint named
        self._synced: int | None = None
        self._ended = threading.Event()
        self._guard = threading.Lock()
        self._response: Response | None = None
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)

    def __enter__(self) -> Listener:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End the stream, or wait for a connection being made, as long as its timeouts say."""
        with self._guard:
            self._ended.set()
            if self._response is not None:
                self._response.cancel()
        self._thread.join()

    def synced(self, version: int) -> None:
        """Take a sync's report: a hint at that very version is no news any more."""
        with self._guard:
            self._synced = version
            if self._heard == version:
                self.woken.clear()

    def _hear(self, version: int) -> None:
        with self._guard:
            self._heard = version
            if self._synced != version:
                self.woken.set()

    def _run(self) -> None:
        failures = 0
        while not self._ended.is_set():
            try:
                with self._listen(PATH) as response:
                    self._hold(response)
                    for version in hints(response.pieces):
                        failures = 0
                        self._hear(version)
            except SyncError as error:
                if error.advice is Advice.STOP:
                    self.woken.set()  # the sync hears it, too, and tells
            finally:
                self._hold(None)
            failures += 1
            self._ended.wait(self._pause(failures))

    def _hold(self, response: Response | None) -> None:
        """Keep what there is to cancel."""
        with self._guard:
            self._response = response
            if response is not None and self._ended.is_set():
                response.cancel()


def hints(pieces: Iterable[bytes]) -> Iterator[int]:
    """The versions that the hints of a stream name; Malformed for what is no such stream."""
    rest = b""
    for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.partition(b":")
            if name == b"data":
                yield _version(value.strip())
        if len(rest) > MAX_LINE_BYTES:
            raise Malformed("a hint is a short line")


def _version(text: bytes) -> int:
    if not text.isdigit() or len(text) > 19:
        raise Malformed("a hint names a version")
    return int(text)

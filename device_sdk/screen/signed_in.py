"""Somebody who is signed in: their open Device, and the thread that keeps it in step."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from device_sdk.device import Device
from device_sdk.draft import Draft
from device_sdk.events import ChunkStaged, Event, SyncBegan
from device_sdk.report import SyncReport
from device_sdk.screen.airplane import AirplaneTransport
from device_sdk.screen.place import Person
from syncengine.model.errors import SyncError

SECRET_BYTES = 32


class Hearing:
    """How many rows the sync has brought that is under way."""

    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, event: Event) -> None:
        """The log hook of a Device."""
        if isinstance(event, SyncBegan):
            self.rows = 0
        elif isinstance(event, ChunkStaged):
            self.rows += event.rows


@dataclass(frozen=True)
class _Loop:
    thread: threading.Thread
    stop: threading.Event


class SignedIn:
    """One at a time. All threads may use it: pages run in worker threads, and so may a Device.

    token: the browser's cookie. csrf: in each form. airplane: whether the network is left alone.
    after_sync: called in the syncing thread.
    """

    def __init__(
        self,
        person: Person,
        device: Device,
        line: AirplaneTransport,
        hearing: Hearing,
        airplane: bool,
        after_sync: Callable[[], None],
        random_bytes: Callable[[int], bytes],
    ) -> None:
        self.person = person
        self.device = device
        self.token = random_bytes(SECRET_BYTES).hex()
        self.csrf = random_bytes(SECRET_BYTES).hex()
        self.airplane = airplane
        self.remembered = set[tuple[str, uuid.UUID, uuid.UUID]]()  # by pages, until signing out
        self._line = line
        self._hearing = hearing
        self._after_sync = after_sync
        self._lock = threading.Lock()
        self._loops: list[_Loop] = []
        self._again = False  # something was asked for while a sync was under way
        if airplane:
            device.pause()
        else:
            self.sync_now()

    @property
    def rows_so_far(self) -> int:
        """Of the sync that is under way."""
        return self._hearing.rows

    def sync_now(self) -> None:
        """Sync at once, and then whenever there may be something new; nothing in airplane mode.
        A loop that waits for its next attempt gives way to a new one, which begins with a sync.
        """
        with self._lock:
            if self.airplane:
                return
            if self.device.status().syncing:
                self._again = True
                return
            self._stop_loops()
            self._loops = [loop for loop in self._loops if loop.thread.is_alive()]
            stop = threading.Event()
            thread = threading.Thread(
                target=self.device.run, args=(stop, self._told), name="sync", daemon=True
            )
            self._loops.append(_Loop(thread, stop))
            thread.start()

    def _told(self, outcome: SyncReport | SyncError) -> None:
        if isinstance(outcome, SyncReport):
            self._after_sync()
        with self._lock:
            again, self._again = self._again, False
        if again:
            self.sync_now()

    @contextmanager
    def changeset(self) -> Iterator[Draft]:
        """As that of the device; it is sent at once, where there is a network."""
        with self.device.changeset() as changes:
            yield changes
        self.sync_now()

    def _stop_loops(self) -> None:
        for loop in self._loops:
            loop.stop.set()

    def set_airplane(self, on: bool) -> None:
        """On: a sync under way ends behind its chunk, and from now on nothing is asked."""
        with self._lock:
            self.airplane = on
            if on:
                self.device.pause()
                self._stop_loops()
            self._line.switch(on)
            if not on:
                self.device.resume()
        if not on:
            self.sync_now()

    def close(self) -> None:
        """End the syncing and release the store."""
        with self._lock:
            self.airplane = True  # nothing begins any more
            self.device.pause()
            self._stop_loops()
            loops = self._loops
        self._line.switch(True)
        for loop in loops:
            loop.thread.join()
        self.device.close()

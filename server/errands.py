"""Doing errands (syncengine.store.errands): a few threads of each server process.

What an errand does is a function of the store, the errand, and `Told`, to which it says how far it
is. It may be begun anew after a crash, so it has to come to the same however often. A server that
stops puts its errands back; the next process goes on.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

from server.http.errors import database_failed, unexpected
from server.logs import logger
from server.problem import Problem
from syncengine.model.errors import SyncError
from syncengine.store.errands import Errand, Errands
from syncengine.store.store import Store

AT_ONCE = 2  # threads of a process
LOOK_SECONDS = 2.0  # for what another process was asked for
BEAT_SECONDS = 10.0
TELL_EVERY = 700_000  # microseconds: progress is written no oftener


class Stopped(Exception):
    """This process is at the errand no longer: it stops, or another one has taken over."""


class Told:
    """How far an errand is; call it as a `Progress`. Stopped: leave everything as it is."""

    def __init__(
        self,
        store: Store,
        errands: Errands,
        errand: Errand,
        holder: bytes,
        stopping: threading.Event,
    ) -> None:
        self._store, self._errands, self._errand = store, errands, errand
        self._holder, self._stopping = holder, stopping
        self._phase, self._done, self._totals, self._told = "", 0, dict[str, int](), 0

    def expect(self, phase: str, total: int) -> None:
        """How much there will be of a phase."""
        self._totals[phase] = total

    def __call__(self, phase: str, number: int) -> None:
        """So much more of a phase is done."""
        if self._stopping.is_set():
            raise Stopped
        now = self._store.environment.now()
        new = phase != self._phase
        self._done = number + (0 if new else self._done)
        self._phase = phase
        if not new and now - self._told < TELL_EVERY:
            return
        self._told, total = now, self._totals.get(phase, 0)
        if not self._errands.tell(self._errand.id, self._holder, phase, self._done, total):
            raise Stopped


Work = Callable[[Store, Errand, Told], bytes]


class Runner:
    """The errands of one server process, between `start` and `stop`."""

    def __init__(self, store: Store, works: Mapping[str, Work]) -> None:
        self.errands = Errands(store)
        self._store = store
        self._works = works
        self._holder = store.environment.new_id()
        self._stopping = threading.Event()
        self._asked = threading.Event()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Go on with what waits, and take what is asked for."""
        for number in range(AT_ONCE):
            thread = threading.Thread(target=self._run, name=f"errands-{number}", daemon=True)
            self._threads.append(thread)
        self._threads.append(threading.Thread(target=self._beat, name="errands-beat", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Put back what is under way, at its next step."""
        self._stopping.set()
        self.hasten()
        for thread in self._threads:
            thread.join()

    def hasten(self) -> None:
        """Something was asked for: look now."""
        self._asked.set()

    def do_waiting(self) -> int:
        """Do all that waits, here and now; how many."""
        number = 0
        while self._do_one():
            number += 1
        return number

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                busy = self._do_one()
            except Exception as error:  # the database, most likely: try again
                unexpected(error, self._store.environment, errands="claim")
                busy = False
            if not busy and not self._stopping.is_set():
                self._asked.wait(LOOK_SECONDS)
                self._asked.clear()

    def _beat(self) -> None:
        while not self._stopping.wait(BEAT_SECONDS):
            try:
                self.errands.beat(self._holder)
            except Exception as error:
                unexpected(error, self._store.environment, errands="beat")

    def _do_one(self) -> bool:
        """Whether there was one."""
        errand = self.errands.claim(self._holder, self._works)
        if errand is None:
            return False
        told = Told(self._store, self.errands, errand, self._holder, self._stopping)
        try:
            result = self._works[errand.kind](self._store, errand, told)
        except Stopped:
            self.errands.put_back(errand.id, self._holder)
        except (SyncError, Problem) as error:
            code = error.code
            if isinstance(error, SyncError):
                code = str(error.data.get("reason") or code)
            logger().warning("errand_failed", kind=errand.kind, code=code)
            self.errands.fail(errand.id, self._holder, code, error.detail)
        except Exception as error:
            failure = unexpected(error, self._store.environment, errand=errand.kind)
            if not database_failed(error):
                self.errands.fail(errand.id, self._holder, "errand.unexpected", failure.detail)
                return True
            with suppress(Exception):  # else the lease runs out
                self.errands.put_back(errand.id, self._holder, counts=True)
            return False
        else:
            self.errands.end(errand.id, self._holder, result)
            logger().info("errand_done", kind=errand.kind)
        return True

"""How a device stands: how fresh it is, what waits, and what went wrong. It decides nothing.

What a sync leaves behind (its end, its error, how wrong the clock is) is kept in the store, so that
an app that was started anew knows it without a network.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

import msgspec

from device_sdk.errors import DiskFailed, DiskFull
from device_sdk.events import SyncBegan, SyncEnded, SyncFailed
from device_sdk.lost import LostWork, read_lost
from device_sdk.report import SyncReport
from device_sdk.store import DeviceStore
from device_sdk.wanted import coming_parts
from syncengine.model.errors import Advice, SeatLocked, SyncError, UpgradeRequired
from syncengine.model.fields import EPOCH, MICROSECOND

CLOCK_TOLERANCE = dt.timedelta(minutes=5)  # a request's way to the server counts in, too
MAX_DETAIL = 500  # characters that are kept of an error's sentence


@dataclass(frozen=True)
class Problem:
    """Why syncing does not work.

    code: stable, of the error.
    detail: a sentence for the person, cut at 500 characters.
    advice: what helps.
    at: when the error was met, by the device's clock.
    """

    code: str
    detail: str
    advice: Advice
    at: dt.datetime


@dataclass(frozen=True)
class DeviceStatus:
    """For a status line. Instants are by the device's clock.

    asked: when this was asked.
    synced: when the last sync ended that worked; None before the first.
    syncing: whether one is under way.
    problem: what the last attempt met, until one works. What a person has to solve (`stop`) stays
        while later attempts only fail to get through (`retry`).
    clock_ahead: by how much this clock was ahead of the server's at its last answer, the request's
        way included; negative when it was behind.
    pending: changesets not sent or not answered yet.
    pending_since: when the oldest of them was made.
    pending_rows: how many rows they concern, by entity.
    inbox: how many items wait in `Device.inbox()`, which has the reasons.
    coming: the parts that are wanted and not here yet, in the order in which they come.
    lost: work that a rebuild could not read, until `Device.dismiss` is called with its sequence.
    """

    asked: dt.datetime
    synced: dt.datetime | None
    syncing: bool
    problem: Problem | None
    clock_ahead: dt.timedelta | None
    pending: int
    pending_since: dt.datetime | None
    pending_rows: dict[str, int]
    inbox: int
    coming: tuple[str, ...]
    lost: tuple[LostWork, ...] = ()

    @property
    def age(self) -> dt.timedelta | None:
        """How long ago the last sync was, at least 0; None before the first."""
        if self.synced is None:
            return None
        return max(dt.timedelta(0), self.asked - self.synced)

    @property
    def locked(self) -> bool:
        """The office has locked this device."""
        return self.problem is not None and self.problem.code == SeatLocked.code

    @property
    def must_update(self) -> bool:
        """The server no longer speaks with this version of the app."""
        return self.problem is not None and self.problem.code == UpgradeRequired.code

    @property
    def clock_is_wrong(self) -> bool:
        """The clock is more than five minutes off. Nothing depends on it but what shows when."""
        return self.clock_ahead is not None and abs(self.clock_ahead) > CLOCK_TOLERANCE


class Standing:
    """Keeps and tells how a device stands. `lock` guards the store."""

    def __init__(self, store: DeviceStore, lock: AbstractContextManager[object]) -> None:
        self._store = store
        self._lock = lock

    def told_of(self, sync: Callable[[], SyncReport]) -> SyncReport:
        """Run a sync; keep and log how it went."""
        log = self._store.log
        with self._lock:
            self._store.clock_ahead = None
        log(SyncBegan)
        try:
            report = sync()
        except (DiskFull, DiskFailed) as error:  # there is nowhere to keep it
            log(SyncFailed, error.code, error.advice, "")
            raise
        except SyncError as error:
            self._failed(error)
            cause = error.__cause__
            log(SyncFailed, error.code, error.advice, type(cause).__name__ if cause else "")
            raise
        except Exception as error:
            log(SyncFailed, SyncError.code, SyncError.advice, type(error).__name__)
            raise
        self._note(synced=self._store.environment.now(), problem=None)
        log(SyncEnded, report)
        return report

    def _failed(self, error: SyncError) -> None:
        with self._lock:
            before = self._problem()
        if before and before.advice is Advice.STOP and error.advice is Advice.RETRY:
            self._note()
            return
        at = self._store.environment.now()
        kept = (error.code, error.detail[:MAX_DETAIL], error.advice, at)
        self._note(problem=msgspec.msgpack.encode(kept))

    def _note(self, **values: object) -> None:
        with self._lock:
            if self._store.clock_ahead is not None:
                values["clock_ahead"] = self._store.clock_ahead
            if values:
                with self._store.database.note():
                    self._store.database.set(**values)

    def _problem(self) -> Problem | None:
        kept = self._store.database.get("problem")
        if kept is None:
            return None
        code, detail, advice, at = msgspec.msgpack.decode(kept, type=tuple[str, str, Advice, int])
        return Problem(code, detail, advice, _instant(at))

    def status(self, syncing: bool) -> DeviceStatus:
        """As it is now."""
        with self._lock:
            store, outbox = self._store, self._store.outbox
            synced = store.database.get("synced")
            ahead = store.database.get("clock_ahead")
            oldest = outbox.oldest_unanswered()
            return DeviceStatus(
                asked=_instant(store.environment.now()),
                synced=None if synced is None else _instant(synced),
                syncing=syncing,
                problem=self._problem(),
                clock_ahead=None if ahead is None else ahead * MICROSECOND,
                pending=outbox.count_unanswered(),
                pending_since=None if oldest is None else _instant(oldest),
                pending_rows={
                    store.schema.by_tag[tag].name: rows
                    for tag, rows in outbox.rows_unanswered().items()
                },
                inbox=outbox.count_telling(),
                coming=coming_parts(store.database, store.schema),
                lost=read_lost(store.database),
            )


def _instant(microseconds: int) -> dt.datetime:
    return EPOCH + microseconds * MICROSECOND

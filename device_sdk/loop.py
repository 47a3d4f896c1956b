"""Syncing in the background: when there may be something new, and regularly; with growing pauses
while it does not work.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from device_sdk.listener import Listen, Listener
from device_sdk.report import SyncReport
from syncengine.model.errors import Advice, SyncError

REGULAR_SECONDS = 30.0
LEAST_SECONDS = 1.0  # between two syncs, however many hints come
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0
PAUSED_SECONDS = 0.5  # until it is looked again whether the device is paused still
STOP_SECONDS = 0.5  # after which `stop` is seen while a hint is waited for

Randomness = Callable[[int], bytes]


def jittered(seconds: float, randomness: Randomness) -> float:
    """Between half of it and all: the jitter keeps a fleet from coming all at once."""
    share = int.from_bytes(randomness(2), "big") / 0xFFFF
    return seconds * (0.5 + 0.5 * share)


def pause_after(failures: int, randomness: Randomness) -> float:
    """Seconds to wait after so many failures in a row: doubling up to a bound."""
    longest = min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 20), LONGEST_PAUSE_SECONDS)
    return jittered(longest, randomness)


def run(
    sync: Callable[[], SyncReport],
    listen: Listen,
    stop: threading.Event,
    randomness: Randomness,
    told: Callable[[SyncReport | SyncError], None] = lambda _: None,
    paused: Callable[[], bool] = lambda: False,
) -> None:
    """Sync until `stop` is set, or until an error says that a person has to act.

    Syncs and calls of `told` are made in the calling thread; a second one listens for hints and
    has ended when this returns. told: hears of every report and every error, the last one included.
    paused: while that holds, nothing is tried.
    """
    failures = 0
    with Listener(listen, lambda failed: pause_after(failed, randomness)) as listener:
        while not stop.is_set():
            if paused():
                stop.wait(PAUSED_SECONDS)
                continue
            listener.woken.clear()
            try:
                report = sync()
            except SyncError as error:
                told(error)
                if error.advice is Advice.STOP:
                    return
                failures += 1
                stop.wait(pause_after(failures, randomness))
            else:
                failures = 0
                listener.synced(report.version)
                told(report)
                stop.wait(jittered(LEAST_SECONDS, randomness))
                _rest(stop, listener.woken, jittered(REGULAR_SECONDS, randomness))


def _rest(stop: threading.Event, woken: threading.Event, seconds: float) -> None:
    """Wait until woken or told to stop, at most so long. No thread can wait for two events: so
    `stop` is looked at now and then.
    """
    while seconds > 0 and not stop.is_set():
        if woken.wait(min(seconds, STOP_SECONDS)):
            return
        seconds -= STOP_SECONDS

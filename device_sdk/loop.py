"""Syncing in the background: regularly while it works, with growing pauses while it does not."""

from __future__ import annotations

import threading
from collections.abc import Callable

from device_sdk.sync import SyncReport
from syncengine.model.errors import Advice, SyncError

REGULAR_SECONDS = 30.0
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 300.0


def pause_after(failures: int, randomness: Callable[[int], bytes]) -> float:
    """Seconds to wait: regular after a success, else doubling up to a bound, between half and all.

    The jitter keeps a fleet from returning all at once after an outage.
    """
    longest = (
        min(FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 20), LONGEST_PAUSE_SECONDS)
        if failures
        else REGULAR_SECONDS
    )
    share = int.from_bytes(randomness(2), "big") / 0xFFFF
    return longest * (0.5 + 0.5 * share)


def run(
    sync: Callable[[], SyncReport],
    stop: threading.Event,
    randomness: Callable[[int], bytes],
    told: Callable[[SyncReport | SyncError], None] = lambda _: None,
) -> None:
    """Sync until `stop` is set, or until an error says that a person has to act.

    told: hears of every report and every error, the last one included.
    """
    failures = 0
    while not stop.is_set():
        try:
            told(sync())
            failures = 0
        except SyncError as error:
            told(error)
            if error.advice is Advice.STOP:
                return
            failures += 1
        stop.wait(pause_after(failures, randomness))

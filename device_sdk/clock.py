"""What a device's clock lacks of the server's: it sets right the time that work was done at."""

from __future__ import annotations

from device_sdk.database import Database

CLOCK_SLACK = 5_000_000  # microseconds; a smaller difference may be the network's


def lag_of(database: Database) -> int:
    """At the last sync, in microseconds; 0 when that was within what a network takes."""
    return int(database.get("clock_lag") or 0)


def at_least(database: Database, now: int) -> int:
    """By the device's clock, but no earlier than the server's at the checkpoint that is published:
    what had begun then has begun, also where the clock is years behind.
    """
    return max(now, int(database.get("server_time") or 0))


def keep_lag(database: Database, ahead: int) -> None:
    """Keep how far the clock is ahead where that is new: a sync without news writes nothing."""
    lag, before = -ahead if abs(ahead) >= CLOCK_SLACK else 0, lag_of(database)
    if lag != before and (not lag or abs(lag - before) >= CLOCK_SLACK):
        with database.transaction():
            database.set(clock_lag=lag)

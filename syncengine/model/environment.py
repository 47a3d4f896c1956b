"""What the core takes from outside: time, ids, randomness, and the places where a test may
crash it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from syncengine.model.ids import uuid7


def _nothing(_point: str) -> None:
    """The crash hook of production: every point is passed."""


def _system_now() -> int:
    return time.time_ns() // 1000


@dataclass(frozen=True)
class Environment:
    """Passed to every component that needs the world.

    now: microseconds since 1970, UTC.
    random_bytes: cryptographic randomness, so many bytes.
    disk: the SQLite VFS through which a device's store is read and written; empty: the system's.
    reached: called with the name of a crash point on the way past it; a test raises or kills there.
    """

    now: Callable[[], int] = _system_now
    random_bytes: Callable[[int], bytes] = os.urandom
    reached: Callable[[str], None] = _nothing
    disk: str = ""

    def new_id(self) -> bytes:
        """A fresh UUIDv7."""
        return uuid7(self.now(), self.random_bytes(10))

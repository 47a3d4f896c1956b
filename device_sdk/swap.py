"""How a rebuilt store takes the place of the damaged one: at any moment one of the two is there.

    rebuild/store.db    made aside, closed, on the disk
    store.rebuilt       renamed to this: from now on it is the store
    store.db-wal, -shm  go: SQLite would play a -wal that was left into the new file
    store.db            store.rebuilt takes this name

Every opening finishes what was begun, or throws away what did not come as far as the second line.
"""

from __future__ import annotations

import os
from pathlib import Path

from device_sdk.disk import sync_to_disk

FILE = "store.db"
LOCK = "store.lock"
ASIDE = "rebuild"
REBUILT = "store.rebuilt"
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps beside a file, by its name


def is_there(directory: Path) -> bool:
    """Whether the folder has a store, be it one that is yet to take its name."""
    return (directory / FILE).exists() or (directory / REBUILT).exists()


def put_forward(directory: Path) -> None:
    """Make the store that was built aside, and closed, the one that counts."""
    built = directory / ASIDE / FILE
    sync_to_disk(built)
    built.rename(directory / REBUILT)
    sync_to_disk(directory)


def finish(directory: Path) -> None:
    """Under the folder's lock, before SQLite sees the file. Repeated after a crash, it goes on."""
    rebuilt = directory / REBUILT
    if rebuilt.exists():
        for suffix in BESIDE:
            (directory / (FILE + suffix)).unlink(missing_ok=True)
        sync_to_disk(directory)
        rebuilt.replace(directory / FILE)
        sync_to_disk(directory)
    _discard(directory / ASIDE)


def _discard(aside: Path) -> None:
    if not aside.exists():
        return
    for name in (FILE, *(FILE + suffix for suffix in BESIDE), LOCK):
        (aside / name).unlink(missing_ok=True)
    os.rmdir(aside)

"""Work that SQLite leaves behind when a -wal is damaged.

SQLite follows a -wal to the first frame that does not fit and forgets the rest: after a power cut
that is a commit that nobody was told of, after damage it may be all of yesterday. The store then
opens, is as it was before, and would use the sequences of what it forgot for other work.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from device_sdk.database import connect, disk_told, fetch, lock_store
from device_sdk.errors import StoreDamaged
from device_sdk.events import WorkTakenBack
from device_sdk.keys import Keys
from device_sdk.pages import Pages
from device_sdk.salvage import Saved, known, saved
from device_sdk.store import DeviceStore
from device_sdk.swap import FILE, finish


def left_behind(directory: Path, keys: Keys) -> list[Saved]:
    """The changesets that follow the last one that SQLite would find, before it opens the store;
    StoreDamaged when one of them is missing. Nothing is changed.

    The very last one may be missing: a power cut looks like that, and then it was not committed.
    """
    wal = directory / (FILE + "-wal")
    if not (wal.exists() and wal.stat().st_size):
        return []
    lock = lock_store(directory)
    try:
        finish(directory)
        with Pages(directory, keys.database) as pages, disk_told():
            seen = _seen_by_sqlite(directory / FILE, keys.database)
            if seen is None or pages.committed <= seen.frames:
                return []
            found = {
                line.sequence: line
                for line in saved(pages, keys.signing.public_key(), seen.incarnation)
                if line.sequence > seen.sequence
            }
            highest = max(known(pages).highest, *found, seen.sequence)
    finally:
        os.close(lock)
    if set(range(seen.sequence + 1, highest)) - found.keys():
        raise StoreDamaged("The end of the store's journal is damaged. It has to be rebuilt.")
    return [found[number] for number in sorted(found)]


def take_back(store: DeviceStore, lines: Sequence[Saved]) -> None:
    """Put them where they were, and show them."""
    if not lines:
        return
    with store.database.transaction():
        for line in lines:
            store.outbox.put_back(line, store.schema.by_tag.keys())
        store.database.set(sequence=lines[-1].sequence)
        store.overlay.show_uncovered()
    store.log(WorkTakenBack, len(lines))


@dataclass(frozen=True)
class _Seen:
    """frames: of the -wal that are followed. sequence: the last one made."""

    frames: int
    sequence: int
    incarnation: bytes


def _seen_by_sqlite(file: Path, key: bytes) -> _Seen | None:
    """The store as it would be opened; None when nothing is in it."""
    connection = connect(file, key)
    try:
        if not fetch(connection, "SELECT 1 FROM sqlite_master WHERE name='meta'"):
            return None
        meta = dict(fetch(connection, "SELECT name, value FROM meta"))
        ((_, frames, _),) = fetch(connection, "PRAGMA wal_checkpoint(NOOP)")
    finally:
        connection.close()
    return _Seen(frames, meta["sequence"], meta["incarnation"])

"""What syncs were like, for whoever looks after devices: when, how long, how much, which app.

A sync only notes it in memory; a job writes what was noted, so that no sync pays for a transaction
more. What was noted and not written when the process dies is lost: it is no proof of anything.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.store import Store

MAX_NOTED = 5_000  # in memory; the oldest go first
KEPT = 30  # of each seat
MAX_CLIENT = 200  # characters of what an app calls itself
MAX_MODULES = 100


@dataclass(frozen=True)
class Sync:
    """One sync. began, took: microseconds. ended: the last message's name, or an error's code.
    client, modules: what the app says that it is, and is made for.
    """

    seat: bytes
    began: int
    took: int
    changesets: int
    bytes_in: int
    bytes_out: int
    ended: str
    client: str
    modules: tuple[tuple[str, int], ...]


class SyncLog:
    """What was noted and is not written yet; safe to call from several threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._noted: deque[Sync] = deque(maxlen=MAX_NOTED)
        self._lock = threading.Lock()

    def note(self, sync: Sync) -> None:
        """To be written with the next `write`."""
        with self._lock:
            self._noted.append(sync)

    def write(self) -> int:
        """Write what was noted, and drop what is beyond KEPT; how many were written. When it fails,
        they are noted still.
        """
        with self._lock:
            some = list(self._noted)
            self._noted.clear()
        try:
            _write(self._store, some)
        except BaseException:
            with self._lock:  # what is full drops at its other end: the newer ones stay
                room = MAX_NOTED - len(self._noted)
                self._noted.extendleft(reversed(some[len(some) - min(room, len(some)) :]))
            raise
        return len(some)


def _write(store: Store, some: Sequence[Sync]) -> None:
    if not some:
        return
    rows = [
        {
            **vars(sync),
            "id": store.environment.new_id(),
            "client": sync.client[:MAX_CLIENT],
            "modules": msgspec.msgpack.encode(sync.modules[:MAX_MODULES]),
        }
        for sync in some
    ]
    c, older = t.sync_log.c, t.sync_log.alias().c
    with writing(store.engine) as connection:
        connection.execute(sa.insert(t.sync_log), rows)
        for seat in sorted({sync.seat for sync in some}):
            kept = (
                sa.select(older.id)
                .where(older.seat == seat)
                .order_by(older.began.desc(), older.id.desc())
                .limit(KEPT)
            )
            connection.execute(sa.delete(t.sync_log).where(c.seat == seat, c.id.not_in(kept)))


def syncs_of(store: Store, seat: bytes) -> list[Sync]:
    """Those on record, newest first: KEPT at most."""
    c = t.sync_log.c
    wanted = sa.select(t.sync_log).where(c.seat == seat).order_by(c.began.desc(), c.id.desc())
    with reading(store.engine) as connection:
        rows = connection.execute(wanted.limit(KEPT)).all()
    return [
        Sync(
            row.seat, row.began, row.took, row.changesets, row.bytes_in, row.bytes_out, row.ended,
            row.client, msgspec.msgpack.decode(row.modules, type=tuple[tuple[str, int], ...]),
        )
        for row in rows
    ]  # fmt: skip

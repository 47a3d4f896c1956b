"""What a draft is made on: the store as it is, and as its person sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from device_sdk.clock import at_least, lag_of
from device_sdk.database import fetch
from device_sdk.holdings import work_reasons
from device_sdk.store import DeviceStore
from syncengine.model.access import Work
from syncengine.model.fields import Stored
from syncengine.model.ids import bound_uuid7


class StoreGround:
    """`lock` guards the store; `query` reads the views, under a lock of its own."""

    def __init__(
        self,
        store: DeviceStore,
        lock: AbstractContextManager[object],
        query: Callable[[str, tuple[object, ...]], list[tuple[Stored, ...]]],
    ) -> None:
        self._store = store
        self._lock = lock
        self._query = query

    def new_row_id(self) -> bytes:
        """The id of a row that is made here."""
        environment = self._store.environment
        return bound_uuid7(environment.now(), environment.random_bytes(10), self._store.incarnation)

    def shows(self, tag: int, row_id: bytes) -> bool:
        """Whether the row is visible."""
        name = self._store.schema.by_tag[tag].name
        return bool(self._query(f'SELECT 1 FROM "{name}" WHERE id=?', (row_id,)))

    def work(self, tag: int, row_id: bytes) -> Work:
        """Whether a visible row may be worked on now, as far as this device knows."""
        with self._lock:
            return self._store.work(tag, row_id)

    def now(self) -> int:
        """By the device's clock, set right by the server's."""
        with self._lock:
            return self._store.environment.now() + lag_of(self._store.database)

    def values(self, tag: int, row_id: bytes) -> tuple[Stored, ...] | None:
        """A row with its unsettled edits; None when it is not there."""
        with self._lock:
            record = self._store.layouts[tag].shown(self._store.database.connection, row_id)
        return None if record is None else tuple(record[2:])

    def referring(self, tag: int, field: str, row_id: bytes) -> list[bytes]:
        """The rows of an entity that refer to a row."""
        table = self._store.layouts[tag].table
        with self._lock:
            db = self._store.database.connection
            return [i for (i,) in fetch(db, f'SELECT id FROM {table} WHERE "{field}"=?', (row_id,))]

    def reasons(self, tag: int, row_id: bytes) -> list[str]:
        """The first reason of each bucket by which a row may be worked on now."""
        with self._lock:
            db, now = self._store.database.connection, self._store.environment.now()
            at = at_least(self._store.database, now)
            return work_reasons(db, self._store.layouts[tag], (tag, row_id), at)

    def reason(self, kind: str, key: bytes) -> str | None:
        """The first reason of a bucket."""
        with self._lock:
            wanted = "SELECT reason FROM bucket WHERE kind=? AND key=?"
            found = fetch(self._store.database.connection, wanted, (kind, key))
        return found[0][0] if found else None

    def holds(self, kind: str, key: bytes) -> bool:
        """Whether the seat holds that bucket."""
        with self._lock:
            return self._store.holds(kind, key)

"""What a draft is made on: the store as it is, and as its person sees it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

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

    def holds(self, kind: str, key: bytes) -> bool:
        """Whether the seat holds that bucket."""
        with self._lock:
            return self._store.holds(kind, key)

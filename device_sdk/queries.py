"""What an app reads of a device."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar, overload

from device_sdk.draft import RowId, as_id
from device_sdk.forms import Form, form_of
from device_sdk.rows import Reader, Row
from device_sdk.store import DeviceStore
from device_sdk.watch import Result, Watch, Watches
from syncengine.model.manifest import Schema

T = TypeVar("T", bound=Row)


class Queries:
    """Published rows with own work on top, over a connection and with a lock of their own."""

    def __init__(self, store: DeviceStore, reader: Reader) -> None:
        self._store = store
        self._reader = reader
        self._read = threading.Lock()
        self._watches = Watches(self.query)

    @overload
    def rows(
        self, entity: str, where: str = ..., parameters: Sequence[object] = ...
    ) -> list[Row]: ...

    @overload
    def rows(
        self, entity: type[T], where: str = ..., parameters: Sequence[object] = ...
    ) -> list[T]: ...

    def rows(
        self, entity: str | type[Row], where: str = "1", parameters: Sequence[object] = ()
    ) -> Sequence[Row]:
        """Rows of an entity by a condition in SQL, e.g. `rows("customer", "city=?", ["X"])`; of a
        generated class instead of a name, typed.

        Conditions compare stored forms: decimals as scaled integers, instants as microseconds. At
        most 1,000,000 rows come.
        """
        made, name = (Row, entity) if isinstance(entity, str) else (entity, entity.ENTITY)
        with self._read:
            return self._reader.rows(self._store.schema.entities[name], made, where, parameters)

    @overload
    def get(self, entity: str, row: RowId) -> Row | None: ...

    @overload
    def get(self, entity: type[T], row: RowId) -> T | None: ...

    def get(self, entity: str | type[Row], row: RowId) -> Row | None:
        """One row by id; None when none shows."""
        found = self.rows(entity, "id=?", (as_id(row),))
        return found[0] if found else None

    def query(self, sql: str, parameters: Sequence[object] = ()) -> Result:
        """Read-only SQL over the views named after the entities, values in stored form (else
        ReadOnly). At most 1,000,000 rows come.
        """
        with self._read:
            return self._reader.query(sql, parameters)

    @property
    def schema(self) -> Schema:
        """What the rows here are declared as, custom fields included."""
        return self._store.schema

    def counts(self) -> dict[str, int]:
        """Visible rows by entity."""
        names = self._store.schema.entities
        return {n: int(self.query(f'SELECT count(*) FROM "{n}"')[0][0] or 0) for n in names}

    def form(self, entity: str) -> Form:
        """What an app needs to make a form of an entity, custom fields included."""
        return form_of(self._store.schema, entity)

    def watch(
        self,
        query: str,
        callback: Callable[[Result], None],
        parameters: Sequence[object] = (),
    ) -> Watch:
        """Call back with the rows of an entity, or a query's result, now and whenever it changes.

        Until `stop()`. In the thread that changed something, after it is durable. At most 1,000 at
        a time.
        """
        sql = f'SELECT * FROM "{query}"' if query in self._store.schema.entities else query
        return self._watches.add(sql, parameters, callback)

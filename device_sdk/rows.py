"""Reading: typed rows, and read-only SQL over the views, on a connection of its own.

Values in SQL have their stored form: ids and references are 16 bytes, decimals integers of the
field's scale, instants microseconds since 1970 UTC, dates text. Rows have program values.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import ClassVar, TypeVar

import apsw

from device_sdk.database import connect, disk_told
from device_sdk.errors import ReadOnly
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored, Value
from syncengine.model.manifest import Schema

MAX_ROWS = 1_000_000  # of one query
PLAIN = (apsw.SQLITE_SELECT, apsw.SQLITE_RECURSIVE)
VIEWED = ("published", "bucket", "held")  # what every view reads
FUNCTION_TABLES = frozenset({"json_each", "json_tree"})
FORBIDDEN_FUNCTIONS = ("sqlite3mc_", "load_extension", "fts")  # keys, code, and pointers


class Row(Mapping[str, Value]):
    """One row, frozen: `row.name` and `row["name"]` are its field `name`, in program values.

    ENTITY: of a generated subclass, the entity whose rows it types.
    entity: the name of the row's entity.
    """

    ENTITY: ClassVar[str]
    __slots__ = ("_values", "entity", "id")
    entity: str
    id: uuid.UUID

    def __init__(self, entity: Entity, stored: Sequence[Stored]) -> None:
        """`stored`: id, then the fields in stored form, as the view gives them."""
        row_id, *fields = stored
        assert isinstance(row_id, bytes)
        values = {
            field.name: None if value is None else field.type.load(value)
            for field, value in zip(entity.fields, fields, strict=True)
        }
        object.__setattr__(self, "entity", entity.name)
        object.__setattr__(self, "id", uuid.UUID(bytes=row_id))
        object.__setattr__(self, "_values", values)

    def __getitem__(self, name: str) -> Value:
        values: dict[str, Value] = object.__getattribute__(self, "_values")
        return values[name]

    def __getattr__(self, name: str) -> Value:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(f"{self.entity} has no field {name}") from None

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("rows are read-only; write with device.changeset()")

    def __iter__(self) -> Iterator[str]:
        return iter(object.__getattribute__(self, "_values"))

    def __len__(self) -> int:
        return len(object.__getattribute__(self, "_values"))

    def __repr__(self) -> str:
        return f"<{self.entity} {self.id}>"


T = TypeVar("T", bound=Row)


class Reader:
    """Queries over the views. The views alone can be read: no queue, no keys, no foreign drafts."""

    def __init__(
        self, path: Path, key: bytes, schema: Callable[[], Schema], now: Callable[[], int]
    ) -> None:
        with disk_told():
            self._db = connect(path, key, readonly=True)
        self._db.create_scalar_function(
            "device_time", lambda *_: now(), 0
        )  # the views hide what is over
        self._db.pragma("query_only", True)
        self._schema = schema
        self._db.authorizer = self._authorize

    def _authorize(
        self,
        action: int,
        first: str | None,
        second: str | None,
        base: str | None,
        inside: str | None,
    ) -> int:
        """Reading a view, or from inside a view its table; nothing else.

        A query can give itself the name of a view (WITH customer AS ...), so what is allowed inside
        of one is listed, too.
        """
        if action in PLAIN:
            return apsw.SQLITE_OK
        if action == apsw.SQLITE_FUNCTION:
            forbidden = (second or "").lower().startswith(FORBIDDEN_FUNCTIONS)
            return apsw.SQLITE_DENY if forbidden else apsw.SQLITE_OK
        if action != apsw.SQLITE_READ or first is None:
            return apsw.SQLITE_DENY
        views = self._schema().entities
        table = inside in views and (first in VIEWED or first.removeprefix("row_") in views)
        allowed = first in views or first in FUNCTION_TABLES or table
        return apsw.SQLITE_OK if allowed else apsw.SQLITE_DENY

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Stored, ...]]:
        """All rows of a SELECT, values in stored form. Ids may be given as UUID."""
        bound = [p.bytes if isinstance(p, uuid.UUID) else p for p in parameters]
        try:
            with disk_told():
                found = list(islice(self._db.execute(sql, bound), MAX_ROWS))
        except (apsw.AuthError, apsw.ReadOnlyError) as error:
            raise ReadOnly(f"Only the views can be read: {error}") from None
        except (apsw.SQLError, apsw.BindingsError) as error:
            raise ReadOnly(f"This query cannot be run: {error}") from None
        return [tuple(row) for row in found]

    def rows(
        self, entity: Entity, made: type[T], where: str, parameters: Sequence[object]
    ) -> list[T]:
        """Rows of one view, as objects of that class, by a condition in SQL."""
        columns = ",".join(["id", *(f'"{f.name}"' for f in entity.fields)])
        sql = f'SELECT {columns} FROM "{entity.name}" WHERE {where}'
        return [made(entity, stored) for stored in self.query(sql, parameters)]

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

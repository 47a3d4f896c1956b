"""Tables of modules that are given out as files: a few rows at once, many as an errand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import sqlalchemy as sa

from server.errands import Work
from server.export_errand import work
from server.export_rows import Column
from server.list_export import Line, sight_of
from syncengine.model.fields import FieldType
from syncengine.model.rights import Rights
from syncengine.store.errands import Errand
from syncengine.store.store import Store

KIND = "export_table"


@dataclass(frozen=True)
class ModuleTable:
    """Which table; what is wanted of it is parameters that the module packs and reads. label: a
    message of its catalogue. entities: all kinds of row that it shows something of. types: of the
    columns; None: what is wanted is there no more. count: about how many rows, so many at most.
    lines: the rows that a user may see, in stored form, some at a time, in the connection's
    snapshot.
    """

    label: str
    entities: tuple[str, ...]
    types: Callable[[sa.Connection, Store, bytes], Sequence[FieldType] | None]
    count: Callable[[sa.Connection, Store, Rights, bytes, int], int]
    lines: Callable[[sa.Connection, Store, Rights, bytes], Iterator[list[Line]]]


class LongTable(msgspec.Struct, frozen=True, array_like=True):
    """A table that was asked for. table: <module>/<name>. file: what it is called, without the
    ending.
    """

    table: str
    parameters: bytes
    head: tuple[str, ...]
    file: str
    ending: str
    sight: bytes


@dataclass(frozen=True)
class TableSource:
    """What a file of such a table is made from: a `Source`. table: None where there is no such
    module any more.
    """

    long: LongTable
    table: ModuleTable | None

    @property
    def ending(self) -> str:
        """As `Source` says."""
        return self.long.ending

    @property
    def sight(self) -> bytes:
        """As `Source` says."""
        return self.long.sight

    def seen(self, connection: sa.Connection, store: Store, rights: Rights) -> bytes | None:
        """As `Source` says."""
        if self.table is None or self._types(connection, store) is None:
            return None
        return sight_of(connection, store, rights, self.table.entities)

    def typed(self, connection: sa.Connection, store: Store) -> Sequence[Column]:
        """As `Source` says."""
        types = self._types(connection, store)
        return [Column(*one) for one in zip(self.long.head, types or (), strict=True)]

    def _types(self, connection: sa.Connection, store: Store) -> Sequence[FieldType] | None:
        assert self.table is not None
        return self.table.types(connection, store, self.long.parameters)

    def count(self, connection: sa.Connection, store: Store, rights: Rights, most: int) -> int:
        """As `Source` says."""
        assert self.table is not None
        return self.table.count(connection, store, rights, self.long.parameters, most)

    def lines(
        self, connection: sa.Connection, store: Store, rights: Rights
    ) -> Iterator[list[Line]]:
        """As `Source` says."""
        assert self.table is not None
        return self.table.lines(connection, store, rights, self.long.parameters)


def source_of(errand: Errand, tables: Mapping[str, ModuleTable]) -> TableSource:
    """What the errand is to make a file of."""
    long = msgspec.msgpack.decode(errand.parameters, type=LongTable)
    return TableSource(long, tables.get(long.table))


def works(tables: Mapping[str, ModuleTable]) -> dict[str, Work]:
    """Making such files. tables: by <module>/<name>."""
    return {KIND: work(lambda errand: source_of(errand, tables))}

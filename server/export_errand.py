"""A long export as an errand: read in one snapshot, written to a file then, kept to be fetched.

The snapshot is over before the file is written, which takes several times as long: the rows wait on
disk meanwhile. Cut short, it is begun anew, with the rows of that moment.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import msgspec
import sqlalchemy as sa

from server import export_files
from server.errands import Told, Work
from server.export import WRITERS
from server.export_files import Made
from server.export_rows import Column, Row
from server.list_export import Line, columns_of, lines_of, loaded, sight
from server.problem import Problem
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.accounts import rights_of
from syncengine.store.database import reading
from syncengine.store.errands import Errand
from syncengine.store.listing import Wanted
from syncengine.store.store import Store

KIND = "export"
MAX_ROWS = 1_000_000
MAX_READ = 512 * 2**20  # bytes of rows on disk
SIZE = struct.Struct(">I")  # of the lines that follow


class Source(Protocol):
    """What a long export is made from."""

    @property
    def ending(self) -> str:
        """The form of the file, one of WRITERS."""

    @property
    def sight(self) -> bytes:
        """Of who asked, when they asked, as `list_export.sight_of` tells it."""

    def seen(self, connection: sa.Connection, store: Store, rights: Rights) -> bytes | None:
        """The same of these rights; None: what was asked for is there no more."""

    def typed(self, connection: sa.Connection, store: Store) -> Sequence[Column]:
        """The columns of the file."""

    def count(self, connection: sa.Connection, store: Store, rights: Rights, most: int) -> int:
        """How many rows there are, about; so many at most."""

    def lines(
        self, connection: sa.Connection, store: Store, rights: Rights
    ) -> Iterator[list[Line]]:
        """The rows in their order, some at a time, in the connection's snapshot."""


class LongExport(msgspec.Struct, frozen=True, array_like=True):
    """A list that was asked for: a Source. filters: (field, stored value). head: what the columns
    are called.
    """

    entity: str
    search: str
    filters: tuple[tuple[str, Any], ...]
    order: str | None
    descending: bool
    columns: tuple[str, ...]
    head: tuple[str, ...]
    ending: str
    sight: bytes

    @property
    def wanted(self) -> Wanted:
        """The list."""
        return Wanted(
            self.entity, self.search, self.filters, order=self.order, descending=self.descending
        )

    def seen(self, connection: sa.Connection, store: Store, rights: Rights) -> bytes | None:
        """As `Source` says."""
        entity = store.schema.entities.get(self.entity)
        named = {*self.columns, *(name for name, _ in self.filters), *filter(None, [self.order])}
        if entity is None or not named <= entity.by_name.keys():
            return None
        return sight(connection, store, rights, entity, self.columns)

    def typed(self, _connection: sa.Connection, store: Store) -> Sequence[Column]:
        """As `Source` says."""
        return columns_of(store.schema.entities[self.entity], self.columns, self.head)

    def count(self, connection: sa.Connection, store: Store, rights: Rights, most: int) -> int:
        """As `Source` says."""
        return listing.count_in(connection, store, rights, self.wanted, most)

    def lines(
        self, connection: sa.Connection, store: Store, rights: Rights
    ) -> Iterator[list[Line]]:
        """As `Source` says."""
        return lines_of(connection, store, rights, self.wanted, self.columns)


def asked_for(errand: Errand) -> LongExport:
    """What an export of a list is of."""
    return msgspec.msgpack.decode(errand.parameters, type=LongExport)


def seen_in(store: Store, user: bytes, long: Source) -> bytes | None:
    """What the user may see by now of an export, as `list_export.sight_of` tells it; None: what it
    was of is there no more.
    """
    with reading(store.engine) as connection:
        return long.seen(connection, store, _rights(connection, store, user))


def _rights(connection: sa.Connection, store: Store, user: bytes) -> Rights:
    return rights_of(connection, store.schema, store.tables, user)


def work(source_of: Callable[[Errand], Source]) -> Work:
    """Making the file of such an errand."""

    def made(store: Store, errand: Errand, told: Told) -> bytes:
        return _export(store, errand, source_of(errand), told)

    return made


def _export(store: Store, errand: Errand, long: Source, told: Told) -> bytes:
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / f"file{long.ending}"
        with (Path(folder) / "rows").open("w+b") as rows:
            read = store.environment.now()
            number, columns = _read(store, errand.user, long, rows, told)
            told.expect("writing", number)
            WRITERS[long.ending](path, columns, _rows(rows, columns, told))
        told.expect("keeping", -(-path.stat().st_size // export_files.PIECE))
        file = export_files.keep(store, errand, path, lambda pieces: told("keeping", pieces))
        return msgspec.msgpack.encode(Made(file, path.stat().st_size, number, read))


def _read(
    store: Store, user: bytes, long: Source, out: BinaryIO, told: Told
) -> tuple[int, Sequence[Column]]:
    """Write all lines down, in one snapshot; how many, and the columns."""
    number = 0
    with reading(store.engine) as connection:
        rights = _rights(connection, store, user)
        if long.seen(connection, store, rights) != long.sight:
            raise Problem(
                "export.outdated", "What you may see has changed since: export the list again."
            )
        told.expect("reading", _few(long.count(connection, store, rights, MAX_ROWS + 1)))
        for lines in long.lines(connection, store, rights):
            body = msgspec.msgpack.encode(lines)
            out.write(SIZE.pack(len(body)) + body)
            if out.tell() > MAX_READ:
                limit = f"The rows have more than {MAX_READ // 2**20} MiB: filter for less."
                raise Problem("export.too_large", limit)
            told("reading", len(lines))
            number = _few(number + len(lines))
        return number, long.typed(connection, store)


def _few(number: int) -> int:
    """The number; Problem: there are too many."""
    if number > MAX_ROWS:
        limit = f"A file has at most {MAX_ROWS:,} rows: filter for less."
        raise Problem("export.too_many_rows", limit)
    return number


def _rows(file: BinaryIO, columns: Sequence[Column], told: Told) -> Iterator[Row]:
    """What was written down, some of it in memory at once."""
    file.seek(0)
    while size := file.read(SIZE.size):
        lines: list[Line] = msgspec.msgpack.decode(file.read(SIZE.unpack(size)[0]))
        yield from (loaded(columns, line) for line in lines)
        told("writing", len(lines))


WORKS: dict[str, Work] = {KIND: work(asked_for)}

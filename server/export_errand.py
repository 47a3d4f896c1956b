"""A long export as an errand: read in one snapshot, written to a file then, kept to be fetched.

The snapshot is over before the file is written, which takes several times as long: the rows wait on
disk meanwhile. Cut short, it is begun anew, with the rows of that moment.
"""

from __future__ import annotations

import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import sqlalchemy as sa

from server import export_files
from server.errands import Told, Work
from server.export import WRITERS, Row
from server.export_files import Made
from server.list_export import Line, lines_of, loaded, sight
from server.problem import Problem
from syncengine.model.entity import Entity
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


class LongExport(msgspec.Struct, frozen=True, array_like=True):
    """What was asked for. filters: (field, stored value). head: what the columns are called. sight:
    of who asked, as `list_export.sight` tells it.
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


def asked_for(errand: Errand) -> LongExport:
    """What an export is of."""
    return msgspec.msgpack.decode(errand.parameters, type=LongExport)


def is_sight_of(store: Store, user: bytes, long: LongExport) -> bool:
    """Whether the user may still see what they could when they asked."""
    return seen_in(store, user, long) == long.sight


def seen_in(store: Store, user: bytes, long: LongExport) -> bytes | None:
    """What the user may see by now of an export, as `list_export.sight` tells it; None: there is no
    such kind of row or field any more.
    """
    with reading(store.engine) as connection:
        return _seen(connection, store, _rights(connection, store, user), long)


def _rights(connection: sa.Connection, store: Store, user: bytes) -> Rights:
    return rights_of(connection, store.schema, store.tables, user)


def _seen(
    connection: sa.Connection, store: Store, rights: Rights, long: LongExport
) -> bytes | None:
    entity = store.schema.entities.get(long.entity)
    named = {*long.columns, *(name for name, _ in long.filters), *filter(None, [long.order])}
    if entity is None or not named <= entity.by_name.keys():
        return None
    return sight(connection, store, rights, entity, long.columns)


def _export(store: Store, errand: Errand, told: Told) -> bytes:
    long = asked_for(errand)
    with tempfile.TemporaryDirectory(prefix="export-") as folder:
        path = Path(folder) / f"file{long.ending}"
        with (Path(folder) / "rows").open("w+b") as rows:
            read = store.environment.now()
            number = _read(store, errand.user, long, rows, told)
            told.expect("writing", number)
            entity = store.schema.entities[long.entity]
            WRITERS[long.ending](path, long.head, _rows(rows, entity, long, told))
        told.expect("keeping", -(-path.stat().st_size // export_files.PIECE))
        file = export_files.keep(store, errand, path, lambda pieces: told("keeping", pieces))
        return msgspec.msgpack.encode(Made(file, path.stat().st_size, number, read))


def _read(store: Store, user: bytes, long: LongExport, out: BinaryIO, told: Told) -> int:
    """Write all lines down, in one snapshot; how many."""
    with reading(store.engine) as connection:
        rights = _rights(connection, store, user)
        if _seen(connection, store, rights, long) != long.sight:
            raise Problem(
                "export.outdated", "What you may see has changed since: export the list again."
            )
        number = listing.count_in(connection, store, rights, long.wanted, MAX_ROWS + 1)
        if number > MAX_ROWS:
            limit = f"A file has at most {MAX_ROWS:,} rows: filter for less."
            raise Problem("export.too_many_rows", limit)
        told.expect("reading", number)
        for lines in lines_of(connection, store, rights, long.wanted, long.columns):
            body = msgspec.msgpack.encode(lines)
            out.write(SIZE.pack(len(body)) + body)
            if out.tell() > MAX_READ:
                limit = f"The rows have more than {MAX_READ // 2**20} MiB: filter for less."
                raise Problem("export.too_large", limit)
            told("reading", len(lines))
    return number


def _rows(file: BinaryIO, entity: Entity, long: LongExport, told: Told) -> Iterator[Row]:
    """What was written down, some of it in memory at once."""
    file.seek(0)
    while size := file.read(SIZE.size):
        lines: list[Line] = msgspec.msgpack.decode(file.read(SIZE.unpack(size)[0]))
        yield from (loaded(entity, long.columns, line) for line in lines)
        told("writing", len(lines))


WORKS: dict[str, Work] = {KIND: _export}

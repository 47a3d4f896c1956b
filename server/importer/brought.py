"""Files that users brought to be imported, kept in the database: any process can go on with them.

A file goes when it was imported or put away, else after KEPT; what was done with it stays on
record for as long as its errands.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from server.importer.findings import FileRefused
from syncengine.store import errands
from syncengine.store.database import reading, writing
from syncengine.store.errand_table import brought_file as table
from syncengine.store.errand_table import brought_piece as piece
from syncengine.store.store import Store

MAX_BYTES = 64 * 2**20  # of a file
PIECE = 2**20  # bytes kept in one row
MAX_OF_USER = 10  # files that are still there; the oldest goes for a new one
MAX_NAME = 120
DAY = 24 * 3600 * 1_000_000
KEPT = 14 * DAY  # a file that nobody imported
ARRIVING = DAY  # what has not all arrived by then never will
DROPPED = 100  # in one go
WORKBOOK, OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"

_f, _p = table.c, piece.c


@dataclass(frozen=True)
class Brought:
    """entity: what its rows are, empty until somebody said so. left: when the file itself went."""

    id: bytes
    user: bytes
    name: str
    entity: str
    size: int
    brought: int
    left: int | None


def bring(store: Store, user: bytes, name: str, path: Path) -> bytes:
    """Keep a file; its id. FileRefused: it is empty, too large, or of a kind that nothing reads."""
    _check(path)
    new, now = store.environment.new_id(), store.environment.now()
    row = {
        "id": new, "office_user": user, "name": called(name), "entity": "",
        "size": path.stat().st_size, "brought": now, "left": now,
    }  # fmt: skip
    with writing(store.engine) as connection:
        connection.execute(sa.insert(table).values(**row))
    with path.open("rb") as file:
        number = 0
        while body := file.read(PIECE):
            with writing(store.engine) as connection:  # nobody waits for all of it
                connection.execute(sa.insert(piece).values(file=new, number=number, body=body))
            number += 1
    with writing(store.engine) as connection:
        connection.execute(sa.update(table).where(_f.id == new).values(left=None))
    _make_room(store, user)
    return new


def _check(path: Path) -> None:
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(4)
    if not size:
        raise FileRefused("file.unreadable", "The file is empty.")
    if size > MAX_BYTES:
        raise FileRefused("file.too_large", f"A file has at most {MAX_BYTES // 2**20} MiB.")
    if head == OLD_WORKBOOK:
        raise FileRefused("file.old_workbook", "An old workbook (.xls): save it as .xlsx.")


def called(name: str) -> str:
    """A file's name without folders and signs that nobody can read."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[-MAX_NAME:].strip() or "file"


def _make_room(store: Store, user: bytes) -> None:
    newest = sa.select(_f.id).where(_f.office_user == user, _f.left.is_(None))
    newest = newest.order_by(_f.brought.desc(), _f.id.desc()).offset(MAX_OF_USER)
    with reading(store.engine) as connection:
        beyond = connection.scalars(newest).all()
    for file in beyond:
        put_away(store, file)


def find(store: Store, file: bytes) -> Brought | None:
    """One, by its id; None also while it arrives."""
    with reading(store.engine) as connection:
        row = connection.execute(sa.select(table).where(_f.id == file)).first()
    return None if row is None else _brought(row)


def newest(store: Store, limit: int, user: bytes | None = None) -> list[Brought]:
    """Those that were brought last, by the user or by anybody."""
    wanted = sa.select(table).order_by(_f.brought.desc(), _f.id.desc()).limit(limit)
    if user is not None:
        wanted = wanted.where(_f.office_user == user)
    with reading(store.engine) as connection:
        return [_brought(row) for row in connection.execute(wanted)]


def choose(store: Store, file: bytes, entity: str) -> None:
    """Say what its rows are."""
    with writing(store.engine) as connection:
        connection.execute(sa.update(table).where(_f.id == file).values(entity=entity))


@contextmanager
def contents(store: Store, file: bytes) -> Iterator[Path]:
    """The file in a folder of its own, its ending by what it holds; FileRefused: it went."""
    with tempfile.TemporaryDirectory(prefix="import-") as folder:
        path, size = Path(folder) / "file", 0
        with path.open("wb") as out:
            for number in range(MAX_BYTES // PIECE + 1):
                body = _piece(store, file, number)
                if body is None:
                    break
                out.write(body)
                size += len(body)
        found = find(store, file)
        if found is None or found.left is not None or size != found.size:
            raise FileRefused("file.left", "The file is no longer kept: bring it again.")
        with path.open("rb") as begun:
            ending = ".xlsx" if begun.read(4) == WORKBOOK else ".csv"
        yield path.rename(path.with_suffix(ending))


def _piece(store: Store, file: bytes, number: int) -> bytes | None:
    with reading(store.engine) as connection:
        wanted = sa.select(_p.body).where(_p.file == file, _p.number == number)
        return connection.scalar(wanted)


def put_away(store: Store, file: bytes) -> None:
    """Drop the file itself; harmless when it went."""
    with writing(store.engine) as connection:
        gone = sa.update(table).where(_f.id == file, _f.left.is_(None))
        connection.execute(gone.values(left=store.environment.now()))
        connection.execute(sa.delete(piece).where(_p.file == file))


def drop_old(store: Store) -> None:
    """Drop files that are kept no longer, what never arrived whole, and old records."""
    now = store.environment.now()
    late = sa.and_(_f.left.is_(None), _f.brought < now - KEPT)
    never = sa.select(_p.file).join(table, _f.id == _p.file).where(_f.left < now - ARRIVING)
    forgotten = _f.brought < now - errands.KEPT
    with reading(store.engine) as connection:
        going = connection.scalars(sa.select(_f.id).where(late).limit(DROPPED)).all()
        broken = connection.scalars(never.distinct().limit(DROPPED)).all()
        old = connection.scalars(sa.select(_f.id).where(forgotten).limit(DROPPED)).all()
    for file in (*going, *broken, *old):
        put_away(store, file)
    if old:
        with writing(store.engine) as connection:
            connection.execute(sa.delete(table).where(_f.id.in_(old)))


def _brought(row: Any) -> Brought:  # noqa: ANN401
    return Brought(
        row.id, row.office_user, row.name, row.entity, row.size, row.brought, row.left
    )  # fmt: skip

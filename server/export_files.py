"""Files that exports made as errands, kept in the database: any process can give them out.

A file goes after KEPT, or when newer ones take its place; its errand stays on record.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import sqlalchemy as sa

from server.problem import Problem
from syncengine.store.database import reading, writing
from syncengine.store.errand_table import errand as errand_table
from syncengine.store.errands import Errand, State
from syncengine.store.export_table import export_piece as piece
from syncengine.store.store import Store

MAX_BYTES = 128 * 2**20  # of a file
PIECE = 2**20  # bytes kept in one row
MAX_OF_USER = 5  # files that are kept; the oldest goes for a new one
MAX_FILES = 50  # of everybody, in the same way
KEPT = 3 * 24 * 3600 * 1_000_000  # microseconds from the end on
DROPPED = 100  # in one go

_p, _e = piece.c, errand_table.c
_HAS_FILE = sa.exists().where(_p.errand == _e.id)


class Made(msgspec.Struct, frozen=True, array_like=True):
    """What an export brought. read: when its rows were as the file has them."""

    file: bytes
    size: int
    rows: int
    read: int


def keep(store: Store, errand: Errand, path: Path, step: Callable[[int], None]) -> bytes:
    """Keep what an errand made, in place of what a try before it left; the file's id. step is told
    of every piece. Problem: it is too large.
    """
    if path.stat().st_size > MAX_BYTES:
        limit = f"The file would have more than {MAX_BYTES // 2**20} MiB: filter for less."
        raise Problem("export.too_large", limit)
    put_away(store, errand.id)
    _make_room(store, errand.user)
    new, number = store.environment.new_id(), 0
    with path.open("rb") as file:
        while body := file.read(PIECE):
            row = {"errand": errand.id, "file": new, "number": number, "body": body}
            with writing(store.engine) as connection:  # nobody waits for all of it
                connection.execute(sa.insert(piece).values(**row))
            number += 1
            step(1)
    return new


def _make_room(store: Store, user: bytes) -> None:
    done = sa.select(_e.id).where(_HAS_FILE, _e.state == State.DONE)
    done = done.order_by(_e.ended.desc(), _e.id.desc())
    with reading(store.engine) as connection:
        own = connection.scalars(done.where(_e.office_user == user).offset(MAX_OF_USER - 1)).all()
        others = connection.scalars(done.offset(MAX_FILES - 1)).all()
    for errand in {*own, *others}:
        put_away(store, errand)


def kept_of(store: Store, errands: Sequence[bytes]) -> set[bytes]:
    """Those of the errands of which there is a file, or a part of one."""
    here = sa.select(_e.id).where(_e.id.in_(errands), _HAS_FILE)
    with reading(store.engine) as connection:
        return set(connection.scalars(here))


def fetch(store: Store, errand: bytes, made: Made) -> Path | None:
    """The file in a place of its own, for the caller to remove; None: it went."""
    with tempfile.NamedTemporaryFile(prefix="export-", delete=False) as out:
        path = Path(out.name)
        try:
            for number in range(-(-made.size // PIECE)):
                out.write(_piece(store, errand, made.file, number))
        except BaseException:
            path.unlink()
            raise
    if path.stat().st_size == made.size:
        return path
    path.unlink()
    return None


def _piece(store: Store, errand: bytes, file: bytes, number: int) -> bytes:
    here = sa.select(_p.body).where(_p.errand == errand, _p.file == file, _p.number == number)
    with reading(store.engine) as connection:
        return connection.scalar(here) or b""


def put_away(store: Store, errand: bytes) -> None:
    """Drop what an errand made; harmless when it went."""
    with writing(store.engine) as connection:
        connection.execute(sa.delete(piece).where(_p.errand == errand))


def drop_old(store: Store) -> None:
    """Drop files that are kept no longer, and what is left of errands that came to nothing."""
    late = _e.ended < store.environment.now() - KEPT
    over = sa.or_(_e.id.is_(None), _e.state == State.FAILED, late)
    joined = sa.outerjoin(piece, errand_table, _e.id == _p.errand)
    going = sa.select(_p.errand).distinct().select_from(joined).where(over).limit(DROPPED)
    with reading(store.engine) as connection:
        ids = connection.scalars(going).all()
    for errand in ids:
        put_away(store, errand)

"""The feed: a bucket's records beyond a cursor, in (version, entity, row) order, in bounded
pieces.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
import sqlalchemy as sa

from syncengine.protocol.messages import Cursor, Section
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.working import batches

END_TAG = 0xFFFF  # above every entity's tag: the cursor of a bucket read to its end
FETCH = 500
RECORD_BYTES = 16  # counted for each record beside its payload

_m, _r = t.membership.c, t.record.c
_BEYOND = (
    sa.select(_m.changed, _m.tag, _m.row_id, _m.gone, _m.since, _r.version, _r.holders, _r.payload)
    .select_from(
        t.membership.outerjoin(t.record, sa.and_(_r.tag == _m.tag, _r.row_id == _m.row_id))
    )
    .where(
        _m.bucket == sa.bindparam("bucket"),
        sa.tuple_(_m.changed, _m.tag, _m.row_id)
        > sa.tuple_(sa.bindparam("version"), sa.bindparam("tag"), sa.bindparam("row")),
    )
    .order_by(_m.changed, _m.tag, _m.row_id)
    .limit(sa.bindparam("most"))
)


@dataclass
class Piece:
    """Records of one bucket and entity, collected for a section."""

    rows: list[bytes] = field(default_factory=list)
    shared: list[tuple[bytes, int, bytes]] = field(
        default_factory=list
    )  # held through several buckets
    left: list[bytes] = field(default_factory=list)


@dataclass
class Read:
    """What one reading of a bucket gave. `cursor` is None when the bucket was read to its end."""

    pieces: dict[int, Piece]
    records: int
    size: int
    cursor: Cursor | None


def read_bucket(
    connection: sa.Connection, cursor: Cursor, most: int, most_bytes: int, begun: int = 0
) -> Read:
    """At most `most` records beyond `cursor`, and none behind the one that reaches `most_bytes`.

    Left records go only to who may hold the row: not when it came after the cursor's version, nor
    when it left before the reading began. begun: that version, where the bucket is read from the
    start; 0 when nobody knows, or the device has it already.
    """
    wanted = {
        "bucket": cursor.bucket,
        "version": cursor.version,
        "tag": cursor.tag,
        "row": cursor.row,
        "most": most,
    }
    read = Read({}, 0, 0, None)
    result = connection.execute(_BEYOND, wanted)
    last = (cursor.version, cursor.tag, cursor.row)
    tag, piece = -1, Piece()
    while records := result.fetchmany(FETCH):
        for changed, row_tag, row_id, gone, since, version, holders, payload in records:
            if row_tag != tag:
                tag, piece = row_tag, read.pieces.setdefault(row_tag, Piece())
            if gone:
                if since <= cursor.version and changed > begun:
                    piece.left.append(row_id)
            elif holders > 1:
                piece.shared.append((row_id, version, payload))
            else:
                piece.rows.append(payload)
            last = (changed, row_tag, row_id)
            read.records += 1
            read.size += len(payload or b"") + RECORD_BYTES
            if read.size >= most_bytes:
                break
        if read.size >= most_bytes:
            break
    result.close()
    if read.records >= most or read.size >= most_bytes:
        read.cursor = Cursor(cursor.bucket, *last)
    return read


def unchanged(connection: sa.Connection, cursors: Iterable[Cursor]) -> set[int]:
    """The buckets that were read to their end and have nothing beyond it: found together, so that a
    seat with a thousand buckets does not read each.
    """
    by_version: dict[int, list[int]] = {}
    for cursor in cursors:
        if cursor.tag == END_TAG:
            by_version.setdefault(cursor.version, []).append(cursor.bucket)
    found: set[int] = set()
    b = t.bucket.c
    for version, buckets in by_version.items():
        beyond = sa.exists().where(_m.bucket == b.id, _m.changed > version)
        for some in batches(buckets, KEYS_PER_STATEMENT):
            found |= set(connection.scalars(sa.select(b.id).where(b.id.in_(some), ~beyond)))
    return found


def settled_elsewhere(
    connection: sa.Connection,
    tag: int,
    shared: list[tuple[bytes, int, bytes]],
    cursors: dict[int, int],
) -> set[bytes]:
    """Those of the `shared` rows that the device has through another bucket already.

    cursors: bucket -> version up to which the device has it, of the other granted buckets. A row is
    omitted only when its version is at or below the cursor of a bucket that holds it.
    """
    if not cursors:
        return set()
    versions = {row_id: version for row_id, version, _ in shared}
    found: set[bytes] = set()
    for some in batches(list(versions), KEYS_PER_STATEMENT):
        rows = connection.execute(
            sa.select(_m.row_id, _m.bucket, _m.changed).where(
                _m.tag == tag, _m.row_id.in_(some), _m.bucket.in_(list(cursors)), _m.gone.is_(False)
            )
        )
        found |= {row_id for row_id, bucket, changed in rows if changed <= cursors[bucket]}
    return found


def section(bucket: int, tag: int, piece: Piece, elsewhere: set[bytes]) -> Section:
    """A section of the wire: payload bytes are joined, no row is decoded."""
    rows = piece.rows + [payload for row_id, _, payload in piece.shared if row_id not in elsewhere]
    also = [(row_id, version) for row_id, version, _ in piece.shared if row_id in elsewhere]
    return Section(
        bucket, tag, msgspec.Raw(_array_header(len(rows)) + b"".join(rows)), also, piece.left
    )


def _array_header(length: int) -> bytes:
    """MessagePack's header of an array: the rows behind it are encoded already."""
    return b"\xdd" + length.to_bytes(4, "big")

"""Every way in which one derived value may be wrong, to be planted at random."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.clock import read

r, m, b = t.record.c, t.membership.c, t.bucket.c
Damage = Callable[[sa.Connection, Callable[[int], int]], None]


def _pick(
    connection: sa.Connection, table: sa.Table, draw: Callable[[int], int], *where: Any
) -> tuple[sa.Row[Any], sa.ColumnElement[bool]]:
    """One record at random, and how to name it."""
    keys = list(table.primary_key)
    rows = connection.execute(sa.select(table).where(*where).order_by(*keys)).all()
    row = rows[draw(len(rows))]
    return row, sa.and_(*(key == getattr(row, key.name) for key in keys))


def _nobody(connection: sa.Connection) -> bytes:
    """An id that no row has, another one after each healing."""
    return read(connection).version.to_bytes(16, "big")


def payload_byte(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, at = _pick(connection, t.record, draw)
    place = draw(len(row.payload))
    byte = row.payload[place] ^ (1 + draw(255))
    payload = row.payload[:place] + bytes([byte]) + row.payload[place + 1 :]
    connection.execute(sa.update(t.record).where(at).values(payload=payload))


def payload_cut(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, at = _pick(connection, t.record, draw)
    cut = row.payload[: draw(len(row.payload))]
    connection.execute(sa.update(t.record).where(at).values(payload=cut))


def record_version(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.record, draw)
    connection.execute(sa.update(t.record).where(at).values(version=r.version + 1 + draw(5)))


def record_holders(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.record, draw)
    connection.execute(sa.update(t.record).where(at).values(holders=r.holders + 1 + draw(5)))


def record_lost(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.record, draw)
    connection.execute(sa.delete(t.record).where(at))


def record_of_no_row(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, _ = _pick(connection, t.record, draw)
    stray = {**row._mapping, "row_id": _nobody(connection)}
    connection.execute(sa.insert(t.record).values(stray))


def membership_lost(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.membership, draw, m.gone.is_(False))
    connection.execute(sa.delete(t.membership).where(at))


def membership_turned(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, at = _pick(connection, t.membership, draw)
    connection.execute(sa.update(t.membership).where(at).values(gone=not row.gone))


def membership_moved(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    """Into the bucket of somebody else, or into one that is not there."""
    row, at = _pick(connection, t.membership, draw, m.gone.is_(False))
    taken = set(connection.scalars(sa.select(m.bucket).where(m.row_id == row.row_id)))
    last = connection.scalar(sa.select(sa.func.max(b.id))) or 0
    free = sorted(set(range(1, last + 3)) - taken)
    connection.execute(sa.update(t.membership).where(at).values(bucket=free[draw(len(free))]))


def membership_of_no_row(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, _ = _pick(connection, t.membership, draw, m.gone.is_(False))
    stray = {**row._mapping, "row_id": _nobody(connection)}
    connection.execute(sa.insert(t.membership).values(stray))


def feed_behind(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, at = _pick(connection, t.membership, draw, m.gone.is_(False))
    version = connection.scalar(
        sa.select(r.version).where(r.tag == row.tag, r.row_id == row.row_id)
    )
    assert version is not None
    behind = draw(version)
    connection.execute(
        sa.update(t.membership).where(at).values(changed=behind, since=min(row.since, behind))
    )


def feed_ahead(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.membership, draw)
    ahead = read(connection).version + 1 + draw(9)
    connection.execute(sa.update(t.membership).where(at).values(changed=ahead))


def since_after_changed(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.membership, draw)
    connection.execute(sa.update(t.membership).where(at).values(since=m.changed + 1 + draw(9)))


def bucket_count(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.bucket, draw)
    connection.execute(sa.update(t.bucket).where(at).values(count=b.count + 1 + draw(9)))


def bucket_sum(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    row, at = _pick(connection, t.bucket, draw)
    connection.execute(sa.update(t.bucket).where(at).values(sum=row.sum ^ (1 << draw(63))))


def bucket_kind(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.bucket, draw)
    connection.execute(sa.update(t.bucket).where(at).values(kind="busyness"))


def bucket_key(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.bucket, draw, b.count > 0)
    connection.execute(sa.update(t.bucket).where(at).values(key=_nobody(connection)))


def bucket_lost(connection: sa.Connection, draw: Callable[[int], int]) -> None:
    _, at = _pick(connection, t.bucket, draw, b.count > 0)
    connection.execute(sa.delete(t.bucket).where(at))


ALL: list[Damage] = [
    payload_byte, payload_cut, record_version, record_holders, record_lost, record_of_no_row,
    membership_lost, membership_turned, membership_moved, membership_of_no_row, feed_behind,
    feed_ahead, since_after_changed, bucket_count, bucket_sum, bucket_kind, bucket_key, bucket_lost,
]  # fmt: skip

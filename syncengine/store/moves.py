"""Where touched rows were and where they end up: memberships and bucket sums, written once a
commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from syncengine.model.checksum import MODULUS, row_hash
from syncengine.model.terms import BucketName
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, upsert
from syncengine.store.grants import bucket_ids
from syncengine.store.working import Key, RowState, batches


@dataclass(frozen=True)
class Move:
    """A touched row: as it was, as it is, and the version at which the feed tells of it."""

    before: RowState
    after: RowState
    version: int


def net(settled: Iterable[dict[Key, Move]]) -> dict[Key, Move]:
    """Several settlings of one commit taken together: from where each row was to where it is."""
    found: dict[Key, Move] = {}
    for moves in settled:
        for key, move in moves.items():
            known = found.get(key)
            found[key] = replace(move, before=known.before) if known else move
    return found


@dataclass
class _Sum:
    count: int = 0
    sum: int = 0


@dataclass
class Moves:
    """The touched rows. Memberships and sums are written from where each ends up, once: a row that
    leaves a bucket on the way and comes back has not left it.
    """

    connection: sa.Connection
    rows: dict[Key, Move] = field(default_factory=dict)

    def add(self, key: Key, before: RowState, after: RowState, version: int) -> None:
        """Note a row's way from `before` to `after`, as of `version` for the feed."""
        known = self.rows.get(key)
        self.rows[key] = Move(known.before if known else before, after, version)

    def store(self) -> None:
        """Write memberships and sums."""
        sums: dict[BucketName, _Sum] = {}
        for key, move in self.rows.items():
            _count(sums, key, move.before, -1)
            _count(sums, key, move.after, 1)
        ids = _make_buckets(self.connection, sums)
        rows = [row for key, move in self.rows.items() for row in _memberships(ids, key, move)]
        # Kept when the row comes back, too: who had it the first time has to learn that it
        # left the second time.
        upsert(self.connection, t.membership, rows, keep=("since",))
        _store_sums(self.connection, {ids[name]: s for name, s in sums.items()})


def _count(sums: dict[BucketName, _Sum], key: Key, state: RowState, sign: int) -> None:
    if not state.buckets:
        return
    hashed = row_hash(*key, state.version)
    for name in state.buckets:
        total = sums.setdefault(name, _Sum())
        total.count += sign
        total.sum += sign * hashed


def _memberships(ids: dict[BucketName, int], key: Key, move: Move) -> Iterator[dict[str, Any]]:
    """The records of the buckets that the row entered or left; of all when its version is new."""
    before, after = move.before.buckets, move.after.buckets
    told = before ^ after if move.after.version == move.before.version else before | after
    tag, row_id = key
    for name in told:
        yield {
            "bucket": ids[name],
            "tag": tag,
            "row_id": row_id,
            "since": move.version,
            "changed": move.version,
            "gone": name not in after,
        }


def _make_buckets(connection: sa.Connection, names: Iterable[BucketName]) -> dict[BucketName, int]:
    """The buckets' ids; those that do not exist yet are created, empty."""
    wanted = set(names)
    ids = _bucket_ids(connection, wanted)
    missing = sorted(wanted - ids.keys())
    if missing:
        last = connection.scalar(sa.select(sa.func.coalesce(sa.func.max(t.bucket.c.id), 0))) or 0
        connection.execute(
            sa.insert(t.bucket),
            [
                {"id": last + n, "kind": str(name.kind), "key": name.key, "part": name.part,
                 "count": 0, "sum": 0, "horizon": 0}
                for n, name in enumerate(missing, 1)
            ],
        )  # fmt: skip
        ids |= {name: last + n for n, name in enumerate(missing, 1)}
    return ids


def _bucket_ids(connection: sa.Connection, names: Iterable[BucketName]) -> dict[BucketName, int]:
    found: dict[BucketName, int] = {}
    for some in batches(sorted(names), KEYS_PER_STATEMENT):
        found |= bucket_ids(connection, some)
    return found


def _store_sums(connection: sa.Connection, sums: dict[int, _Sum]) -> None:
    """Add to the buckets' counts and sums; read first, since no database adds modulo 2**63 for
    us.
    """
    changed = {number: s for number, s in sums.items() if s.count or s.sum}
    b = t.bucket.c
    updates = []
    for some in batches(sorted(changed), KEYS_PER_STATEMENT):
        for number, count, total in connection.execute(
            sa.select(b.id, b.count, b.sum).where(b.id.in_(some))
        ):
            change = changed[number]
            updates.append(
                {"k": number, "count": count + change.count, "sum": (total + change.sum) % MODULUS}
            )
    if updates:
        connection.execute(sa.update(t.bucket).where(b.id == sa.bindparam("k")), updates)

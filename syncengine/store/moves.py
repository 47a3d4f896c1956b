"""Where touched rows were and where they end up: memberships and bucket sums, written once a
commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from syncengine.model.checksum import MODULUS, row_hash
from syncengine.model.terms import BucketName
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, upsert, upsert_from
from syncengine.store.grants import bucket_ids
from syncengine.store.working import Buckets, Key, RowState, batches

MANY = 50  # buckets that change alike, from which on they share a statement

_b = t.bucket.c
_plus, _top = (sa.bindparam(name, type_=sa.BigInteger) for name in ("plus", "top"))
# Modulo 2**63, beyond which no database counts: above `top`, adding `plus` begins anew at 0.
_ADD = sa.update(t.bucket).values(
    count=_b.count + sa.bindparam("more", type_=sa.BigInteger),
    sum=sa.case((_b.sum > _top, _b.sum - _top - 1), else_=_b.sum + _plus),
)


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
    leaves a bucket on the way and comes back has not left it. bucket_ids: of buckets that are
    known; others are looked up, or created.
    """

    connection: sa.Connection
    bucket_ids: Mapping[BucketName, int] = field(default_factory=dict)
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
        known = {name: self.bucket_ids[name] for name in sums if name in self.bucket_ids}
        ids = known | _make_buckets(self.connection, sums.keys() - known.keys())
        self._tell(ids)
        _add_sums(self.connection, {ids[name]: s for name, s in sums.items()})

    def _tell(self, ids: dict[BucketName, int]) -> None:
        """Write memberships; of a row in many buckets a thousand a statement."""
        # Kept when the row comes back, too: who had it the first time has to learn that it
        # left the second time.
        keep = ("since",)
        few: list[dict[str, Any]] = []
        for (tag, row_id), move in self.rows.items():
            for gone, names in _told(move):
                membership = {
                    "tag": tag,
                    "row_id": row_id,
                    "since": move.version,
                    "changed": move.version,
                    "gone": gone,
                }
                numbers = [ids[name] for name in names]
                if len(numbers) < MANY:
                    few += [{"bucket": number, **membership} for number in numbers]
                    continue
                for some in batches(numbers, KEYS_PER_STATEMENT):
                    alike = [sa.literal(v, t.membership.c[c].type) for c, v in membership.items()]
                    each = sa.select(t.bucket.c.id, *alike).where(t.bucket.c.id.in_(some))
                    upsert_from(self.connection, t.membership, each, keep)
        upsert(self.connection, t.membership, few, keep)


def _told(move: Move) -> Iterator[tuple[bool, Buckets]]:
    """(gone, buckets) of the buckets that the row entered or left; of all when its version is
    new.
    """
    before, after = move.before.buckets, move.after.buckets
    told = before ^ after if move.after.version == move.before.version else before | after
    yield False, told & after
    yield True, told - after


def _count(sums: dict[BucketName, _Sum], key: Key, state: RowState, sign: int) -> None:
    if not state.buckets:
        return
    hashed = row_hash(*key, state.version)
    for name in state.buckets:
        total = sums.setdefault(name, _Sum())
        total.count += sign
        total.sum += sign * hashed


def _make_buckets(connection: sa.Connection, wanted: Set[BucketName]) -> dict[BucketName, int]:
    """The buckets' ids; those that do not exist yet are created, empty."""
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


def _add_sums(connection: sa.Connection, sums: dict[int, _Sum]) -> None:
    """Add to the buckets' counts and sums: at once where many change alike."""
    alike: dict[tuple[int, int], list[int]] = {}
    for number, total in sums.items():
        if total.count or total.sum:
            alike.setdefault((total.count, total.sum % MODULUS), []).append(number)
    single: list[dict[str, int]] = []
    for (count, plus), numbers in alike.items():
        change = {"more": count, "plus": plus, "top": MODULUS - 1 - plus}
        if len(numbers) < MANY:
            single += [{"number": number, **change} for number in numbers]
            continue
        for some in batches(numbers, KEYS_PER_STATEMENT):
            connection.execute(_ADD.where(_b.id.in_(some)), change)
    if single:
        connection.execute(_ADD.where(_b.id == sa.bindparam("number")), single)

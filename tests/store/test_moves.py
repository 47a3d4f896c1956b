"""Memberships and sums of moved rows, whether written one by one or a thousand a statement."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from syncengine.model.checksum import MODULUS, row_hash
from syncengine.model.terms import BucketKind, BucketName
from syncengine.store import moves as subject
from syncengine.store import tables as t
from syncengine.store.database import open_engine, writing
from syncengine.store.moves import Moves
from syncengine.store.working import ABSENT, Buckets, Key, RowState

NAMES = [BucketName(BucketKind.PERSONAL, number.to_bytes(16)) for number in range(6)]
KEYS: list[Key] = [(tag, number.to_bytes(16)) for tag in (1, 2) for number in range(2)]
# What a commit does to some rows: rewritten or only moved, and where they are then.
COMMITS = st.lists(
    st.dictionaries(
        st.sampled_from(KEYS),
        st.tuples(st.booleans(), st.frozensets(st.sampled_from(NAMES))),
        min_size=1,
    ),
    max_size=6,
)
Commit = dict[Key, tuple[bool, Buckets]]
Membership = tuple[int, int, bool]  # since, changed, gone


@contextmanager
def _scratch() -> Iterator[sa.Connection]:
    engine = open_engine("sqlite://")
    with writing(engine) as connection:
        for table in (t.bucket, t.membership):
            table.create(connection)
        yield connection
    engine.dispose()


@given(commits=COMMITS, many=st.sampled_from([1, 2, 1_000]))
def test_what_is_stored_is_what_one_by_one_would_come_to(commits: list[Commit], many: int) -> None:
    """Invariants 5 and 23: each record has its last change, and what left says so."""
    rows: dict[Key, RowState] = {}
    told: dict[tuple[BucketName, Key], Membership] = {}
    with pytest.MonkeyPatch.context() as patch, _scratch() as connection:
        patch.setattr(subject, "MANY", many)
        for version, commit in enumerate(commits, 1):
            moves = Moves(connection)
            for key, (rewritten, buckets) in commit.items():
                before = rows.get(key, ABSENT)
                own = version if rewritten or before is ABSENT else before.version
                rows[key] = RowState(own, (), buckets)
                moves.add(key, before, rows[key], version)
                for name in NAMES:
                    was, now = name in before.buckets, name in buckets
                    if was != now or (now and own == version):
                        since = told.get((name, key), (version, 0, False))[0]
                        told[name, key] = since, version, not now
            moves.store()
        assert _memberships(connection) == told
        assert _sums(connection) == _expected(rows, {name for name, _ in told})


def _memberships(connection: sa.Connection) -> dict[tuple[BucketName, Key], Membership]:
    m, b = t.membership.c, t.bucket.c
    found = sa.select(b.kind, b.key, m.tag, m.row_id, m.since, m.changed, m.gone)
    return {
        (BucketName(BucketKind(kind), bucket), (tag, row_id)): (since, changed, gone)
        for kind, bucket, tag, row_id, since, changed, gone in connection.execute(
            found.join(t.bucket, b.id == m.bucket)
        )
    }


def _sums(connection: sa.Connection) -> dict[BucketName, tuple[int, int]]:
    """Of the buckets that have or had a row."""
    b = t.bucket.c
    found = connection.execute(sa.select(b.kind, b.key, b.count, b.sum))
    return {BucketName(BucketKind(kind), key): (count, total) for kind, key, count, total in found}


def _expected(
    rows: dict[Key, RowState], known: set[BucketName]
) -> dict[BucketName, tuple[int, int]]:
    found = dict.fromkeys(known, (0, 0))
    for key, state in rows.items():
        for name in state.buckets:
            count, total = found[name]
            found[name] = count + 1, (total + row_hash(*key, state.version)) % MODULUS
    return found

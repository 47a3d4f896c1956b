"""Purge receipts: for a revocation, which devices had the rows, and how far each has come.

A revocation is one changeset (a reassignment, a substitution switched off, any change by which rows
left buckets or people lost grants), or all that took one row off devices. For each store:

- *confirmed*: it has shown a checkpoint at or beyond the revocation: the rows are gone from it;
- *told*: a whole answer at or beyond it was handed to the network, and no request has shown it yet;
- *not told*: neither. A locked or lost device stays there, and so does one that was replaced.

The rest of what stands is in `evidence`: what is sure, what is possible, and what cannot be known.
Everything counts as of now: a row that came back, or that a person may hold for another reason, was
not taken away; and of a row that left a bucket several times, only the last leaving is on record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from syncengine.model.ids import to_text
from syncengine.model.terms import BucketName
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.evidence import Answer, Evidence, Progress, State, bucket_set
from syncengine.store.grants import bucket_ids, grants_of
from syncengine.store.history import iso, numbers
from syncengine.store.past import OutOfReach, moment
from syncengine.store.store import Store
from syncengine.store.taken import taken_by
from syncengine.store.working import Key, batches


@dataclass(frozen=True)
class Receipt:
    """One store's. seat_state: active, locked or fenced; a fenced one's proof is one copy's only.

    certain: a checkpoint that the store has shown contained some of it. version: of the revocation;
    None where a grant of unknown version took a single row. rows: how many left its buckets;
    buckets: whose rows went as a whole. Times in microseconds.
    """

    device: str
    employee: str | None
    name: str
    seat_state: str
    state: State
    certain: bool
    version: int | None
    rows: int
    buckets: tuple[str, ...]
    told_at: int | None
    confirmed_at: int | None

    def as_data(self) -> dict[str, Any]:
        """For --json; times as ISO 8601."""
        times = {"told_at": self.told_at, "confirmed_at": self.confirmed_at}
        readable = {name: None if at is None else iso(at) for name, at in times.items()}
        return {**vars(self), "state": str(self.state), **readable}


def receipts_of_version(store: Store, version: int) -> list[Receipt]:
    """Of everything that one changeset took away; empty when that is nothing. OutOfReach: what it
    did is not on record, or no more.
    """
    with reading(store.engine) as connection:
        moment(connection, version, store.environment.now())
        if version == clocks.read(connection).begins:
            raise OutOfReach("The history begins with that version, and not with the one before.")
        return _Office(store, connection).of_version(version)


def receipts_of_row(store: Store, tag: int, row_id: bytes) -> list[Receipt]:
    """Of every store that had the row and may hold it no longer, for its last reason to lose it."""
    with reading(store.engine) as connection:
        return _Office(store, connection).of_row(tag, row_id)


@dataclass(frozen=True)
class _Line:
    """A store with its seat."""

    seat: bytes
    person: bytes
    name: str
    state: str
    evidence: Evidence


@dataclass
class _Taken:
    """What a changeset took: rows by the bucket they left, with `since`, and buckets by person."""

    left: dict[int, list[tuple[Key, int]]]
    elsewhere: dict[Key, set[int]]  # where those rows are now
    lost: dict[bytes, dict[int, BucketName]]


class _Office:
    def __init__(self, store: Store, connection: sa.Connection) -> None:
        self._store = store
        self._connection = connection
        self._lines = _lines(connection)
        self._granted: dict[bytes, frozenset[int]] = {}
        self._numbers = numbers(connection, store, {line.person for line in self._lines})

    def of_version(self, version: int) -> list[Receipt]:
        taken = self._taken(version)
        found = [self._from_version(line, version, taken) for line in self._lines]
        return [receipt for receipt in found if receipt is not None]

    def of_row(self, tag: int, row_id: bytes) -> list[Receipt]:
        m = t.membership.c
        memberships = self._connection.execute(
            sa.select(m.bucket, m.since, m.changed, m.gone).where(m.tag == tag, m.row_id == row_id)
        ).all()
        found = [self._from_row(line, memberships) for line in self._lines]
        return [receipt for receipt in found if receipt is not None]

    def _from_row(self, line: _Line, memberships: Sequence[Any]) -> Receipt | None:
        found: dict[int, Progress] = {}
        exact: set[int] = set()
        certain = False
        for m in memberships:
            end = m.changed if m.gone else None
            for run in line.evidence.runs(m.bucket):
                lost = run.lost(m.since, end)
                progress = None if lost is None else line.evidence.progress(lost)
                if lost is not None and progress is not None:
                    found[lost] = progress
                    certain |= run.surely(m.since, end)
                    exact |= {lost} if lost == end else set()
        # What somebody may hold is asked last: of the few who had the row, not of everybody.
        if not found or self._may_hold(line, memberships):
            return None
        last = max(found)
        return self._receipt(line, found[last], certain, last if last in exact else None, 1, ())

    def _may_hold(self, line: _Line, memberships: Sequence[Any]) -> bool:
        granted = self._granted_to(line.person)
        return any(not m.gone and m.bucket in granted for m in memberships)

    def _from_version(self, line: _Line, version: int, taken: _Taken) -> Receipt | None:
        granted = self._granted_to(line.person) if taken.left or taken.lost else frozenset()
        rows: set[Key] = set()
        certain = False
        for bucket, left in taken.left.items():
            run = line.evidence.before(bucket, version)
            if run is None:
                continue
            for key, since in left:
                if granted.isdisjoint(taken.elsewhere.get(key, ())):
                    rows.add(key)
                    certain |= run.surely(since, version)
        names: list[str] = []
        for bucket, name in taken.lost.get(line.person, {}).items():
            run = line.evidence.before(bucket, version)
            if run is not None and bucket not in granted:
                names.append(self._bucket(name))
                certain |= run.surely(0, version)
        progress = line.evidence.progress(version) if rows or names else None
        if progress is None:
            return None
        said = tuple(sorted(set(names)))  # once, in however many parts
        return self._receipt(line, progress, certain, version, len(rows), said)

    def _receipt(
        self,
        line: _Line,
        progress: Progress,
        certain: bool,
        version: int | None,
        rows: int,
        buckets: tuple[str, ...],
    ) -> Receipt:
        return Receipt(
            to_text(line.seat), self._numbers.get(line.person), line.name, line.state,
            progress.state, certain, version, rows, buckets, progress.told_at,
            progress.confirmed_at,
        )  # fmt: skip

    def _granted_to(self, person: bytes) -> frozenset[int]:
        if person not in self._granted:
            store = self._store
            now = store.environment.now()
            grants = grants_of(self._connection, store.schema, store.tables, person, now)
            ids = bucket_ids(self._connection, {grant.bucket for grant in grants})
            self._granted[person] = frozenset(ids.values())
        return self._granted[person]

    def _taken(self, version: int) -> _Taken:
        m = t.membership.c
        buckets = sa.select(t.bucket.c.id)  # lets the feed's index find the version, by bucket
        left: dict[int, list[tuple[Key, int]]] = {}
        for bucket, tag, row_id, since in self._connection.execute(
            sa.select(m.bucket, m.tag, m.row_id, m.since).where(
                m.bucket.in_(buckets), m.changed == version, m.gone
            )
        ):
            left.setdefault(bucket, []).append(((tag, row_id), since))
        elsewhere = self._places({key for rows in left.values() for key, _ in rows})
        lost: dict[bytes, dict[int, BucketName]] = {}
        people = {line.person for line in self._lines}
        for person, names in taken_by(self._connection, self._store, version, people).items():
            ids = bucket_ids(self._connection, names)
            lost[person] = {number: name for name, number in ids.items()}
        return _Taken(left, elsewhere, lost)

    def _places(self, keys: set[Key]) -> dict[Key, set[int]]:
        m = t.membership.c
        places: dict[Key, set[int]] = {}
        for some in batches(sorted({row_id for _, row_id in keys}), KEYS_PER_STATEMENT):
            for tag, row_id, bucket in self._connection.execute(
                sa.select(m.tag, m.row_id, m.bucket).where(m.row_id.in_(some), ~m.gone)
            ):
                places.setdefault((tag, row_id), set()).add(bucket)
        return places

    def _bucket(self, name: BucketName) -> str:
        owner = numbers(self._connection, self._store, {name.key}).get(name.key)
        return f"{name.kind} rows of {owner}"


def _lines(connection: sa.Connection) -> list[_Line]:
    """Every store, in the order of enrolment."""
    s, i, d = t.seat.c, t.incarnation.c, t.told.c
    answers = {
        incarnation: [
            Answer(r.version, bucket_set(r.buckets), r.base, bucket_set(r.base_buckets),
                   r.told_at, r.proved_at)
            for r in records
        ]
        for incarnation, records in groupby(
            connection.execute(sa.select(t.told).order_by(d.incarnation, d.version)), itemgetter(0)
        )
    }  # fmt: skip
    stores = connection.execute(
        sa.select(s.id, s.person, s.device, s.state, i.id.label("line"),
                  i.state.label("line_state"), i.acked_version, i.acked_buckets)
        .join_from(t.seat, t.incarnation, i.seat == s.id)
        .order_by(s.enrolled, s.id)
    )  # fmt: skip
    return [
        _Line(
            r.id,
            r.person,
            r.device,
            r.line_state if r.state == "active" else r.state,
            Evidence(r.acked_version, bucket_set(r.acked_buckets), answers.get(r.line, [])),
        )
        for r in stores
    ]

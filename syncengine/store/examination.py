"""The doctor's look at rows: payload, holders and memberships of each, computed anew.

Nothing here is shared with the settling of a commit: the terms are applied to the typed tables,
batch by batch, and memory holds one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.ids import to_text
from syncengine.model.terms import BucketKind, BucketName
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.placed import Names, Placed, Values
from syncengine.store.store import Store
from syncengine.store.unsettled import Kind, causes, part_of
from syncengine.store.working import make_payload

BATCH = 500
MAX_FINDINGS = 1_000

Progress = Callable[[str, int], None]


@dataclass
class Findings:
    """What is wrong, as sentences, at most MAX_FINDINGS; the flags count them all."""

    sentences: list[str] = field(default_factory=list)
    repairable: bool = False  # something was found that can be computed anew
    history_broken: bool = False

    def add(self, sentence: str, *, repairable: bool = True) -> None:
        """Note one."""
        self.repairable |= repairable
        if len(self.sentences) < MAX_FINDINGS:
            self.sentences.append(sentence)


@dataclass(frozen=True)
class Record:
    """What a row's record should be."""

    tag: int
    row_id: bytes
    version: int
    holders: int
    payload: bytes


@dataclass(frozen=True)
class Membership:
    """A membership that should be there, or (`gone`) should not."""

    bucket: BucketName
    tag: int
    row_id: bytes
    gone: bool


@dataclass
class Repairs:
    """What one batch of an entity's rows needs. stale: rows whose memberships are behind them."""

    tag: int
    records: list[Record] = field(default_factory=list)
    memberships: list[Membership] = field(default_factory=list)
    stale: list[bytes] = field(default_factory=list)


class RowExamination:
    """Every row of every entity, in one transaction."""

    def __init__(
        self, store: Store, connection: sa.Connection, findings: Findings, progress: Progress
    ) -> None:
        self._store = store
        self._connection = connection
        self._findings = findings
        self._progress = progress
        self._names = bucket_names(connection)
        self._placed = Placed(store, connection)
        # What still has rows to move is no damage; these are left to it.
        self._waiting = causes(connection)
        rules = (cause.key for cause in self._waiting if cause.kind is Kind.RULE)
        self._moving = {BucketName(BucketKind.RULE, rule_id) for rule_id in rules}
        self._at = clocks.read(connection).at
        self._ending = any(cause.kind is Kind.WINDOW for cause in self._waiting)

    def batches(self) -> Iterator[Repairs]:
        """Examine batch by batch; whoever heals may write between two of them."""
        for tag, entity in self._store.schema.by_tag.items():
            for rows in self._rows(self._store.tables[entity.name]):
                yield self._examine(tag, entity, rows)
                self._progress(entity.name, len(rows))

    def _rows(self, table: sa.Table) -> Iterator[Sequence[sa.Row[Any]]]:
        last = b""
        statement = sa.select(table).order_by(table.c.id).limit(BATCH)
        while rows := self._connection.execute(statement.where(table.c.id > last)).all():
            yield rows
            last = rows[-1].id

    def _examine(self, tag: int, entity: Entity, rows: Sequence[sa.Row[Any]]) -> Repairs:
        repairs = Repairs(tag)
        values: dict[bytes, Values] = {row[0]: tuple(row[2:]) for row in rows}
        wanted = self._placed.buckets(entity, values, self._at)
        r = t.record.c
        records = {
            record.row_id: record
            for record in self._connection.execute(
                sa.select(t.record).where(r.tag == tag, r.row_id.in_(values))
            )
        }
        present = self._present(tag, values)
        if self._ending:  # some rows whose windows have ended are gone, others are not yet
            before = self._placed.buckets(entity, values, None)
            wanted |= {i: names for i, names in before.items() if names == set(present.get(i, ()))}
        if part_of(tag) in self._waiting:  # some rows are in the other part, others are not yet
            for row_id, names in wanted.items():
                there = frozenset(present.get(row_id, ()))
                if {name.whole for name in there} == {name.whole for name in names}:
                    wanted[row_id] = there
        for row in rows:
            row_id, version = row.id, row.version
            here = f"{entity.name} {to_text(row_id)}"
            found = present.get(row_id, {})
            wanted[row_id] = frozenset(
                [name for name in wanted[row_id] if name.whole not in self._moving]
                + [name for name in found if name.whole in self._moving]
            )
            good = Record(
                tag,
                row_id,
                version,
                len(wanted[row_id]),
                make_payload(row_id, version, values[row_id]),
            )
            if not _is_good(records.get(row_id), good, values[row_id]):
                self._findings.add(f"{here}: what is sent differs from the row")
                repairs.records.append(good)
            self._compare(here, repairs, row_id, wanted[row_id], found.keys())
            if any(changed < version for changed in found.values()):
                self._findings.add(f"{here}: a bucket's feed is behind the row")
                repairs.stale.append(row_id)
        return repairs

    def _present(self, tag: int, ids: Iterable[bytes]) -> dict[bytes, dict[BucketName, int]]:
        """Row id -> its present memberships, with the version at which the feed has each."""
        m = t.membership.c
        found: dict[bytes, dict[BucketName, int]] = {}
        for row_id, bucket, changed in self._connection.execute(
            sa.select(m.row_id, m.bucket, m.changed).where(
                m.tag == tag, m.row_id.in_(ids), m.gone.is_(False)
            )
        ):
            if bucket in self._names:  # those of unknown buckets are found by themselves
                found.setdefault(row_id, {})[self._names[bucket]] = changed
        return found

    def _compare(
        self, here: str, repairs: Repairs, row_id: bytes, wanted: Names, found: Iterable[BucketName]
    ) -> None:
        for name in sorted(wanted.difference(found)):
            self._findings.add(f"{here} is missing in {said(name)}")
            repairs.memberships.append(Membership(name, repairs.tag, row_id, gone=False))
        for name in sorted(set(found) - wanted):
            self._findings.add(f"{here} does not belong in {said(name)}")
            repairs.memberships.append(Membership(name, repairs.tag, row_id, gone=True))


def bucket_names(connection: sa.Connection) -> dict[int, BucketName]:
    """Bucket number -> name, of all that are of a known kind."""
    b = t.bucket.c
    kinds = [str(kind) for kind in BucketKind]
    rows = connection.execute(sa.select(b.id, b.kind, b.key, b.part).where(b.kind.in_(kinds)))
    return {number: BucketName(BucketKind(kind), key, part) for number, kind, key, part in rows}


def said(name: BucketName) -> str:
    """A bucket, for people."""
    return f"the {name.kind} bucket of {to_text(name.key)}, part {name.part}"


def _is_good(record: sa.Row[Any] | None, good: Record, values: Values) -> bool:
    """Whether a record is what it should be, to the byte.

    Bytes are compared, since 1 equals True once decoded. A payload from before the entity's newest
    fields is shorter, and right as long as these are empty.
    """
    if record is None or (record.version, record.holders) != (good.version, good.holders):
        return False
    count = len(values)
    payload = good.payload
    while payload != record.payload and count and values[count - 1] is None:
        count -= 1
        payload = make_payload(good.row_id, good.version, values[:count])
    return bool(payload == record.payload)

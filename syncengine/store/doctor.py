"""The doctor: recomputes what is kept up incrementally, from scratch, and compares.

It shares no code with the write path's settling: memberships are computed anew from the typed
tables.
Rows are looked at in batches; memory holds one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncengine.model.checksum import MODULUS, row_hash
from syncengine.model.entity import Entity
from syncengine.model.fields import Bool, Reference, Stored
from syncengine.model.ids import to_text
from syncengine.model.terms import (
    EVERYONE,
    BucketKind,
    BucketName,
    Everyone,
    Follows,
    OwnedBy,
    PersonalTo,
)
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.database import reading, writing
from syncengine.store.healing import Membership, Record, Repairs, heal_with
from syncengine.store.store import Store
from syncengine.store.working import make_payload, read_payload, target_tag

BATCH = 500
MAX_FINDINGS = 1_000


@dataclass
class DoctorReport:
    """findings: sentences, at most MAX_FINDINGS. healed: whether they were repaired."""

    findings: list[str] = field(default_factory=list)
    healed: bool = False

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong now."""
        return not self.findings or self.healed

    def as_data(self) -> dict[str, Any]:
        """For --json."""
        return {"ok": self.ok, "healed": self.healed, "findings": self.findings}


def doctor(
    store: Store, heal: bool = False, progress: Callable[[str, int], None] | None = None
) -> DoctorReport:
    """Examine a snapshot; with `heal`, repair derived data under the clock's lock.

    The history's chain and dangling references are reported and never repaired: what is right
    is not
    known.
    """
    with reading(store.engine) as connection:
        patient = _Patient(store, connection, progress)
        patient.examine()
    report = DoctorReport(patient.findings)
    if heal and patient.findings and not patient.beyond_repair:
        with writing(store.engine) as connection:
            clocks.lock(connection)
            again = _Patient(store, connection, progress)
            again.examine()
            heal_with(store, connection, again.repairs, again.computed_sums)
        report.healed = True
    return report


class _Patient:
    """One examination in one transaction."""

    def __init__(
        self,
        store: Store,
        connection: sa.Connection,
        progress: Callable[[str, int], None] | None,
    ) -> None:
        self._store = store
        self._connection = connection
        self._progress = progress or (lambda _what, _rows: None)
        self.findings: list[str] = []
        self.beyond_repair = False
        self.repairs = Repairs()
        self._names = {
            number: BucketName(BucketKind(kind), key)
            for number, kind, key in connection.execute(
                sa.select(t.bucket.c.id, t.bucket.c.kind, t.bucket.c.key)
            )
        }
        self._known: dict[tuple[int, bytes], frozenset[BucketName]] = {}

    def examine(self) -> None:
        """Everything."""
        for tag, entity in self._store.schema.by_tag.items():
            for rows in self._batches(self._store.tables[entity.name]):
                self._rows(tag, entity, rows)
                self._progress(entity.name, len(rows))
            self._known.clear()
        self._stray()
        self._sums()
        self._chain()
        self._references()

    def _find(self, sentence: str) -> None:
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(sentence)

    def _batches(self, table: sa.Table) -> Iterator[list[Any]]:
        last = b""
        while True:
            rows = self._connection.execute(
                sa.select(table).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
            ).all()
            if not rows:
                return
            yield list(rows)
            last = rows[-1].id

    def _rows(self, tag: int, entity: Entity, rows: list[Any]) -> None:
        """Payloads, memberships and holders of one batch against the typed rows."""
        ids = [row.id for row in rows]
        r, m = t.record.c, t.membership.c
        records = {
            record.row_id: record
            for record in self._connection.execute(
                sa.select(t.record).where(r.tag == tag, r.row_id.in_(ids))
            )
        }
        present: dict[bytes, set[BucketName]] = {}
        for row_id, bucket in self._connection.execute(
            sa.select(m.row_id, m.bucket).where(m.tag == tag, m.row_id.in_(ids), m.gone.is_(False))
        ):
            present.setdefault(row_id, set()).add(self._names[bucket])
        for row in rows:
            values = _values(entity, row)
            wanted = self._buckets_of(tag, entity, values)
            self._record(tag, entity, row, values, len(wanted), records.get(row.id))
            self._membership(tag, entity, row.id, wanted, present.get(row.id, set()))

    def _record(
        self,
        tag: int,
        entity: Entity,
        row: sa.Row[Any],
        values: tuple[Stored, ...],
        holders: int,
        record: sa.Row[Any] | None,
    ) -> None:
        good = (
            record is not None
            and record.version == row.version
            and record.holders == holders
            and read_payload(entity, record.payload) == values
        )
        if not good:
            self._find(f"{entity.name} {to_text(row.id)}: what is sent differs from the row")
            payload = make_payload(row.id, row.version, values)
            self.repairs.records.append(Record(tag, row.id, row.version, holders, payload))

    def _membership(
        self,
        tag: int,
        entity: Entity,
        row_id: bytes,
        wanted: frozenset[BucketName],
        found: set[BucketName],
    ) -> None:
        row = f"{entity.name} {to_text(row_id)}"
        for name in wanted - found:
            self._find(f"{row} is missing in {_said(name)}")
            self.repairs.memberships.append(Membership(name, tag, row_id, gone=False))
        for name in found - wanted:
            self._find(f"{row} does not belong in {_said(name)}")
            self.repairs.memberships.append(Membership(name, tag, row_id, gone=True))

    def _buckets_of(
        self, tag: int, entity: Entity, values: tuple[Stored, ...]
    ) -> frozenset[BucketName]:
        """The terms, naively; followed rows are read one by one and remembered for the entity."""
        names: set[BucketName] = set()
        for term in entity.terms:
            if isinstance(term, Everyone):
                names.add(EVERYONE)
                continue
            target = values[entity.position(term.field)]
            if not isinstance(target, bytes):
                continue
            if isinstance(term, OwnedBy):
                names.add(BucketName(BucketKind.BUSINESS, target))
            elif isinstance(term, PersonalTo):
                names.add(BucketName(BucketKind.PERSONAL, target))
            elif isinstance(term, Follows):
                names |= self._followed(target_tag(self._store.schema, entity, term.field), target)
        return frozenset(names)

    def _followed(self, tag: int, row_id: bytes) -> frozenset[BucketName]:
        if (tag, row_id) not in self._known:
            entity = self._store.schema.by_tag[tag]
            table = self._store.tables[entity.name]
            row = self._connection.execute(sa.select(table).where(table.c.id == row_id)).first()
            found = frozenset[BucketName]()
            if row is not None:
                found = self._buckets_of(tag, entity, _values(entity, row))
            self._known[tag, row_id] = found
        return self._known[tag, row_id]

    def _stray(self) -> None:
        """Records and present memberships of rows that are not there."""
        for tag, entity in self._store.schema.by_tag.items():
            table = self._store.tables[entity.name]
            there = sa.exists().where(table.c.id == t.record.c.row_id)
            for row_id in self._connection.scalars(
                sa.select(t.record.c.row_id).where(t.record.c.tag == tag, ~there)
            ):
                self._find(f"{entity.name} {to_text(row_id)} is sent, but there is no such row")
            there = sa.exists().where(table.c.id == t.membership.c.row_id)
            m = t.membership.c
            for row_id, bucket in self._connection.execute(
                sa.select(m.row_id, m.bucket).where(m.tag == tag, m.gone.is_(False), ~there)
            ):
                row = f"{entity.name} {to_text(row_id)}"
                self._find(f"{row} is in a bucket, but there is no such row")
                name = self._names[bucket]
                self.repairs.memberships.append(Membership(name, tag, row_id, gone=True))

    def computed_sums(self) -> dict[int, tuple[int, int]]:
        """Bucket -> (count, sum) of the present memberships."""
        sums = dict.fromkeys(self._connection.scalars(sa.select(t.bucket.c.id)), (0, 0))
        m, r = t.membership.c, t.record.c
        rows = self._connection.execute(
            sa.select(m.bucket, m.tag, m.row_id, r.version)
            .join(t.record, sa.and_(r.tag == m.tag, r.row_id == m.row_id))
            .where(m.gone.is_(False))
            .execution_options(yield_per=10_000)
        )
        for bucket, tag, row_id, version in rows:
            count, total = sums[bucket]
            sums[bucket] = (count + 1, (total + row_hash(tag, row_id, version)) % MODULUS)
        return sums

    def _sums(self) -> None:
        computed = self.computed_sums()
        b = t.bucket.c
        for number, count, total in self._connection.execute(sa.select(b.id, b.count, b.sum)):
            if (count, total) != computed[number]:
                self._find(f"{_said(self._names[number])} has a wrong checksum")

    def _chain(self) -> None:
        broken = clocks.broken_at(self._connection)
        if broken is not None:
            self._find(f"the history is broken at version {broken}")
            self.beyond_repair = True

    def _references(self) -> None:
        """Invariant 13: references that point nowhere."""
        for entity in self._store.schema.by_tag.values():
            table = self._store.tables[entity.name]
            for place, kind in entity.references:
                if kind.dangling:
                    continue
                self._dangling(entity, table, entity.fields[place].name, kind)

    def _dangling(self, entity: Entity, table: sa.Table, name: str, kind: Reference) -> None:
        target = self._store.tables[kind.entity].alias()
        lost = sa.select(table.c.id).where(
            table.c[name].is_not(None), ~sa.exists().where(target.c.id == table.c[name])
        )
        for row_id in self._connection.scalars(lost.limit(MAX_FINDINGS)):
            self._find(f"{entity.name} {to_text(row_id)}: its {name} points nowhere")
            self.beyond_repair = True


def _values(entity: Entity, row: Any) -> tuple[Stored, ...]:  # noqa: ANN401
    """The stored values of a typed row."""
    return tuple(
        bool(value) if isinstance(f.type, Bool) and value is not None else value
        for f in entity.fields
        for value in (getattr(row, f.name),)
    )


def _said(name: BucketName) -> str:
    return f"the {name.kind} bucket of {to_text(name.key)}"

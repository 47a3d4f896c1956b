"""The doctor's look at what belongs together: strays, sums, chain, verdicts, references.

Each check is one pass in the database, or one stream through it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.changeset import Outcome
from syncengine.model.checksum import MODULUS, row_hash
from syncengine.model.ids import to_text
from syncengine.model.terms import BucketKind
from syncengine.protocol.messages import WireVerdict
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.clock import Clock
from syncengine.store.examination import MAX_FINDINGS, Findings, bucket_names, said
from syncengine.store.reach_check import counted, kept
from syncengine.store.store import Store

STREAM = 1_000
EFFECTIVE = (Outcome.ACCEPTED, Outcome.MERGED)
_m, _r = t.membership.c, t.record.c

# Buckets of no known kind, and memberships of buckets that are not there.
NAMELESS = t.bucket.c.kind.not_in([str(kind) for kind in BucketKind])
ORPHANED = ~sa.exists().where(t.bucket.c.id == _m.bucket)


def impossible(version: int) -> sa.ColumnElement[bool]:
    """Memberships that no order of commits can have made: versions that contradict each other, or
    lie above the clock's.
    """
    return sa.or_(_m.since > _m.changed, _m.changed > version)


def rowless(store: Store, column: sa.Column[Any], tag: sa.Column[Any]) -> Iterator[Any]:
    """(entity, condition) for each entity: rows named by `column` that are not there."""
    for number, entity in store.schema.by_tag.items():
        table = store.tables[entity.name]
        yield entity, sa.and_(tag == number, ~sa.exists().where(table.c.id == column))


def check_all(store: Store, connection: sa.Connection, findings: Findings) -> None:
    """Every check of this module."""
    clock = clocks.read(connection)
    version = clock.version
    _strays(store, connection, version, findings)
    _unknown(store, connection, findings)
    _future(store, connection, version, findings)
    _sums(connection, findings)
    _history(connection, findings)
    _verdicts(connection, clock, findings)
    _references(store, connection, findings)
    if kept(connection) != counted(store, connection):
        findings.add("whom the nodes of a hierarchy reach was counted wrong")


def _strays(store: Store, connection: sa.Connection, version: int, findings: Findings) -> None:
    for entity, stray in rowless(store, _r.row_id, _r.tag):
        found = connection.scalars(sa.select(_r.row_id).where(stray).limit(MAX_FINDINGS))
        for row_id in found:
            findings.add(f"{entity.name} {to_text(row_id)} is sent, but there is no such row")
    for entity, stray in rowless(store, _m.row_id, _m.tag):
        statement = sa.select(_m.row_id).where(stray, _m.gone.is_(False))
        for row_id in connection.scalars(statement.limit(MAX_FINDINGS)):
            findings.add(f"{entity.name} {to_text(row_id)} is in a bucket, but is no row")
    for condition, wrong in (
        (ORPHANED, "is in a bucket that is not there"),
        (impossible(version), "has a membership of an impossible version"),
    ):
        for row_id in connection.scalars(sa.select(_m.row_id).where(condition).limit(MAX_FINDINGS)):
            findings.add(f"row {to_text(row_id)} {wrong}")


def _unknown(store: Store, connection: sa.Connection, findings: Findings) -> None:
    """What belongs to entities of no module that is installed."""
    for column in (_r.tag, _m.tag):
        unknown = sa.select(column).distinct().where(column.not_in(list(store.schema.by_tag)))
        for tag in connection.scalars(unknown):
            findings.add(f"{column.table.name} names the unknown entity {tag}", repairable=False)


def _future(store: Store, connection: sa.Connection, version: int, findings: Findings) -> None:
    for entity in store.schema.by_tag.values():
        c = store.tables[entity.name].c
        for row_id in connection.scalars(
            sa.select(c.id).where(c.version > version).limit(MAX_FINDINGS)
        ):
            sentence = f"{entity.name} {to_text(row_id)} has a version that never was"
            findings.add(sentence, repairable=False)


def computed_sums(connection: sa.Connection) -> dict[int, tuple[int, int]]:
    """Bucket -> (count, sum) of the present memberships."""
    sums = dict.fromkeys(connection.scalars(sa.select(t.bucket.c.id)), (0, 0))
    rows = connection.execute(
        sa.select(_m.bucket, _m.tag, _m.row_id, _r.version)
        .join(t.record, sa.and_(_r.tag == _m.tag, _r.row_id == _m.row_id))
        .where(_m.gone.is_(False))
        .execution_options(yield_per=STREAM)
    )
    for bucket, tag, row_id, version in rows:
        if bucket in sums:
            count, total = sums[bucket]
            sums[bucket] = (count + 1, (total + row_hash(tag, row_id, version)) % MODULUS)
    return sums


def _sums(connection: sa.Connection, findings: Findings) -> None:
    computed = computed_sums(connection)
    names = bucket_names(connection)
    b = t.bucket.c
    for number in connection.scalars(sa.select(b.id).where(NAMELESS)):
        findings.add(f"bucket {number} is of an unknown kind")
    for number, count, total in connection.execute(sa.select(b.id, b.count, b.sum)):
        if number in names and (count, total) != computed[number]:
            findings.add(f"{said(names[number])} has a wrong checksum")


def _history(connection: sa.Connection, findings: Findings) -> None:
    """The chain (invariant 26), the line of epochs, and operations without a changeset."""
    broken = clocks.broken_at(connection)
    if broken is not None:
        findings.add(f"the history is broken at version {broken}", repairable=False)
        findings.history_broken = True
    e = t.epoch.c
    epochs = set(connection.scalars(sa.select(e.id)))
    parents = set(connection.scalars(sa.select(e.parent).where(e.parent.is_not(None))))
    if not parents | {clocks.read(connection).epoch} <= epochs:
        findings.add("an epoch is named that is not recorded", repairable=False)
    o, c = t.operation.c, t.changeset.c
    lost = sa.select(o.version).distinct().where(~sa.exists().where(c.version == o.version))
    for version in connection.scalars(lost.limit(MAX_FINDINGS)):
        findings.add(f"version {version} has operations, but no changeset", repairable=False)


def _verdicts(connection: sa.Connection, clock: Clock, findings: Findings) -> None:
    """Every verdict against the history, and every device's changeset against the verdicts."""
    v, c, i = t.verdict.c, t.changeset.c, t.incarnation.c
    answered = (
        sa.select(t.verdict, c.id.label("entry"))
        .select_from(t.verdict.outerjoin(t.changeset, c.version == v.decided))
        .execution_options(yield_per=STREAM)
    )
    for row in connection.execute(answered):
        if not _is_sound(row, clock):
            line = f"verdict {row.sequence} of store {to_text(row.incarnation)}"
            findings.add(f"{line} does not agree with the history", repairable=False)
    unanswered = sa.select(c.version).where(
        c.incarnation.is_not(None),
        ~sa.exists().where(v.incarnation == c.incarnation, v.sequence == c.sequence),
        ~sa.exists().where(i.id == c.incarnation, i.answers_from > c.sequence),
    )
    for number in connection.scalars(unanswered.limit(MAX_FINDINGS)):
        findings.add(f"version {number} has no verdict", repairable=False)
    last = sa.func.coalesce(sa.func.max(v.sequence), 0)
    wrong = (
        sa.select(i.id)
        .select_from(t.incarnation.outerjoin(t.verdict, v.incarnation == i.id))
        .group_by(i.id, i.next_sequence)
        .having(last + 1 != i.next_sequence)
    )
    for incarnation in connection.scalars(wrong.limit(MAX_FINDINGS)):
        sentence = f"store {to_text(incarnation)} is not expected at its next sequence"
        findings.add(sentence, repairable=False)


def _is_sound(row: sa.Row[Any], clock: Clock) -> bool:
    try:
        wire = msgspec.msgpack.decode(row.payload, type=WireVerdict)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False
    said_so = (wire.sequence, wire.changeset, wire.outcome, wire.decided)
    if said_so != (row.sequence, row.changeset, row.outcome, row.decided):
        return False
    if wire.outcome in EFFECTIVE:
        kept = row.decided >= clock.begins
        return wire.version == row.decided and (row.entry == row.changeset or not kept)
    return wire.version is None and row.decided <= clock.version


def _references(store: Store, connection: sa.Connection, findings: Findings) -> None:
    """Invariant 13: references that point nowhere."""
    for entity in store.schema.by_tag.values():
        table = store.tables[entity.name]
        for place, kind in entity.references:
            if kind.dangling:
                continue
            name = entity.fields[place].name
            target = store.tables[kind.entity].alias()
            lost = sa.select(table.c.id).where(
                table.c[name].is_not(None), ~sa.exists().where(target.c.id == table.c[name])
            )
            for row_id in connection.scalars(lost.limit(MAX_FINDINGS)):
                sentence = f"{entity.name} {to_text(row_id)}: its {name} points nowhere"
                findings.add(sentence, repairable=False)

"""What the office, an import or a job sends again, and what it expects to find.

Answers that are to be said again are kept with the hash of what was asked, in the transaction of
the changeset: also of one that changed nothing, so that it does not do later what it did not do
then. What was refused changed nothing and is judged again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.access import Refusal
from syncengine.model.changeset import Objection, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.model.errors import IdReused
from syncengine.model.fields import Stored
from syncengine.model.rights import Rights
from syncengine.protocol.changesets import verdict_from_wire, verdict_to_wire
from syncengine.protocol.messages import WireVerdict
from syncengine.store import tables as t
from syncengine.store.account_table import office_answer
from syncengine.store.accounts import shown_to
from syncengine.store.author import Expected, OfficeJob
from syncengine.store.database import KEYS_PER_STATEMENT, reading
from syncengine.store.judgement import Judgement
from syncengine.store.working import Working, batches

ROW_CHANGED = Refusal("row.changed", "Somebody changed the row since the version that you expect.")
KEY_TAKEN = Refusal("key.taken", "There is a row with this key already.")
REUSED = "This changeset's id was used for another payload."

_a, _c = office_answer.c, t.changeset.c


@dataclass(frozen=True)
class Answer:
    """A kept answer. rows: (action, entity tag, row id) of each operation."""

    verdict: Verdict
    rows: tuple[tuple[Action, int, bytes], ...]


class _Kept(msgspec.Struct, array_like=True):
    verdict: WireVerdict
    rows: list[tuple[str, int, bytes]]


def kept_answer(connection: sa.Connection, changeset: bytes, asked: bytes) -> Answer | None:
    """The answer that is kept under a changeset's id; IdReused: something else was asked."""
    wanted = sa.select(_a.asked, _a.payload).where(_a.changeset == changeset)
    found = connection.execute(wanted).first()
    if found is None:
        return None
    if found.asked != asked:
        raise IdReused(REUSED)
    kept = msgspec.msgpack.decode(found.payload, type=_Kept)
    rows = tuple((Action(action), tag, row_id) for action, tag, row_id in kept.rows)
    return Answer(verdict_from_wire(kept.verdict), rows)


def said_before(connection: sa.Connection, job: OfficeJob) -> Verdict | None:
    """What a changeset was answered, kept or by the history; IdReused."""
    if job.asked is not None:
        answer = kept_answer(connection, job.changeset, job.asked)
        if answer is not None:
            return answer.verdict
    stored = connection.execute(
        sa.select(_c.version, _c.body_hash).where(_c.id == job.changeset)
    ).first()
    if stored is None:
        return None
    if stored.body_hash != job.body_hash:
        raise IdReused(REUSED)
    return Verdict(0, job.changeset, Outcome.ACCEPTED, stored.version, stored.version)


def keep(connection: sa.Connection, job: OfficeJob, verdict: Verdict, now: int) -> None:
    """Keep an answer that is to be said again."""
    if job.asked is None or verdict.outcome not in (Outcome.ACCEPTED, Outcome.MERGED):
        return
    rows = [(str(o.action), o.tag, o.row_id) for o in job.operations]
    kept = _Kept(verdict_to_wire(verdict), rows)
    connection.execute(
        sa.insert(office_answer).values(
            changeset=job.changeset, asked=job.asked, decided=verdict.decided, received=now,
            payload=msgspec.msgpack.encode(kept),
        )
    )  # fmt: skip


def as_expected(
    working: Working, job: OfficeJob, rights: Rights | None, judgement: Judgement
) -> Judgement:
    """The judgement, or a refusal where something is not as the job expects; what was refused
    anyway says nothing of rows that the author may not see.
    """
    if job.expected is None or not judgement.effective:
        return judgement
    wrong = [*_changed(working, job, job.expected), *_taken(working, job, job.expected, rights)]
    return Judgement(Outcome.REJECTED, wrong) if wrong else judgement


def _changed(working: Working, job: OfficeJob, expected: Expected) -> Iterator[Objection]:
    positions = {(o.tag, o.row_id): place for place, o in enumerate(job.operations)}
    working.load(expected.versions)
    for key, version in expected.versions.items():
        state = working.state(key)
        if (state.version if state.values is not None else 0) != version:
            yield Objection(positions.get(key, 0), ROW_CHANGED.code, ROW_CHANGED.detail)


def _taken(
    working: Working, job: OfficeJob, expected: Expected, rights: Rights | None
) -> Iterator[Objection]:
    asked: dict[tuple[int, int], set[Stored]] = {}
    for tag, number, value in expected.unused:
        asked.setdefault((tag, number), set()).add(value)
    used = {
        (tag, number, value)
        for (tag, number), values in asked.items()
        for value in _used(working, rights, tag, number, values)
    }
    for position, operation in enumerate(job.operations):
        entity = working.schema.by_tag[operation.tag]
        for number, value in operation.fields.items():
            if (operation.tag, number, value) in used:
                name = entity.fields[entity.by_number[number]].name
                yield Objection(position, KEY_TAKEN.code, KEY_TAKEN.detail, name)


def _used(
    working: Working, rights: Rights | None, tag: int, number: int, values: set[Stored]
) -> set[Stored]:
    """Those of the values that a row has there: one that the author may see, or that this commit
    has made.
    """
    entity = working.schema.by_tag[tag]
    place, table = entity.by_number[number], working.tables[entity.name]
    column = table.c[entity.fields[place].name]
    allowed: sa.ColumnElement[bool] = sa.true()
    if rights is not None:
        allowed = shown_to(rights, working.schema, working.tables, entity.name)
    keys = {key for key, _, _ in working.changed() if key[0] == tag}
    for some in batches(sorted(values, key=str), KEYS_PER_STATEMENT):
        found = sa.select(table.c.id).where(column.in_(some), allowed)
        keys |= {(tag, row_id) for row_id in working.connection.scalars(found)}
    working.load(keys)
    rows = (working.rows[key].values for key in keys)
    return {row[place] for row in rows if row is not None} & values


def answer_to(engine: sa.Engine, changeset: bytes, asked: bytes) -> Answer | None:
    """For whoever asks again, before anything is made of the request; IdReused."""
    with reading(engine) as connection:
        return kept_answer(connection, changeset, asked)


def said_due(cut: int) -> sa.Select[Any]:
    """Kept answers decided at or before a version."""
    return sa.select(_a.changeset).where(_a.decided <= cut)


def drop_said(connection: sa.Connection, cut: int, most: int) -> int:
    """Drop at most so many, the oldest first; how many went."""
    oldest = said_due(cut).order_by(_a.decided).limit(most)
    return connection.execute(sa.delete(office_answer).where(_a.changeset.in_(oldest))).rowcount

"""One commit: jobs judged one after the other under the clock's lock, then written together.

Design, "a write, step by step", 2 to 7. The order here is the order of versions.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.access import Actor, Source
from syncengine.model.changeset import Objection, Operation, Outcome, Verdict
from syncengine.model.entity import Action, LateWork
from syncengine.model.environment import Environment
from syncengine.model.errors import Fenced, IdReused, SequenceGap, SyncError
from syncengine.model.manifest import Schema
from syncengine.model.terms import Grant
from syncengine.protocol.changesets import verdict_from_wire, verdict_to_wire
from syncengine.protocol.messages import WireVerdict, encode
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.author import DeviceJob, Job, OfficeJob, Submission
from syncengine.store.basis import Basis, pack_fields
from syncengine.store.clock import Clock
from syncengine.store.grants import grants_of, touches_grants
from syncengine.store.judge import Judge, Judgement, Standing
from syncengine.store.late import Acknowledged, unpack_buckets
from syncengine.store.references import referenced
from syncengine.store.settle import settle
from syncengine.store.working import Key, Working


@dataclass
class _Line:
    """An incarnation's place in its line, as the commit goes on."""

    next_sequence: int
    fenced: bool
    acknowledged: Acknowledged


class Commit:
    """The jobs of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        schema: Schema,
        tables: dict[str, sa.Table],
        environment: Environment,
    ) -> None:
        self._connection = connection
        self._schema = schema
        self._tables = tables
        self._environment = environment
        self._clock: Clock = clocks.lock(connection)
        environment.reached("server.locked")
        self._began_at = self._clock.version
        self._now = environment.now()
        self._working = Working(connection, schema, tables)
        self._basis = Basis(connection)
        self._grants: dict[bytes, list[Grant]] = {}
        self._lines: dict[bytes, _Line] = {}
        self._history: list[dict[str, Any]] = []
        self._operations: list[dict[str, Any]] = []
        self._verdicts: list[dict[str, Any]] = []
        self._taken: set[bytes] = set()  # changeset ids with a verdict
        self._effective: set[tuple[bytes, int]] = set()  # (incarnation, sequence) of this commit

    def run(self, jobs: Iterable[Job]) -> list[tuple[list[Verdict], SyncError | None]]:
        """Judge and write all jobs; what each is to be answered once the commit is durable."""
        jobs = list(jobs)
        self._load(jobs)
        answers: list[tuple[list[Verdict], SyncError | None]] = []
        for job in jobs:
            try:
                verdicts = self._device(job) if isinstance(job, DeviceJob) else [self._office(job)]
                answers.append((verdicts, None))
            except SyncError as error:
                answers.append(([], error))
        self._environment.reached("server.merged")
        self._store()
        return answers

    def _load(self, jobs: list[Job]) -> None:
        """Everything that the jobs name, in a handful of statements."""
        operations: list[Operation] = []
        oldest = self._clock.version
        for job in jobs:
            if isinstance(job, OfficeJob):
                operations += job.operations
                continue
            for submission in job.submissions:
                operations += submission.operations
                oldest = min(oldest, self._base(submission))
        keys: set[Key] = {(o.tag, o.row_id) for o in operations}
        named = {key for o in operations for _, key in referenced(self._schema, o)}
        self._working.load(keys | named)
        edited = {(o.tag, o.row_id) for o in operations if o.action is Action.UPDATE}
        behind = [key for key in edited if self._working.rows[key].version > oldest]
        self._basis.load(behind, oldest)

    # -- a device's job ----------------------------------------------------------------------------

    def _device(self, job: DeviceJob) -> list[Verdict]:
        line = self._line(job.incarnation)
        if line.fenced:
            raise Fenced(
                "This store shares its identity with another one; the office has to release it."
            )
        known = self._stored_verdicts(job)
        return [self._submission(job, line, s, known) for s in job.submissions]

    def _submission(
        self, job: DeviceJob, line: _Line, submission: Submission, known: dict[int, Any]
    ) -> Verdict:
        wire = submission.wire
        if wire.sequence > line.next_sequence:
            raise SequenceGap("Changesets are missing in between.", expected=line.next_sequence)
        if wire.sequence < line.next_sequence:
            return self._again(job, line, submission, known.get(wire.sequence))
        if wire.id in self._taken:
            raise IdReused("This changeset's id was used for another payload.")
        judgement = self._judge_device(job, line, submission)
        verdict = self._decide(judgement, wire.sequence, wire.id)
        line.next_sequence += 1
        if judgement.effective:
            entry = {
                "source": str(Source.DEVICE),
                "person": job.person,
                "incarnation": job.incarnation,
                "sequence": wire.sequence,
                "label": "",
                "device_time": wire.device_time,
            }
            self._take_effect(judgement, wire.id, submission.body_hash, entry)
        self._keep_verdict(job.incarnation, submission, verdict)
        return verdict

    def _again(
        self, job: DeviceJob, line: _Line, submission: Submission, stored: sa.Row[Any] | None
    ) -> Verdict:
        """The stored verdict of a changeset seen before; another payload means a second store."""
        if stored is None or stored.body_hash != submission.body_hash:
            line.fenced = True
            self._connection.execute(
                sa.update(t.incarnation)
                .where(t.incarnation.c.id == job.incarnation)
                .values(state="fenced")
            )
            raise Fenced(
                "This store shares its identity with another one; the office has to release it."
            )
        return verdict_from_wire(msgspec.msgpack.decode(stored.payload, type=WireVerdict))

    def _judge_device(self, job: DeviceJob, line: _Line, submission: Submission) -> Judgement:
        if submission.fault is not None:
            fault = submission.fault
            objection = Objection(0, fault.code, fault.detail, _text(fault.data.get("field")))
            return Judgement(Outcome.REJECTED, [objection])
        missing = self._refused_needs(job.incarnation, submission.wire.needs)
        if missing:
            detail = f"It builds on changeset {missing[0]}, which was not accepted."
            return Judgement(Outcome.REJECTED, [Objection(0, "depends_on", detail)])
        grants = {g.bucket: g for g in reversed(self._grants_of(job.person))}
        standing = Standing(
            Actor(Source.DEVICE, job.person),
            job.incarnation,
            grants,
            lambda key, declared: self._late(line, key, declared),
            lambda key, values: self._basis.values_at(
                self._schema.by_tag[key[0]], key, values, self._base(submission), job.incarnation
            ),
        )
        return Judge(self._working, standing, self._clock.version + 1).judge(submission.operations)

    def _late(self, line: _Line, key: Key, declared: LateWork) -> LateWork | None:
        return line.acknowledged.late(self._connection, self._now, key, declared)

    def _base(self, submission: Submission) -> int:
        """The changeset's base as a version of this history; unknown histories count as its
        start.
        """
        wire = submission.wire
        if wire.epoch == self._clock.epoch:
            return min(wire.version, self._clock.version)
        return clocks.at_or_below(self._connection, self._clock, wire.epoch, wire.version) or 0

    def _grants_of(self, person: bytes) -> list[Grant]:
        if person not in self._grants:
            self._grants[person] = grants_of(self._connection, self._schema, self._tables, person)
        return self._grants[person]

    def _line(self, incarnation: bytes) -> _Line:
        if incarnation not in self._lines:
            i = t.incarnation.c
            row = self._connection.execute(
                sa.select(
                    i.next_sequence, i.state, i.acked_version, i.acked_at, i.acked_buckets
                ).where(i.id == incarnation)
            ).one()
            acknowledged = Acknowledged(
                row.acked_version, row.acked_at, unpack_buckets(row.acked_buckets)
            )
            self._lines[incarnation] = _Line(row.next_sequence, row.state == "fenced", acknowledged)
        return self._lines[incarnation]

    def _stored_verdicts(self, job: DeviceJob) -> dict[int, Any]:
        v = t.verdict.c
        sequences = [s.wire.sequence for s in job.submissions]
        rows = self._connection.execute(
            sa.select(v.sequence, v.body_hash, v.payload).where(
                v.incarnation == job.incarnation, v.sequence.in_(sequences)
            )
        )
        ids = [s.wire.id for s in job.submissions]
        self._taken |= set(
            self._connection.scalars(sa.select(v.changeset).where(v.changeset.in_(ids)))
        )
        return {row.sequence: row for row in rows}

    def _refused_needs(self, incarnation: bytes, needs: list[int]) -> list[int]:
        """Those of the needed sequences that did not take effect."""
        missing = [n for n in needs if (incarnation, n) not in self._effective]
        if not missing:
            return []
        v = t.verdict.c
        effective = (str(Outcome.ACCEPTED), str(Outcome.MERGED))
        stored = self._connection.scalars(
            sa.select(v.sequence).where(
                v.incarnation == incarnation, v.sequence.in_(missing), v.outcome.in_(effective)
            )
        )
        return sorted(set(missing) - set(stored))

    # -- the office, an import, a job
    # ----------------------------------------------------------------

    def _office(self, job: OfficeJob) -> Verdict:
        c = t.changeset.c
        stored = self._connection.execute(
            sa.select(c.version, c.body_hash).where(c.id == job.changeset)
        ).first()
        if stored is not None:
            if stored.body_hash != job.body_hash:
                raise IdReused("This changeset's id was used for another payload.")
            return Verdict(0, job.changeset, Outcome.ACCEPTED, stored.version, stored.version)
        standing = Standing(
            job.author.actor, None, {}, lambda _key, _declared: None, lambda _key, values: values
        )
        judgement = Judge(self._working, standing, self._clock.version + 1).judge(job.operations)
        if judgement.effective and not judgement.applied:
            return Verdict(0, job.changeset, Outcome.ACCEPTED, None, self._clock.version)
        verdict = self._decide(judgement, 0, job.changeset)
        if judgement.effective:
            entry = {
                "source": str(job.author.source),
                "person": job.author.person,
                "incarnation": None,
                "sequence": None,
                "label": job.author.label,
                "device_time": None,
            }
            self._take_effect(judgement, job.changeset, job.body_hash, entry)
        return verdict

    # -- what both have in common
    # --------------------------------------------------------------------

    def _decide(self, judgement: Judgement, sequence: int, changeset: bytes) -> Verdict:
        version = self._clock.version + 1 if judgement.effective else None
        decided = version or self._clock.version
        return Verdict(
            sequence,
            changeset,
            judgement.outcome,
            version,
            decided,
            tuple(judgement.objections),
            tuple(judgement.losses),
        )

    def _take_effect(
        self, judgement: Judgement, changeset: bytes, body_hash: bytes, entry: dict[str, Any]
    ) -> None:
        """Stamp with the next version and append to the chain; what follows sees it."""
        version = self._clock.version + 1
        chain = clocks.chain_next(self._clock.chain, version, changeset, body_hash)
        self._clock = replace(self._clock, version=version, chain=chain)
        before = {key: self._working.state(key) for key in judgement.rows}
        self._working.rows.update(judgement.rows)
        self._history.append(
            {
                "version": version,
                "id": changeset,
                "received": self._now,
                "body_hash": body_hash,
                "chain": chain,
                **entry,
            }
        )
        for position, applied in enumerate(judgement.applied):
            self._basis.add(version, entry["incarnation"], applied)
            self._operations.append(
                {
                    "version": version,
                    "position": position,
                    "tag": applied.tag,
                    "row_id": applied.row_id,
                    "action": str(applied.action),
                    "principal": applied.principal,
                    "incarnation": entry["incarnation"],
                    "before": pack_fields(applied.before),
                    "after": pack_fields(applied.after),
                    "losses": msgspec.msgpack.encode(
                        [(x.field, x.lost, x.kept) for x in applied.losses]
                    ),
                }
            )
        if self._reaches_others(before, judgement):
            self._settle()

    def _reaches_others(self, before: dict[Key, Any], judgement: Judgement) -> bool:
        """Whether other rows' buckets or anybody's grants follow from it: then it is stored at
        once.
        """
        for (tag, _), after in judgement.rows.items():
            entity = self._schema.by_tag[tag]
            if touches_grants(self._schema, entity.name):
                return True
            moved = before[tag, _].values is not None and before[tag, _].buckets != after.buckets
            if moved and self._schema.followers(entity.name):
                return True
        return False

    def _settle(self) -> None:
        settle(self._working, self._tables, self._clock.version)
        self._grants.clear()

    def _keep_verdict(self, incarnation: bytes, submission: Submission, verdict: Verdict) -> None:
        self._taken.add(verdict.changeset)
        kept = verdict.outcome in (Outcome.REJECTED, Outcome.QUARANTINED)
        if not kept:
            self._effective.add((incarnation, verdict.sequence))
        self._verdicts.append(
            {
                "incarnation": incarnation,
                "sequence": verdict.sequence,
                "changeset": verdict.changeset,
                "outcome": str(verdict.outcome),
                "decided": verdict.decided,
                "received": self._now,
                "body_hash": submission.body_hash,
                "payload": encode(verdict_to_wire(verdict)),
                "body": submission.body if kept else None,
            }
        )

    def _store(self) -> None:
        self._settle()
        for table, rows in (
            (t.changeset, self._history),
            (t.operation, self._operations),
            (t.verdict, self._verdicts),
        ):
            if rows:
                self._connection.execute(sa.insert(table), rows)
        lines = [{"k": i, "n": line.next_sequence} for i, line in self._lines.items()]
        if lines:
            at = t.incarnation.c.id == sa.bindparam("k")
            self._connection.execute(
                sa.update(t.incarnation).where(at).values(next_sequence=sa.bindparam("n")), lines
            )
        if self._clock.version != self._began_at:
            clocks.advance(self._connection, self._clock)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None

"""One commit: jobs judged one after the other under the clock's lock, then written together.

Design, "a write, step by step", 2 to 7. The order here is the order of versions.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from syncengine.model.access import Actor, Source
from syncengine.model.changeset import Base, Objection, Operation, Outcome, Verdict
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError
from syncengine.model.manifest import Schema
from syncengine.model.terms import BucketName, Grant
from syncengine.store import clock as clocks
from syncengine.store.accounts import acting, left_alone
from syncengine.store.author import (
    Author,
    DecisionJob,
    DeviceJob,
    Job,
    OfficeJob,
    RestJob,
    Submission,
    TimeJob,
)
from syncengine.store.basis import BaseView, Basis, DecidedView
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.boundaries import moves_boundaries, next_boundary
from syncengine.store.clock import Clock
from syncengine.store.entries import Entries, device_entry, office_entry
from syncengine.store.grants import by_bucket, grants_of
from syncengine.store.judge import Judge
from syncengine.store.judgement import Judgement
from syncengine.store.lines import Line, Lines
from syncengine.store.loading import load_named
from syncengine.store.moves import Move, net
from syncengine.store.office import as_expected, keep, said_before
from syncengine.store.placement import Placement
from syncengine.store.reviews import Reviews
from syncengine.store.settle import Settlement, reaches_others
from syncengine.store.standing import Standing, deciding_standing, office_standing
from syncengine.store.submissions import unread
from syncengine.store.unsettled import MOVING, PASSING, first
from syncengine.store.withheld import noted
from syncengine.store.working import Key, Working


class Commit:
    """The jobs of one transaction."""

    def __init__(
        self,
        connection: sa.Connection,
        schema: Schema,
        tables: dict[str, sa.Table],
        environment: Environment,
        moved_rows: int | None = None,
    ) -> None:
        """moved_rows: at most so many are moved though nobody wrote them; the rest comes in later
        commits.
        """
        self._connection = connection
        self._schema = schema
        self._tables = tables
        self._environment = environment
        self._clock: Clock = clocks.lock(connection)
        self._clock.require(schema)
        environment.reached("server.locked")
        self._began_at = self._clock.version
        self._now = environment.now()
        self._moved_rows = moved_rows
        self.at = max(self._clock.at, self._now)
        self._working = Working(connection, schema, tables)
        self._placement = Placement.of(connection, schema, tables, self.at)
        self._basis = Basis(connection, schema, self._clock.begins)
        self._grants: dict[bytes, dict[BucketName, list[Grant]]] = {}
        self._boundaries_moved = False
        self._lines = Lines(connection)
        self._blobs = BlobFacts(connection)
        self._entries = Entries(connection)
        self._reviews = Reviews(connection)
        self._settled: list[dict[Key, Move]] = []

    @property
    def moves(self) -> dict[Key, Move]:
        """Every row that was touched, followers included: where it was and where it is."""
        return net(self._settled)

    @property
    def stamped(self) -> bool:
        """Whether there is a new version."""
        return self._clock.version != self._began_at

    def run(self, jobs: Iterable[Job]) -> list[tuple[list[Verdict], SyncError | None]]:
        """Judge and write all jobs; what each is to be answered once the commit is durable."""
        jobs = list(jobs)
        self._pass_time()
        named = load_named(
            self._working, self._basis, self._blobs, jobs, self._clock.version, self._base
        )
        self._placement.preload(self._working, named)
        answers: list[tuple[list[Verdict], SyncError | None]] = []
        for job in jobs:
            try:
                answers.append((self._job(noted(self._working, job)), None))
            except SyncError as error:
                answers.append(([], error))
        self._environment.reached("server.merged")
        self._store()
        return answers

    def _pass_time(self) -> None:
        """Boundaries in time that lie behind take effect first, as a changeset of their own."""
        if self._clock.overdue(self.at):
            self._stamp(PASSING, str(self.at).encode())
            self._boundaries_moved = True
            settlement = self._settlement()
            settlement.end_windows()
            self._settled.append(settlement.moves.rows)
        self._clock = replace(self._clock, at=self.at)

    def _go_on(self, job: RestJob) -> None:
        """Move the next rows of what was too large for one commit, as a changeset."""
        waiting = first(self._connection)
        job.found = waiting is not None
        if waiting is None:
            return
        self._settle()
        self._stamp(MOVING[waiting[0].kind], waiting[0].key)
        settlement = self._settlement()
        settlement.go_on(*waiting)
        settlement.store()
        self._settled.append(settlement.moves.rows)

    def _stamp(self, label: str, what: bytes) -> None:
        """An entry in the history for what nobody wrote: without operations."""
        body_hash = hashlib.sha256(label.encode() + what).digest()
        origin = office_entry(Author(Source.JOB, None, label))
        self._take_effect(Judgement(), self._environment.new_id(), body_hash, origin)

    def _job(self, job: Job) -> list[Verdict]:
        if isinstance(job, RestJob):
            self._go_on(job)
        if isinstance(job, TimeJob | RestJob):
            return []
        if isinstance(job, DeviceJob):
            return self._device(job)
        return [self._decision(job) if isinstance(job, DecisionJob) else self._office(job)]

    # -- a device's job

    def _device(self, job: DeviceJob) -> list[Verdict]:
        line = self._lines.open(job)
        return [self._submission(job, line, submission) for submission in job.submissions]

    def _submission(self, job: DeviceJob, line: Line, submission: Submission) -> Verdict:
        answered = self._lines.answered(job.incarnation, line, submission)
        if answered is not None:
            return answered
        wire = submission.wire
        judgement = self._judge_device(job, submission)
        verdict = judgement.verdict(wire.sequence, wire.id, self._clock.version)
        if judgement.effective:
            entry = device_entry(wire, job.person, self._edited(submission))
            self._take_effect(judgement, wire.id, submission.body_hash, entry)
        self._lines.keep(job.incarnation, line, submission, verdict, self._now)
        self._reviews.add(
            judgement, submission.operations, changeset=wire.id, incarnation=job.incarnation,
            person=job.person, base=self._base(submission), received=self._now,
            judged=verdict.version or verdict.decided + 1, edited=self._edited(submission),
        )  # fmt: skip
        return verdict

    def _judge_device(self, job: DeviceJob, submission: Submission) -> Judgement:
        if submission.fault is not None:
            return unread(submission.fault, job.handed_in)
        needs, begins = submission.wire.needs, self._clock.begins
        missing = self._lines.refused_needs(job.incarnation, needs, begins)
        if missing:
            detail = f"It builds on changeset {missing[0]}, which was not accepted."
            return Judgement.refused(Objection(0, "depends_on", detail))
        base = self._base(submission)
        standing = Standing(
            Actor(Source.DEVICE, job.person),
            job.incarnation,
            self._grants_of(job.person),
            self.at,
            lambda key, declared: self._lines.late(job, base.lowest, self._now, key, declared),
            BaseView(self._basis, self._schema, base, job.incarnation, self._clock.version + 1),
            self._edited(submission),
            job.incarnation + base.version.to_bytes(8, "big"),
            said=submission.said,
            forgotten=lambda: self._lines.forgotten(job, base.lowest, self._clock),
            uploader=job.person,
        )
        return self._judge(standing, submission.operations)

    def _judge(self, standing: Standing, operations: tuple[Operation, ...]) -> Judgement:
        new = self._clock.version + 1
        return Judge(self._working, self._placement, self._blobs, standing, new).judge(operations)

    def _base(self, submission: Submission) -> Base:
        """The changeset's base in this history."""
        return clocks.known_base(self._connection, self._clock, submission.wire.base)

    def _edited(self, submission: Submission) -> int:
        """When the changeset was made, as estimated."""
        device_time = submission.wire.device_time
        return self._basis.edited(device_time, self._base(submission).version, self._now)

    def _grants_of(self, person: bytes) -> dict[BucketName, list[Grant]]:
        if person not in self._grants:
            self._grants[person] = by_bucket(
                grants_of(self._connection, self._schema, self._tables, person, self.at)
            )
        return self._grants[person]

    # -- the office, an import, a job

    def _office(self, job: OfficeJob) -> Verdict:
        said = said_before(self._connection, job)
        if said is not None:
            return said
        actor = acting(self._working, job.author)
        judgement = self._judge(office_standing(actor, self.at, job.author.user), job.operations)
        judgement = as_expected(self._working, job, actor.rights, judgement)
        verdict = Verdict(0, job.changeset, Outcome.ACCEPTED, None, self._clock.version)
        if judgement.applied or not judgement.effective:
            verdict = judgement.verdict(0, job.changeset, self._clock.version)
        if verdict.version is not None:
            self._take_effect(judgement, job.changeset, job.body_hash, office_entry(job.author))
        keep(self._connection, job, verdict, self._now)
        return verdict

    def _decision(self, job: DecisionJob) -> Verdict:
        self._reviews.require_open(job.review, job.kind)
        view = BaseView(self._basis, self._schema, job.base, job.incarnation, job.judged)
        decided = DecidedView(view, job.typed)
        actor = acting(self._working, job.author)
        standing = deciding_standing(actor, job, self.at, decided, self._schema)
        judgement = self._judge(standing, job.operations)
        if not job.operations and actor.rights is not None:
            judgement = left_alone(actor, self._judge(standing, job.entered))
        verdict = judgement.verdict(0, job.changeset, self._clock.version)
        if verdict.version is not None:
            self._take_effect(judgement, job.changeset, job.body_hash, office_entry(job.author))
            self._reviews.close(job.review, job.state, job.reason, verdict.version, self._now)
        return verdict

    # -- what all have in common

    def _take_effect(
        self, judgement: Judgement, changeset: bytes, body_hash: bytes, entry: dict[str, Any]
    ) -> None:
        """Stamp with the next version and append to the chain; what follows sees it."""
        version = self._clock.version + 1
        chain = clocks.chain_next(self._clock.chain, version, changeset, body_hash)
        self._clock = replace(self._clock, version=version, chain=chain)
        before = {key: self._working.state(key) for key in judgement.rows}
        self._working.rows.update(judgement.rows)
        self._entries.add(version, changeset, self._now, body_hash, chain, entry)
        edited = self._now if entry["edited"] is None else entry["edited"]
        for position, applied in enumerate(judgement.applied):
            self._basis.add(version, edited, entry["incarnation"], applied)
            self._entries.add_operation(version, position, entry["incarnation"], applied)
        self._blobs.use((entry["person"], entry["office_user"]), judgement.blobs)
        self._boundaries_moved |= moves_boundaries(self._schema, judgement.rows)
        if reaches_others(self._placement, before, judgement.rows):
            self._settle()

    def _settle(self) -> None:
        settlement = self._settlement()
        settlement.settle()
        self._settled.append(settlement.moves.rows)
        self._grants.clear()

    def _settlement(self) -> Settlement:
        version = self._clock.version
        return Settlement(self._working, self._placement, version, self._moved_rows)

    def _store(self) -> None:
        self._settle()
        self._entries.store()
        self._reviews.store()
        self._lines.store()
        self._blobs.store()
        if self._boundaries_moved:
            due = next_boundary(self._connection, self._schema, self._tables, self.at)
            self._clock = replace(self._clock, due=due)
        if self.stamped:
            clocks.advance(self._connection, self._clock)

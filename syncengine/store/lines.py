"""The lines of the incarnations in a commit: which sequence is next, what was answered before."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from syncengine.model.changeset import Outcome, Verdict
from syncengine.model.entity import LateWork
from syncengine.model.errors import Fenced, IdReused, SequenceGap
from syncengine.protocol.changesets import verdict_from_wire, verdict_to_wire
from syncengine.protocol.messages import WireVerdict, encode
from syncengine.store import tables as t
from syncengine.store.answers import said_again, took_effect
from syncengine.store.author import DeviceJob, Submission
from syncengine.store.clock import Clock
from syncengine.store.late import Acknowledged, acknowledged, proved_at_base
from syncengine.store.working import Key

EFFECTIVE = (Outcome.ACCEPTED, Outcome.MERGED)


@dataclass
class Line:
    """An incarnation's place in its line, as the commit goes on.

    acknowledged: what it has proved to hold. earlier: by base, what it has proved to have held
    there; read when first asked for.
    answers_from: the first sequence whose verdict is kept. told_until: up to which version
    it may be forgotten what it proved.
    """

    next_sequence: int
    answers_from: int
    told_until: int
    fenced: bool
    acknowledged: tuple[Acknowledged, ...]
    earlier: dict[int, tuple[Acknowledged, ...]] = field(default_factory=dict)


class Lines:
    """The incarnations that push in one commit, with their verdicts, stored and new."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._lines: dict[bytes, Line] = {}
        self._stored: dict[tuple[bytes, int], tuple[bytes, bytes]] = {}  # body's hash, verdict
        self._taken: set[bytes] = set()  # changeset ids with a verdict
        self._effective: set[tuple[bytes, int]] = set()  # (incarnation, sequence) of this commit
        self._verdicts: list[dict[str, Any]] = []

    def open(self, job: DeviceJob) -> Line:
        """The job's line with what was answered to its changesets before; Fenced when it is."""
        if job.incarnation not in self._lines:
            self._lines[job.incarnation] = self._read(job.incarnation)
        line = self._lines[job.incarnation]
        if line.fenced:
            raise fenced()
        v = t.verdict.c
        sequences = [s.wire.sequence for s in job.submissions]
        for row in self._connection.execute(
            sa.select(v.sequence, v.body_hash, v.payload).where(
                v.incarnation == job.incarnation, v.sequence.in_(sequences)
            )
        ):
            self._stored[job.incarnation, row.sequence] = (row.body_hash, row.payload)
        ids = [s.wire.id for s in job.submissions]
        answered = sa.select(v.changeset).where(v.changeset.in_(ids))
        written = sa.select(t.changeset.c.id).where(t.changeset.c.id.in_(ids))
        self._taken.update(self._connection.scalars(answered.union_all(written)))
        return line

    def _read(self, incarnation: bytes) -> Line:
        i = t.incarnation.c
        columns = (i.next_sequence, i.answers_from, i.told_until, i.state)
        proved = (i.acked_version, i.acked_buckets, i.acked_early)
        row = self._connection.execute(
            sa.select(*columns, *proved).where(i.id == incarnation)
        ).one()
        return Line(
            row.next_sequence, row.answers_from, row.told_until, row.state == "fenced",
            acknowledged(row.acked_version, row.acked_buckets, row.acked_early),
        )  # fmt: skip

    def answered(self, incarnation: bytes, line: Line, submission: Submission) -> Verdict | None:
        """The stored verdict of a changeset seen before (invariant 3); None when it is its turn.

        SequenceGap: an earlier one is missing. IdReused: its id had another payload (invariant 4).
        Fenced: its sequence had another payload, so two stores use one incarnation.
        """
        wire = submission.wire
        if wire.sequence > line.next_sequence:
            raise SequenceGap("Changesets are missing in between.", expected=line.next_sequence)
        if wire.sequence == line.next_sequence:
            if wire.id in self._taken:
                raise IdReused("This changeset's id was used for another payload.")
            return None
        if wire.sequence < line.answers_from:
            verdict = said_again(
                self._connection, incarnation, wire.sequence, wire.id, submission.body_hash
            )
        else:
            verdict = self._same(incarnation, submission)
        if verdict is None:
            line.fenced = True
            self._connection.execute(
                sa.update(t.incarnation)
                .where(t.incarnation.c.id == incarnation)
                .values(state="fenced")
            )
            raise fenced()
        return verdict

    def _same(self, incarnation: bytes, submission: Submission) -> Verdict | None:
        """The stored verdict of these very bytes."""
        stored = self._stored.get((incarnation, submission.wire.sequence))
        if stored is None or stored[0] != submission.body_hash:
            return None
        return verdict_from_wire(msgspec.msgpack.decode(stored[1], type=WireVerdict))

    def late(
        self, job: DeviceJob, base: int, now: int, key: Key, declared: LateWork
    ) -> LateWork | None:
        """What becomes of the job's work on `key`; None when the seat cannot have had that row.

        base: the changeset's, 0 when it is of no history known here. The acknowledged checkpoint
        counts in any case, an earlier one for work that was done before it was followed.
        """
        for proved in self._proved(job, base):
            late = proved.late(self._connection, now, key, declared)
            if late is not None:
                return late
        return None

    def forgotten(self, job: DeviceJob, base: int, clock: Clock) -> bool:
        """Whether the record no longer says what the seat had when it did the job's work."""
        if 0 < base < max(self._lines[job.incarnation].told_until, clock.begins):
            return True
        proved = self._proved(job, base)
        return any(p.forgotten(self._connection, clock) for p in proved)

    def _proved(self, job: DeviceJob, base: int) -> Iterator[Acknowledged]:
        """The checkpoints that prove what was held."""
        line = self._lines[job.incarnation]
        yield from line.acknowledged
        if base == 0:
            return
        if base not in line.earlier:
            line.earlier[base] = proved_at_base(self._connection, job.incarnation, base)
        yield from line.earlier[base]

    def refused_needs(self, incarnation: bytes, needs: list[int], begins: int) -> list[int]:
        """Those of the needed sequences that did not take effect; of which it is not on record any
        more counts as if it did: what builds on nothing is refused for that. begins: the clock's.
        """
        missing = [n for n in needs if (incarnation, n) not in self._effective]
        if not missing:
            return []
        v = t.verdict.c
        stored = self._connection.scalars(
            sa.select(v.sequence).where(
                v.incarnation == incarnation,
                v.sequence.in_(missing),
                v.outcome.in_([str(o) for o in EFFECTIVE]),
            )
        )
        kept = self._lines[incarnation].answers_from
        forgotten = [n for n in missing if n < kept]
        effective = set(forgotten)
        if forgotten and not begins:
            effective = took_effect(self._connection, incarnation, forgotten)
        return sorted(set(missing) - set(stored) - effective)

    def keep(
        self, incarnation: bytes, line: Line, submission: Submission, verdict: Verdict, now: int
    ) -> None:
        """Note a new verdict; refused and quarantined changesets are kept whole."""
        line.next_sequence += 1
        self._taken.add(verdict.changeset)
        effective = verdict.outcome in EFFECTIVE
        if effective:
            self._effective.add((incarnation, verdict.sequence))
        self._verdicts.append(
            {
                "incarnation": incarnation,
                "sequence": verdict.sequence,
                "changeset": verdict.changeset,
                "outcome": str(verdict.outcome),
                "decided": verdict.decided,
                "received": now,
                "body_hash": submission.body_hash,
                "payload": encode(verdict_to_wire(verdict)),
                "body": None if effective else submission.body,
            }
        )

    def store(self) -> None:
        """Write the new verdicts and the places in line."""
        if self._verdicts:
            self._connection.execute(sa.insert(t.verdict), self._verdicts)
        places = [{"k": i, "n": line.next_sequence} for i, line in self._lines.items()]
        if places:
            at = t.incarnation.c.id == sa.bindparam("k")
            self._connection.execute(
                sa.update(t.incarnation).where(at).values(next_sequence=sa.bindparam("n")), places
            )


def fenced() -> Fenced:
    """The error of a store whose incarnation is used twice."""
    return Fenced("This store shares its identity with another one; the office has to release it.")

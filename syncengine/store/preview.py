"""What a change would do to every device, found by making it and taking it back.

The change goes through the real write path (`Commit`), so that its verdict and its effect are what
they would be; the transaction is always rolled back. The clock's lock is held meanwhile: nobody
else writes, which is why `Limits` bound what is asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncengine.model.changeset import Operation, Verdict
from syncengine.model.errors import Advice, SyncError
from syncengine.store import tables as t
from syncengine.store.author import Author, OfficeJob
from syncengine.store.commit import Commit
from syncengine.store.database import discarding
from syncengine.store.effect import NO_EFFECT, Effect, Effects, Holding, Kinds, effects_of_grants
from syncengine.store.grants import grants_of, touches_grants
from syncengine.store.store import Store
from syncengine.store.working import Buckets

MAX_PREVIEW_OPERATIONS = 10_000
MAX_PREVIEW_PEOPLE = 5_000
MAX_PREVIEW_MOVED_ROWS = 200_000


class PreviewTooLarge(SyncError):
    """More than a preview may do while everybody else waits; `data["limit"]` has the bound."""

    code = "preview.too_large"
    advice = Advice.FIX


@dataclass(frozen=True)
class Limits:
    """operations: of the change. people: with a device, whose grants are read one by one.
    moved_rows: that move though nobody wrote them; what lies beyond would come in later commits
    and is not counted.
    """

    operations: int = MAX_PREVIEW_OPERATIONS
    people: int = MAX_PREVIEW_PEOPLE
    moved_rows: int = MAX_PREVIEW_MOVED_ROWS


DEFAULT_LIMITS = Limits()


@dataclass(frozen=True)
class SeatEffect:
    """One device whose slice changes. `device` is the label it was enrolled with. by_entity: the
    effect, told apart by the rows' entities.
    """

    seat: bytes
    person: bytes
    device: str
    effect: Effect
    by_entity: Mapping[str, Effect] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """verdict: what the change would get; its version is not taken. seats: those whose slice
    changes, in the order of enrolment; none when the change is refused.
    """

    verdict: Verdict
    seats: tuple[SeatEffect, ...]


def preview(
    store: Store, author: Author, operations: Sequence[Operation], limits: Limits | None = None
) -> Preview:
    """What the change would do now to every device that is not locked, were it written as one.

    Nothing is written, no version is taken and no seat learns of it. A device is taken to hold what
    is its now; one that has not synced for a while gets the difference on top. PreviewTooLarge:
    beyond `limits`; else the errors of `Store.write`.
    """
    limits = limits or DEFAULT_LIMITS
    check_size(len(operations), limits)
    job = store.office_job(author, operations)
    with discarding(store.engine) as connection:
        return _Trial(store, connection, limits).run(job)


def check_size(operations: int, limits: Limits | None = None) -> None:
    """PreviewTooLarge when a preview of so many operations is refused."""
    most = (limits or DEFAULT_LIMITS).operations
    if operations > most:
        raise PreviewTooLarge(
            f"A preview takes at most {most:,} operations, these are {operations:,}.", limit=most
        )


class _Trial:
    """One preview, inside the transaction that is going to be rolled back."""

    def __init__(self, store: Store, connection: sa.Connection, limits: Limits) -> None:
        self._store = store
        self._connection = connection
        self._limits = limits

    def run(self, job: OfficeJob) -> Preview:
        """Make the change and count."""
        commit = Commit(
            self._connection,
            self._store.schema,
            self._store.tables,
            self._store.environment,
            self._limits.moved_rows,
        )  # takes the lock: the grants read below are those that the change meets
        seats = self._seats()
        people = {seat.person for seat in seats}
        if len(people) > self._limits.people:
            raise PreviewTooLarge(
                f"A preview looks at no more than {self._limits.people:,} people with a device.",
                limit=self._limits.people,
            )
        before = {person: self._granted(person, commit.at) for person in people}
        ((verdicts, error),) = commit.run([job])
        if error is not None:
            raise error
        (verdict,) = verdicts
        effects: dict[bytes, Effects] = {}
        if verdict.version is not None:
            after = (
                {p: self._granted(p, commit.at) for p in people} if self._regrants(job) else before
            )
            kinds = Kinds.of(self._connection, commit.moves)
            for person in people:
                holding = Holding(before[person], after[person])
                touched = kinds.effects(holding)
                granted = effects_of_grants(self._connection, holding, verdict.version)
                effects[person] = {
                    tag: touched.get(tag, NO_EFFECT) + granted.get(tag, NO_EFFECT)
                    for tag in touched.keys() | granted.keys()
                }
        told = [self._told(seat, effects.get(seat.person, {})) for seat in seats]
        return Preview(verdict, tuple(one for one in told if one.effect != NO_EFFECT))

    def _told(self, seat: sa.Row[tuple[bytes, bytes, str]], effects: Effects) -> SeatEffect:
        by_tag = self._store.schema.by_tag
        named = {by_tag[tag].name: one for tag, one in effects.items() if one != NO_EFFECT}
        total = sum(named.values(), NO_EFFECT)
        return SeatEffect(seat.id, seat.person, seat.device, total, named)

    def _seats(self) -> Sequence[Any]:
        s = t.seat.c
        wanted = sa.select(s.id, s.person, s.device).where(s.state != "locked")
        return self._connection.execute(wanted.order_by(s.enrolled, s.id)).all()

    def _granted(self, person: bytes, at: int) -> Buckets:
        store = self._store
        grants = grants_of(self._connection, store.schema, store.tables, person, at)
        return frozenset(grant.bucket for grant in grants)

    def _regrants(self, job: OfficeJob) -> bool:
        schema = self._store.schema
        names = {schema.by_tag[operation.tag].name for operation in job.operations}
        return any(touches_grants(schema, name) for name in names)

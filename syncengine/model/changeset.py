"""Changesets: the only way in which anything is ever written, and the verdicts on them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from syncengine.model.entity import Action
from syncengine.model.fields import Stored


@dataclass(frozen=True)
class Operation:
    """One row's change. `fields` maps field numbers to stored values; empty for a delete."""

    action: Action
    tag: int
    row_id: bytes
    fields: dict[int, Stored]


@dataclass(frozen=True)
class Behind:
    """What an early checkpoint left: the parts from number `part` on are as they were at
    `version`.
    """

    part: int
    version: int


@dataclass(frozen=True)
class Base:
    """What a changeset was made on: the last published checkpoint (zero id and 0 before the
    first). behind: when that was an early one.
    """

    epoch: bytes
    version: int
    behind: Behind | None = None

    @property
    def lowest(self) -> int:
        """The version that no part of it is below."""
        return self.version if self.behind is None else self.behind.version

    def of(self, part: int) -> int:
        """The version of the part of that number."""
        if self.behind is None or part < self.behind.part:
            return self.version
        return self.behind.version


@dataclass(frozen=True)
class Changeset:
    """An atomic list of operations by one actor.

    incarnation, sequence: who made it and its place in that store's line, from 1. modules: name ->
    version it was written with. needs: own unanswered sequences that it builds on, at most 64.
    device_time: microseconds since 1970 by the device's clock, set right by what it differed from
    the server's at the last sync; it orders nothing but later edits, and those within the clamp.
    """

    id: bytes
    incarnation: bytes
    sequence: int
    actor: bytes
    modules: dict[str, int]
    base: Base
    needs: tuple[int, ...]
    device_time: int
    operations: tuple[Operation, ...]


class Outcome(StrEnum):
    """The durable answer to a changeset."""

    ACCEPTED = "accepted"
    MERGED = "merged"  # accepted, onto a row or a field list that had changed since the base
    REJECTED = "rejected"
    QUARANTINED = "quarantined"  # kept whole, no effect until the office decides


@dataclass(frozen=True)
class Objection:
    """Why one operation was refused or quarantined, or what of a merged one was not taken over: a
    stable code and a sentence.

    operation: its place in the changeset, from 0.
    field: its name, where one field is the reason.
    """

    operation: int
    code: str
    detail: str
    field: str | None = None


@dataclass(frozen=True)
class Loss:
    """A value that did not prevail: `lost` was to be, `kept` is, in `field` of the operation's
    row.
    """

    operation: int
    field: int
    lost: Stored
    kept: Stored


@dataclass(frozen=True)
class Verdict:
    """version: at which it took effect (None when it took none). decided: the clock when it was
    judged.
    """

    sequence: int
    changeset: bytes
    outcome: Outcome
    version: int | None
    decided: int
    objections: tuple[Objection, ...] = ()
    losses: tuple[Loss, ...] = ()

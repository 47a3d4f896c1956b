"""One device of the fleet, with what its person did on it and what it last heard."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.devices import FleetDevice
from tests.fleet.oracle import Key, Oracle

TAKEN = {"accepted", "merged"}


@dataclass(frozen=True)
class Work:
    """One changeset: an operation on a row, and the customer that it is about, if any.

    known, checkpoint, base: the oracle, the rows and the version at the checkpoint that it was made
    on. after: the numbers of own unsettled work on the row that it was made after. wild: made past
    the device's own rules. apart: what it builds on was answered already. unsure: what the server
    can prove of it was lost. split: made on an early checkpoint. made: when, by the device; 0: not
    noted.
    also: the operations that come next in the changeset.
    """

    action: Action
    entity: str
    row: bytes
    customer: bytes | None
    fields: dict[str, Stored]
    known: Oracle | None = None
    checkpoint: Set[Key] = frozenset()
    after: tuple[int, ...] = ()
    base: int = 0
    wild: bool = False
    apart: bool = False
    unsure: bool = False
    split: bool = False
    made: int = 0
    also: tuple[Work, ...] = ()

    @property
    def operations(self) -> tuple[Work, ...]:
        """All of the changeset."""
        return (self, *self.also)

    def each(self, change: Callable[[Work], Work]) -> Work:
        """The changeset with each operation changed."""
        return replace(change(self), also=tuple(change(operation) for operation in self.also))

    @property
    def key(self) -> Key:
        """Of the row."""
        return self.entity, self.row


@dataclass
class Seat:
    """known, since: the oracle as it was, and when, at the last checkpoint that the device holds.

    checkpoints: rows of any of them. work: all ever done, numbered from 1; outcomes: of what was
    judged; settled: how many came before the last checkpoint. Where anybody notes these: versions:
    of what took effect; line: the number of the last work judged; fork: what the checkpoint counts
    as since the server was restored.
    """

    person: str
    device: FleetDevice
    known: Oracle | None = None
    since: int = 0
    checkpoint: set[Key] = field(default_factory=set)
    checkpoints: set[Key] = field(default_factory=set)
    work: list[Work] = field(default_factory=list)
    outcomes: dict[int, str] = field(default_factory=dict)
    settled: int = 0
    versions: dict[int, int] = field(default_factory=dict)
    line: int = 0
    fork: int | None = None

    def expected(self, now: int) -> set[Key]:
        """What shows until the next sync: what has not ended, with the own work on top. What was
        over at the checkpoint is not held, and a clock that is behind does not bring it back.
        """
        found = self.known.slice(self.person, now, self.since) if self.known else set()
        found &= self.checkpoint
        for work in self.work[self.settled :]:
            if work.action is Action.INSERT:
                found.add(work.key)
            if work.action is Action.DELETE:
                found.discard(work.key)
        return found

    def made(
        self, action: Action, entity: str, row: bytes, customer: bytes | None,
        fields: dict[str, Stored],
    ) -> None:  # fmt: skip
        """Work that the device has taken."""
        unsettled = range(self.settled + 1, len(self.work) + 1)
        after = tuple(n for n in unsettled if self.work[n - 1].row == row)
        self.work.append(
            Work(action, entity, row, customer, fields, self.known, self.checkpoint, after)
        )

    def says(self, work: Work, made: str | None) -> bool:
        """Whether a phone that was entered is another one than the person had before: who enters
        what is there says nothing. What was refused meanwhile is not had. made: what it was when
        the customer was made, which counts for who never had the customer.
        """
        own = [self.work[n - 1] for n in work.after if self.outcomes.get(n) in TAKEN]
        known = work.known.phone.get(work.row, made) if work.known else made
        before = own[-1].fields["phone"] if own else known
        return work.fields["phone"] != before

    def may_refuse(self, customer: bytes, now: int) -> bool:
        """Whether the device may say no to work on a customer that shows: somebody else's, that
        it holds through a substitution, which has days for reading.
        """
        known = self.known
        if known is None or customer not in known.owner:
            return True
        own = known.owner[customer] in known.below(self.person)
        return not own and customer not in known.selected(self.person, now, self.since)

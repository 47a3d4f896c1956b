"""One device of the fleet, with what its person did on it and what it last heard."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass, field

from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from tests.fleet.devices import FleetDevice
from tests.fleet.oracle import Key, Oracle


@dataclass(frozen=True)
class Work:
    """One changeset: an operation on a row, and the customer that it is about, if any.

    known, checkpoint, base: the oracle, the rows and the version at the checkpoint that it was made
    on. wild: made past the device's own rules. apart: what it builds on was answered already.
    unsure: what the server can prove of it was lost.
    """

    action: Action
    entity: str
    row: bytes
    customer: bytes | None
    fields: dict[str, Stored]
    known: Oracle | None = None
    checkpoint: Set[Key] = frozenset()
    base: int = 0
    wild: bool = False
    apart: bool = False
    unsure: bool = False

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
        """What shows until the next sync: what has not ended, with the own work on top.

        By a clock that is behind, nothing comes back that had ended at the last checkpoint.
        """
        at = max(now, self.since)
        found = self.known.slice(self.person, at, self.since) if self.known else set()
        for work in self.work[self.settled :]:
            if work.action is Action.INSERT:
                found.add(work.key)
            if work.action is Action.DELETE:
                found.discard(work.key)
        return found

    def may_refuse(self, customer: bytes, now: int) -> bool:
        """Whether the device may say no to work on a customer that shows: somebody else's, that
        it holds through a substitution, which has days for reading.
        """
        known = self.known
        if known is None or customer not in known.owner:
            return True
        own = known.owner[customer] in known.below(self.person)
        begun = min(now, self.since)  # a clock that is behind lets nobody work yet
        return not own and customer not in known.selected(self.person, now, begun)

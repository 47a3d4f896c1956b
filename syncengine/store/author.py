"""Who writes, and what the write path needs to know of them; the submissions that wait for the
lock.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from syncengine.model.access import Actor, Source
from syncengine.model.changeset import Objection, Operation, Verdict
from syncengine.model.errors import SyncError
from syncengine.protocol.changesets import WireChangeset
from syncengine.store.reviews import Kind, State, pack_operations
from syncengine.store.working import Key


@dataclass(frozen=True)
class Author:
    """An office user, an import or a job. `label` is read by people in the history."""

    source: Source
    person: bytes | None
    label: str

    @property
    def actor(self) -> Actor:
        """For the decision point."""
        return Actor(self.source, self.person)


@dataclass(frozen=True)
class Submission:
    """A device's changeset, its signature checked; `operations` or the `fault` that reading it
    met.
    """

    wire: WireChangeset
    body: bytes
    body_hash: bytes
    operations: tuple[Operation, ...]
    fault: SyncError | None


def faulty(fault: SyncError) -> Objection:
    """What the verdict on a changeset says that could not be read."""
    name = fault.data.get("field")
    return Objection(0, fault.code, fault.detail, name if isinstance(name, str) else None)


@dataclass
class DeviceJob:
    """What one request of a seat pushes, in order. `answer` holds once the commit is durable."""

    incarnation: bytes
    person: bytes
    submissions: list[Submission]
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None


@dataclass
class OfficeJob:
    """One changeset of the office, an import or a job."""

    author: Author
    changeset: bytes
    operations: tuple[Operation, ...]
    body_hash: bytes
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None


@dataclass
class DecisionJob:
    """The office's decision on what waits: `operations` take effect, none when it is rejected.

    base, incarnation, judged, edited: what the work was made on, by whom and when. typed: the
    fields (row and number) for which the office has set a value. label: for the history.
    """

    review: int
    kind: Kind
    state: State
    reason: str
    label: str
    changeset: bytes
    person: bytes
    behalf: bytes | None
    base: int
    incarnation: bytes
    judged: int
    edited: int
    operations: tuple[Operation, ...]
    typed: frozenset[tuple[Key, int]]
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None

    @property
    def body_hash(self) -> bytes:
        """Of what is decided."""
        return hashlib.sha256(self.label.encode() + pack_operations(self.operations)).digest()


@dataclass
class TimeJob:
    """Nothing but the boundaries in time that lie behind by now."""

    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None


@dataclass
class RestJob:
    """The next rows of what moves more than one commit does. `found`: there was such a thing."""

    found: bool = False
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None


Job = DeviceJob | OfficeJob | DecisionJob | TimeJob | RestJob

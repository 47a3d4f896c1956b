"""Who writes, and what the write path needs to know of them; the submissions that wait for the
lock.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from syncengine.model.access import Actor, Source
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.errors import SyncError
from syncengine.protocol.changesets import WireChangeset


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


Job = DeviceJob | OfficeJob | TimeJob | RestJob

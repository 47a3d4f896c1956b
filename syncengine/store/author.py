"""Who writes, and what the write path needs to know of them; the submissions that wait for the
lock.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from syncengine.model.access import Source
from syncengine.model.changeset import Base, Operation, Verdict
from syncengine.model.errors import SyncError
from syncengine.model.fields import Stored
from syncengine.model.steps import Fields
from syncengine.model.wording import Wording
from syncengine.protocol.changesets import WireChangeset
from syncengine.store.reviews import Kind, State, pack_operations
from syncengine.store.scope import Scope
from syncengine.store.working import Key


@dataclass(frozen=True)
class Author:
    """The office, an import or a job. `label` is read by people in the history.

    user: who signed in and does it, whose rights count; None: the operator, who has them all.
    scope: what of these rights a token carries; None: it was no token.
    """

    source: Source
    person: bytes | None
    label: str
    user: bytes | None = None
    scope: Scope | None = None


@dataclass(frozen=True)
class Expected:
    """What a changeset of the office was made on; it is refused where that is no longer so.

    versions: of rows that it changes, or was made from; 0: there was none. unused: (entity tag,
    field number, value) that no row has.
    """

    versions: Mapping[Key, int] = field(default_factory=dict)
    unused: frozenset[tuple[int, int, Stored]] = frozenset()


@dataclass(frozen=True)
class Submission:
    """A device's changeset, its signature checked; `operations` or the `fault` that reading it
    met. `written`: the operations in the words of `wording`, which `operations` are not.
    """

    wire: WireChangeset
    body: bytes
    body_hash: bytes
    operations: tuple[Operation, ...]
    fault: SyncError | None
    wording: Wording
    written: tuple[Operation, ...]

    def said(self, position: int, fields: Fields, base: Fields) -> Fields:
        """Those of an edit's fields that do not only repeat what its row had, `base`."""
        return self.wording.said(self.written[position], fields, base)


@dataclass
class DeviceJob:
    """What one request of a seat pushes, in order. `answer` holds once the commit is durable.

    handed_in: by the office, from a file: what is too old to be read is kept for it.
    """

    incarnation: bytes
    person: bytes
    submissions: list[Submission]
    handed_in: bool = False
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None


@dataclass
class OfficeJob:
    """One changeset of the office, an import or a job.

    asked: the hash of the request that it was made of, under which its answer is kept once it is
    accepted; None: it is not kept. expected: what it was made on, if that counts.
    """

    author: Author
    changeset: bytes
    operations: tuple[Operation, ...]
    body_hash: bytes
    asked: bytes | None = None
    expected: Expected | None = None
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None

    @classmethod
    def of(cls, author: Author, changeset: bytes, operations: Sequence[Operation]) -> OfficeJob:
        """With the hash by which the same changeset is known again."""
        plain = [(str(o.action), o.tag, o.row_id, sorted(o.fields.items())) for o in operations]
        body_hash = hashlib.sha256(msgspec.msgpack.encode(plain)).digest()
        return cls(author, changeset, tuple(operations), body_hash)


@dataclass
class DecisionJob:
    """The office's decision on what waits: `operations` take effect, none when it is rejected.

    base, incarnation, judged, edited: what the work was made on, by whom and when. typed: the
    fields (row and number) for which the office has set a value. label: for the history. entered:
    the work itself. user: who decides (Author).
    """

    review: int
    kind: Kind
    state: State
    reason: str
    label: str
    changeset: bytes
    person: bytes
    behalf: bytes | None
    base: Base
    incarnation: bytes
    judged: int
    edited: int
    operations: tuple[Operation, ...]
    typed: frozenset[tuple[Key, int]]
    entered: tuple[Operation, ...] = ()
    user: bytes | None = None
    answer: list[Verdict] = field(default_factory=list)
    error: Exception | None = None

    @property
    def author(self) -> Author:
        """The office, for whose work it is."""
        return Author(Source.OFFICE, self.person, self.label, self.user)

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

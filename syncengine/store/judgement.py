"""What judging a changeset comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from conflict_rules.merge_by_field import FieldLoss
from syncengine.model.changeset import Loss, Objection, Outcome, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.working import Key, RowState


@dataclass(frozen=True)
class Applied:
    """One operation's entry in the history. before, after: the fields that really changed.

    entered: what was entered into fields that are something else afterwards.
    """

    tag: int
    row_id: bytes
    action: Action
    principal: bytes | None
    before: dict[int, Stored]
    after: dict[int, Stored]
    losses: tuple[FieldLoss, ...]
    entered: dict[int, Stored]


@dataclass(frozen=True)
class Line:
    """A value for the office to look at: the field's at the base, the server's, the entered one."""

    operation: int
    field: int
    base: Stored
    server: Stored
    entered: Stored
    principal: bytes | None


@dataclass
class Judgement:
    """The outcome, and what follows from it; `rows` and `applied` count only when it took
    effect.

    lines: of the fields in conflict that people decide; when quarantined, of all that was entered.
    blobs: those that its operations name.
    """

    outcome: Outcome = Outcome.ACCEPTED
    objections: list[Objection] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    rows: dict[Key, RowState] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    blobs: frozenset[bytes] = frozenset()

    @classmethod
    def refused(cls, objection: Objection) -> Judgement:
        """Of a changeset that need not be looked into."""
        return cls(Outcome.REJECTED, [objection])

    def verdict(self, sequence: int, changeset: bytes, newest: int) -> Verdict:
        """The answer; newest: the clock's version before it."""
        version = newest + 1 if self.effective else None
        return Verdict(
            sequence,
            changeset,
            self.outcome,
            version,
            version or newest,
            tuple(self.objections),
            tuple(self.losses),
        )

    @property
    def effective(self) -> bool:
        """Whether it goes into the history."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.MERGED)

"""What judging a changeset comes to."""

from __future__ import annotations

from dataclasses import dataclass, field

from conflict_rules.merge_by_field import FieldLoss
from syncengine.model.changeset import Loss, Objection, Outcome
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


@dataclass
class Judgement:
    """The outcome, and what follows from it; `rows` and `applied` count only when it took
    effect.
    """

    outcome: Outcome = Outcome.ACCEPTED
    objections: list[Objection] = field(default_factory=list)
    losses: list[Loss] = field(default_factory=list)
    rows: dict[Key, RowState] = field(default_factory=dict)
    applied: list[Applied] = field(default_factory=list)

    @property
    def effective(self) -> bool:
        """Whether it goes into the history."""
        return self.outcome in (Outcome.ACCEPTED, Outcome.MERGED)

"""What comes of judging a changeset, noted operation by operation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conflict_rules.merge_by_field import FieldLoss, Merged
from syncengine.model.access import Refusal, Source
from syncengine.model.changeset import Loss, Objection, Operation, Outcome
from syncengine.model.fields import Stored
from syncengine.store.contested import entered
from syncengine.store.judgement import Applied, Judgement
from syncengine.store.privacy import about_private
from syncengine.store.refusals import PRIVATE, WAITING
from syncengine.store.standing import Standing
from syncengine.store.working import RowState, Working

WAITS = {refusal.code for refusal in WAITING}


class Proceedings:
    """Of one changeset. merged: it met changes that its author had not seen."""

    def __init__(self, standing: Standing) -> None:
        self._standing = standing
        self._notices: list[Objection] = []
        self._lost: tuple[FieldLoss, ...] = ()
        self.judgement = Judgement()
        self.merged = False

    def object(self, position: int, refusal: Refusal, field_name: str | None = None) -> None:
        """Something that the changeset is refused for, or has to wait for."""
        self.judgement.objections.append(
            Objection(position, refusal.code, refusal.detail, field_name)
        )

    def notice(self, position: int, told: Refusal, field_name: str | None = None) -> None:
        """Something that its author is told when it takes effect."""
        self._notices.append(Objection(position, told.code, told.detail, field_name))

    def lose(self, losses: Iterable[FieldLoss]) -> None:
        """Values of the operation that is recorded next, which do not prevail."""
        self._lost += tuple(losses)

    def record(
        self,
        position: int,
        operation: Operation,
        before: RowState,
        after: RowState,
        old: dict[int, Stored],
        merged: Merged,
        held: RowState | None = None,
    ) -> None:
        """One operation's effect on a row. held: with the buckets by which its author worked on it,
        where they are others.
        """
        losses, self._lost = merged.losses + self._lost, ()
        self.judgement.losses += [Loss(position, x.field, x.lost, x.kept) for x in losses]
        key = (operation.tag, operation.row_id)
        if after is not before:
            self.judgement.rows[key] = after
        elif not losses and self._standing.actor.source is not Source.DEVICE:
            return  # an office write that changes nothing leaves no trace
        principal = self._standing.principal((held or before).buckets or after.buckets)
        self.judgement.applied.append(
            Applied(*key, operation.action, principal, old, merged.write, losses, merged.entered)
        )

    def close(self, operations: Sequence[Operation], working: Working, waits: bool) -> Judgement:
        """The judgement of all. waits: for the office, unless it is refused, or about what no user
        of the office has: that goes back to its author.
        """
        judgement = self.judgement
        if waits and about_private(
            working.schema, operations, lambda key: judgement.rows.get(key) or working.state(key)
        ):
            judgement.objections = [_private(objection) for objection in judgement.objections]
        if any(o.code not in WAITS for o in judgement.objections):
            judgement.outcome = Outcome.REJECTED
        elif waits:
            judgement.outcome = Outcome.QUARANTINED
            judgement.lines = list(entered(operations, working, self._standing))
        elif self.merged or self._notices:
            judgement.outcome = Outcome.MERGED
            judgement.objections = self._notices
        return judgement


def _private(objection: Objection) -> Objection:
    """In place of one that has work wait for the office."""
    if objection.code not in WAITS:
        return objection
    return replace(objection, code=PRIVATE.code, detail=PRIVATE.detail)

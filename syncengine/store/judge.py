"""Judging one changeset against the working rows: may it, what does it merge to, which rows result.

Nothing is written here. A changeset is atomic: one refused operation refuses all, one operation of
late work that must wait quarantines all.
"""

from __future__ import annotations

from dataclasses import replace

from conflict_rules import delete_wins, edit_resurrects
from conflict_rules.deed import Deed
from conflict_rules.merge_by_field import FieldLoss, Merged, Times, merge
from syncengine.model.access import ROW_UNKNOWN, WORK_OVER, Refusal, Source, may
from syncengine.model.changeset import Loss, Objection, Operation, Outcome
from syncengine.model.entity import Action, DeleteRule, Entity, LateWork
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id, is_bound
from syncengine.model.manifest import Schema
from syncengine.store.account_faults import account_faults
from syncengine.store.contested import contested, copy_of, entered, keeps_both
from syncengine.store.judgement import Applied, Judgement
from syncengine.store.permission import LATE, Permission
from syncengine.store.placement import Placement
from syncengine.store.references import (
    REFERENCE_UNKNOWN,
    in_use,
    reference_faults,
    references_hold,
)
from syncengine.store.removed import notice, set_apart
from syncengine.store.rule_faults import rule_faults
from syncengine.store.standing import Standing
from syncengine.store.substitution_faults import substitution_faults
from syncengine.store.working import ABSENT, NOWHERE, Key, RowState, Values, Working, numbered

ROW_EXISTS = Refusal("row.exists", "There is such a row already.")
ROW_FOREIGN = Refusal("row.id_foreign", "This row's id was not made by this device.")
DELETED = Refusal("row.deleted", "The row was deleted meanwhile; the office decides.")
FORGOTTEN = Refusal("base.forgotten", "What it was made on is not on record; the office decides.")
FAULTS = (in_use, substitution_faults, rule_faults, account_faults)
WAITING = (LATE, DELETED, FORGOTTEN)
COPIED = Refusal("row.copied", "Somebody else changed it, too: this became a copy beside it.")
QUEUED = Refusal("conflict.queued", "Somebody else changed this, too; the office decides.")
EDITED = Refusal("row.edited", "It was not deleted: somebody edited it meanwhile.")
DELETES = {
    DeleteRule.DELETE_WINS: delete_wins.resolve,
    DeleteRule.EDIT_RESURRECTS: edit_resurrects.resolve,
}


class Judge:
    """Judges one changeset; made for it and thrown away."""

    def __init__(
        self, working: Working, placement: Placement, standing: Standing, version: int
    ) -> None:
        self._working = working
        self._placement = placement
        self._schema: Schema = working.schema
        self._standing = standing
        self._version = version
        self._judgement = Judgement()
        self._permission = Permission(self._schema, standing, self._state, self._object)
        self._merged = False
        self._removed: tuple[FieldLoss, ...] = ()  # of the operation being judged
        self._notices: list[Objection] = []
        self._edits: dict[Key, dict[int, Stored]] = {}  # what the author set in it so far

    def judge(self, operations: tuple[Operation, ...]) -> Judgement:
        """The whole changeset, operation by operation, then its references."""
        late = False
        for position, whole in enumerate(operations):
            entity = self._schema.by_tag[whole.tag]
            operation, self._removed = set_apart(entity, whole)
            self._notices += [notice(position, entity, loss) for loss in self._removed]
            refusal = self._apply(position, entity, operation)
            late |= refusal in WAITING
            if refusal is not None:
                self._object(position, refusal)
        for position, refusal, field_name in reference_faults(
            self._schema, operations, self._state, self._visible
        ):
            waits = refusal is REFERENCE_UNKNOWN and self._permission.never_had(refusal)
            late |= waits is LATE
            self._object(position, waits or refusal, field_name)
        for faults in (*FAULTS, self._permission.beyond):
            for position, refusal in faults(self._working, operations, self._judgement.rows):
                self._object(position, refusal)
        self._placement.follow(self._judgement.rows, self._state)
        judgement = self._judgement
        if any(o.code not in {r.code for r in WAITING} for o in judgement.objections):
            judgement.outcome = Outcome.REJECTED
        elif late:
            judgement.outcome = Outcome.QUARANTINED
            judgement.lines = [
                line
                for position, o in enumerate(operations)
                for line in entered(
                    position,
                    self._schema.by_tag[o.tag],
                    o,
                    self._working.state((o.tag, o.row_id)),
                    self._standing,
                )
            ]
        elif self._merged or self._notices:
            judgement.outcome = Outcome.MERGED
            judgement.objections = self._notices
        return judgement

    def _state(self, key: Key) -> RowState:
        return self._judgement.rows.get(key) or self._working.state(key)

    def _visible(self, key: Key) -> bool:
        """Whether the author may refer to the row: holds it, or provably had it.

        A row that is not there costs what one costs that they may not know of (invariant 9).
        """
        state = self._state(key)
        if self._permission.holds(key, state):
            return True
        had = self._standing.late(key, LateWork.ACCEPT) is not None
        return had and state.values is not None

    def _object(self, position: int, refusal: Refusal, field_name: str | None = None) -> None:
        self._judgement.objections.append(
            Objection(position, refusal.code, refusal.detail, field_name)
        )

    def _apply(self, position: int, entity: Entity, operation: Operation) -> Refusal | None:
        if operation.action is Action.INSERT:
            return self._insert(position, entity, operation)
        key = (operation.tag, operation.row_id)
        before = self._state(key)
        if before.values is None and (last := self._standing.view.deleted(key)) is not None:
            return self._deleted(position, entity, operation, last)
        refusal = self._permission.of(
            entity, operation, self._permission.facts(key, before), position
        )
        if refusal in (ROW_UNKNOWN, WORK_OVER):
            refusal = self._permission.late_edit(
                entity, key, before.values is not None, operation, position, refusal
            )
        if refusal is not None or before.values is None:
            return refusal
        if self._standing.view.unknown(key):
            return FORGOTTEN
        if operation.action is Action.DELETE:
            self._delete(position, entity, operation, before, before.values)
            return None
        return self._update(position, entity, operation, before, before.values)

    def _delete(
        self, position: int, entity: Entity, operation: Operation, before: RowState, values: Values
    ) -> None:
        """Delete a row that is there, unless the rule lets edits stand that the author had not
        seen; else these are losses.
        """
        old = dict(numbered(entity, values))
        key = (operation.tag, operation.row_id)
        seen = dict(numbered(entity, self._standing.view.values(key, values)))
        seen |= self._edits.get(key, {})
        unseen = tuple(FieldLoss(n, old[n], None) for n in old if old[n] != seen[n])
        done = Deed.EDITED if unseen and not self._standing.decides else Deed.NOTHING
        if DELETES[entity.on_delete](done, Deed.DELETED) is Deed.EDITED:
            self._notices.append(Objection(position, EDITED.code, EDITED.detail))
            return
        self._merged |= bool(unseen)
        after = RowState(self._version, None, NOWHERE)
        self._record(position, operation, before, after, old, Merged({}, unseen, {}))

    def _deleted(
        self, position: int, entity: Entity, operation: Operation, values: Values
    ) -> Refusal | None:
        """Work on a row that was deleted since the author saw it, with these values."""
        key = (operation.tag, operation.row_id)
        if not self._standing.had(key):
            return self._permission.never_had(ROW_UNKNOWN)
        if operation.action is Action.DELETE:
            self._merged = True  # both wanted the same
            return None
        buckets = self._placement.buckets_of(entity, key[1], values, self._state)
        last = RowState(self._version, values, buckets)
        facts = self._permission.facts(key, last)
        refusal = self._permission.of(entity, operation, facts, position)
        if refusal is not None:
            return LATE if refusal in (ROW_UNKNOWN, WORK_OVER) else refusal
        kept = DELETES[entity.on_delete](Deed.DELETED, Deed.EDITED) is Deed.EDITED
        stands = kept or self._standing.decides
        allowed = may(self._standing.actor, Action.INSERT, facts) is None
        held = references_hold(entity, self._schema, values, self._state)
        if not (stands and allowed and held):
            return REFERENCE_UNKNOWN if self._standing.decides else DELETED
        whole = Operation(Action.INSERT, *key, dict(numbered(entity, values)))
        self._merged = True
        self._record(position, whole, ABSENT, last, {}, Merged(whole.fields, (), {}))
        return self._update(position, entity, operation, last, values)

    def _insert(self, position: int, entity: Entity, operation: Operation) -> Refusal | None:
        incarnation = self._standing.incarnation
        if incarnation is not None and not is_bound(operation.row_id, incarnation):
            return ROW_FOREIGN
        key = (operation.tag, operation.row_id)
        before = self._state(key)
        if before.values is not None:
            return ROW_EXISTS
        values = tuple(operation.fields.get(f.number) for f in entity.fields)
        buckets = self._placement.buckets_of(entity, key[1], values, self._state)
        after = RowState(self._version, values, buckets)
        refusal = self._permission.of(
            entity, operation, self._permission.facts(key, after), position
        )
        if refusal in (ROW_UNKNOWN, WORK_OVER):
            refusal = self._permission.late_insert(entity, values, operation, position, refusal)
        if refusal is None:
            made = Merged(dict(operation.fields), (), {})
            self._record(position, operation, before, after, {}, made)
        return refusal

    def _update(
        self, position: int, entity: Entity, operation: Operation, before: RowState, values: Values
    ) -> Refusal | None:
        key = (operation.tag, operation.row_id)
        server = dict(numbered(entity, values))
        edits = self._edits.setdefault(key, {})
        view = self._standing.view
        base = dict(numbered(entity, view.values(key, values))) | edits
        said = self._standing.said(position, operation.fields, base)
        times = Times(self._standing.edited, lambda number: view.edited(key, number))
        merged = merge(base, server, said, lambda n: entity.fields[entity.by_number[n]], times)
        edits.update(said)
        self._merged |= base != server
        if keeps_both(entity, merged):
            return self._copy(position, entity, operation, before, values)
        principal = self._standing.principal(before.buckets)
        for line in contested(position, entity, operation, base, merged, principal):
            self._judgement.lines.append(line)
            name = entity.fields[entity.by_number[line.field]].name
            self._notices.append(Objection(position, QUEUED.code, QUEUED.detail, name))
        changed = tuple(
            merged.write.get(f.number, values[place]) for place, f in enumerate(entity.fields)
        )
        buckets = before.buckets
        if merged.write:
            buckets = self._placement.buckets_of(entity, key[1], changed, self._state)
        after = RowState(self._version, changed, buckets) if merged.write else before
        old = {number: server[number] for number in merged.write}
        # What both sides changed alike is not written; the author goes on from it all the same.
        agreed = {n: v for n, v in said.items() if base[n] != v == server[n]}
        seen = replace(merged, entered=agreed | merged.entered)
        self._record(position, operation, before, after, old, seen)
        return None

    def _copy(
        self, position: int, entity: Entity, operation: Operation, before: RowState, values: Values
    ) -> Refusal | None:
        """Put an edit in conflict into a copy of the row, which stays as it is."""
        server, fields = dict(numbered(entity, values)), operation.fields
        key = (operation.tag, derived_id(operation.row_id, b"copy", self._standing.origin))
        there = self._state(key)
        if there.values is not None and not self._standing.holds(there):
            return LATE
        copied = copy_of(entity, operation, there.values or values)
        buckets = self._placement.buckets_of(entity, key[1], copied, self._state)
        after = RowState(self._version, copied, buckets)
        old = dict(numbered(entity, there.values)) if there.values is not None else {}
        new = {n: v for n, v in numbered(entity, copied) if n not in old or old[n] != v}
        apart = {n: v for n, v in fields.items() if server[n] != v}
        self._record(position, operation, before, before, {}, Merged({}, (), apart))
        made = Operation(Action.UPDATE if old else Action.INSERT, *key, new)
        self._record(
            position, made, there, after, {n: old[n] for n in new if old}, Merged(new, (), {})
        )
        self._notices.append(Objection(position, COPIED.code, COPIED.detail))
        return None

    def _record(
        self,
        position: int,
        operation: Operation,
        before: RowState,
        after: RowState,
        old: dict[int, Stored],
        merged: Merged,
    ) -> None:
        losses, self._removed = merged.losses + self._removed, ()
        self._judgement.losses += [Loss(position, x.field, x.lost, x.kept) for x in losses]
        key = (operation.tag, operation.row_id)
        if after is not before:
            self._judgement.rows[key] = after
        elif not losses and self._standing.actor.source is not Source.DEVICE:
            return  # an office write that changes nothing leaves no trace
        principal = self._standing.principal(before.buckets or after.buckets)
        self._judgement.applied.append(
            Applied(*key, operation.action, principal, old, merged.write, losses, merged.entered)
        )

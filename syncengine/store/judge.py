"""Judging one changeset against the working rows: may it, what does it merge to, which rows result.

Nothing is written here. A changeset is atomic: one refused operation refuses all, one operation of
late work that must wait quarantines all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from conflict_rules import delete_wins, edit_resurrects
from conflict_rules.deed import Deed
from conflict_rules.merge_by_field import FieldLoss, Merged, Times, merge
from syncengine.model.access import ROW_UNKNOWN, WORK_OVER, Refusal, may
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, DeleteRule, Entity
from syncengine.model.fields import Stored
from syncengine.model.ids import derived_id, is_bound
from syncengine.model.manifest import Schema
from syncengine.store.account_faults import account_faults
from syncengine.store.attached import Attached
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.contested import contested, copy_of, keeps_both
from syncengine.store.edit import Edit
from syncengine.store.judgement import Judgement
from syncengine.store.permission import LATE, Permission
from syncengine.store.placement import Placement
from syncengine.store.proceedings import Proceedings
from syncengine.store.references import (
    REFERENCE_UNKNOWN,
    in_use,
    reference_faults,
    references_hold,
)
from syncengine.store.refusals import (
    COPIED,
    DELETED,
    EDITED,
    FORGOTTEN,
    QUEUED,
    ROW_EXISTS,
    ROW_FOREIGN,
    WAITING,
)
from syncengine.store.removed import notice, set_apart
from syncengine.store.rule_faults import rule_faults
from syncengine.store.standing import Standing
from syncengine.store.substitution_faults import substitution_faults
from syncengine.store.transitions import LATE_STEP, Transitions
from syncengine.store.working import (
    ABSENT,
    NOWHERE,
    Key,
    RowState,
    Values,
    Working,
    numbered,
    written,
)

FAULTS = (in_use, substitution_faults, rule_faults, account_faults)
DELETES = {
    DeleteRule.DELETE_WINS: delete_wins.resolve,
    DeleteRule.EDIT_RESURRECTS: edit_resurrects.resolve,
}


class Judge:
    """Judges one changeset; made for it and thrown away."""

    def __init__(
        self,
        working: Working,
        placement: Placement,
        blobs: BlobFacts,
        standing: Standing,
        version: int,
    ) -> None:
        self._working = working
        self._placement = placement
        self._schema: Schema = working.schema
        self._standing = standing
        self._version = version
        self._found = Proceedings(standing)
        self._rows = self._found.judgement.rows  # as the changeset has made them so far
        self._permission = Permission(self._schema, standing, self._state, self._found.object)
        self._attached = Attached(working, blobs, standing, self._permission)
        self._transitions = Transitions(working, placement, standing, self._state, self._rows)
        self._edits: dict[Key, dict[int, Stored]] = {}  # what the author set in it so far

    def judge(self, operations: tuple[Operation, ...]) -> Judgement:
        """The whole changeset, operation by operation, then its references."""
        late = False
        for position, whole in enumerate(operations):
            entity = self._schema.by_tag[whole.tag]
            operation, lost = set_apart(entity, whole)
            self._found.lose(lost)
            for loss in lost:
                self._found.notice(position, *notice(entity, loss))
            refusal = self._apply(position, entity, operation)
            late |= refusal in WAITING
            if refusal is not None:
                self._found.object(position, refusal)
        for position, refusal, field_name in reference_faults(
            self._schema, operations, self._state, self._visible
        ):
            waits = refusal is REFERENCE_UNKNOWN and self._permission.never_had(refusal)
            late |= waits is LATE
            self._found.object(position, waits or refusal, field_name)
        for faults in (*FAULTS, self._permission.beyond):
            for position, refusal in faults(self._working, operations, self._rows):
                self._found.object(position, refusal)
        for position, refusal, at in self._attached.faults(operations, self._rows):
            self._found.object(position, refusal, at)
        self._found.judgement.blobs = frozenset(self._attached.named)
        self._placement.follow(self._rows, self._state)
        return self._found.close(operations, self._working, late)

    def _state(self, key: Key) -> RowState:
        return self._rows.get(key) or self._working.state(key)

    def _visible(self, key: Key) -> bool:
        """Whether the author may refer to the row: holds it, or provably had it.

        A row that is not there costs what one costs that they may not know of (invariant 9).
        """
        state = self._state(key)
        if self._permission.holds(key, state):
            return True
        return self._standing.had(key) and state.values is not None

    def _apply(self, position: int, entity: Entity, operation: Operation) -> Refusal | None:
        if operation.action is Action.INSERT:
            return self._insert(position, entity, operation)
        key = (operation.tag, operation.row_id)
        before = self._state(key)
        if before.values is None and (last := self._standing.view.deleted(key)) is not None:
            return self._deleted(position, entity, operation, last)
        held = self._transitions.held(entity, key, before)
        facts = self._permission.facts(key, held)
        refusal = self._permission.of(entity, operation, facts, position)
        if refusal in (ROW_UNKNOWN, WORK_OVER):
            made = self._working.state(key).values is None or self._standing.view.made(key)
            refusal = self._permission.late_edit(
                entity, key, before.values, made, operation, position, refusal
            )
        if refusal is not None or before.values is None:
            return refusal
        if self._standing.view.unknown(key):
            return FORGOTTEN
        if operation.action is Action.DELETE:
            return self._delete(position, entity, operation, before, held)
        return self._update(position, entity, operation, before, held)

    def _delete(
        self, position: int, entity: Entity, operation: Operation, before: RowState, held: RowState
    ) -> Refusal | None:
        """Delete a row that is there, unless the rule lets edits stand that the author had not
        seen; else these are losses.
        """
        assert before.values is not None
        values = before.values
        refusal = self._transitions.deleted(entity, operation, held)
        if refusal is not None:
            return refusal
        old = dict(numbered(entity, values))
        key = (operation.tag, operation.row_id)
        seen = dict(numbered(entity, self._standing.view.values(key, values)))
        seen |= self._edits.get(key, {})
        unseen = tuple(FieldLoss(n, old[n], None) for n in old if old[n] != seen[n])
        done = Deed.EDITED if unseen and not self._standing.decides else Deed.NOTHING
        if DELETES[entity.on_delete](done, Deed.DELETED) is Deed.EDITED:
            self._found.notice(position, EDITED)
            return None
        self._found.merged |= bool(unseen)
        after = RowState(self._version, None, NOWHERE)
        self._found.record(position, operation, before, after, old, Merged({}, unseen, {}), held)
        return None

    def _deleted(
        self, position: int, entity: Entity, operation: Operation, values: Values
    ) -> Refusal | None:
        """Work on a row that was deleted since the author saw it, with these values."""
        key = (operation.tag, operation.row_id)
        if not self._standing.had(key):
            return self._permission.never_had(ROW_UNKNOWN)
        if operation.action is Action.DELETE:
            self._found.merged = True  # both wanted the same
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
        self._found.merged = True
        self._found.record(position, whole, ABSENT, last, {}, Merged(whole.fields, (), {}))
        return self._update(position, entity, operation, last, last)

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
        held = self._transitions.held_new(entity, key, after)
        facts = self._permission.facts(key, held)
        refusal = self._permission.of(entity, operation, facts, position)
        if refusal in (ROW_UNKNOWN, WORK_OVER):
            refusal = self._permission.late_insert(entity, values, operation, position, refusal)
        if refusal is None:
            refusal = self._transitions.inserted(entity, key, held)
        if refusal is None:
            made = Merged(dict(operation.fields), (), {})
            self._found.record(position, operation, before, after, {}, made)
        return refusal

    def _update(
        self, position: int, entity: Entity, operation: Operation, before: RowState, held: RowState
    ) -> Refusal | None:
        assert before.values is not None
        key, values = (operation.tag, operation.row_id), before.values
        server = dict(numbered(entity, values))
        edits = self._edits.setdefault(key, {})
        view = self._standing.view
        base = dict(numbered(entity, view.values(key, values))) | edits
        said = self._standing.said(position, operation.fields, base)
        times = Times(self._standing.edited, lambda number: view.edited(key, number))

        def merged_with(base: dict[int, Stored], said: Mapping[int, Stored]) -> Merged:
            return merge(base, server, said, lambda n: entity.fields[entity.by_number[n]], times)

        edit = Edit(entity, key, held, base, server, said)
        taken = self._transitions.edited(
            edit, lambda state: written(entity, values, merged_with(base | state, said).write)
        )
        if taken.refusal is not None:
            return taken.refusal
        if taken.yielded:
            self._found.notice(position, LATE_STEP)
            self._found.lose(FieldLoss(n, v, server[n]) for n, v in taken.yielded.items())
        edits.update(said)
        self._found.merged |= base != server
        merged = taken.onto(merged_with, edit)
        if keeps_both(entity, merged):
            return self._copy(position, entity, operation, before, values)
        principal = self._standing.principal(held.buckets)
        for line in contested(position, entity, operation, base, merged, principal):
            self._found.judgement.lines.append(line)
            name = entity.fields[entity.by_number[line.field]].name
            self._found.notice(position, QUEUED, name)
        changed = written(entity, values, merged.write)
        buckets = before.buckets
        if merged.write:
            buckets = self._placement.buckets_of(entity, key[1], changed, self._state)
        after = RowState(self._version, changed, buckets) if merged.write else before
        old = {number: server[number] for number in merged.write}
        # What both sides changed alike is not written; the author goes on from it all the same.
        agreed = {n: v for n, v in said.items() if base[n] != v == server[n]}
        seen = replace(merged, entered=agreed | merged.entered)
        self._found.record(position, operation, before, after, old, seen, held)
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
        self._found.record(position, operation, before, before, {}, Merged({}, (), apart))
        made = Operation(Action.UPDATE if old else Action.INSERT, *key, new)
        self._found.record(
            position, made, there, after, {n: old[n] for n in new if old}, Merged(new, (), {})
        )
        self._found.notice(position, COPIED)
        return None

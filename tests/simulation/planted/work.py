"""Bugs in what becomes of work: its line, who may do it, what was late, conflicts, the history."""

from __future__ import annotations

from conflict_rules import merge_by_field
from syncengine.model import access
from syncengine.store import clock, permission, visit
from syncengine.store.basis import BaseView
from syncengine.store.commit import Commit
from syncengine.store.entries import Entries
from syncengine.store.judge import Judge
from syncengine.store.late import Acknowledged, proved_at_base
from syncengine.store.lines import Lines
from syncengine.store.moves import _count
from syncengine.store.proceedings import Proceedings
from syncengine.store.settle import _write_rows
from syncengine.store.standing import Standing
from syncengine.store.store import Store
from tests.simulation.planted.planting import instead, plant

PLANTS = (
    plant(
        "dedupe_skipped",
        "A changeset that was answered before is judged again.",
        instead(
            Lines.answered,
            "if wire.sequence == line.next_sequence:\n        if wire.id in self._taken:",
            "if wire.sequence <= line.next_sequence:\n        if False:",
        ),
    ),
    plant(
        "line_not_advanced",
        "The server forgets which changeset it took last.",
        instead(Lines.store, "if places:", "if False:"),
    ),
    plant(
        "same_verdict_for_all",
        "What was refused counts as accepted when it is asked about again.",
        instead(
            Lines._same,
            "return verdict_from_wire(msgspec.msgpack.decode(stored[1], type=WireVerdict))",
            "return Verdict(submission.wire.sequence, submission.wire.id, Outcome.ACCEPTED, 1, 1)",
        ),
    ),
    plant(
        "refused_needs_ignored",
        "Work that builds on refused work is judged as if it did not.",
        instead(Lines.refused_needs, "if not missing:", "if True:"),
    ),
    plant(
        "anybody_may",
        "A device may write what it does not hold.",
        instead(access.may, "if not row.held:", "if False:"),
    ),
    plant(
        "reading_is_writing",
        "Who may only read in the days around a substitution may write.",
        instead(access.may, "if row.work is not Work.NOW:", "if False:"),
    ),
    plant(
        "late_edits_accepted",
        "An edit of a row that has moved on takes effect.",
        instead(permission.Permission.late_edit, "if late is LateWork.QUARANTINE:", "if False:"),
    ),
    plant(
        "late_work_for_ever",
        "New rows below a row that was lost are accepted however late.",
        instead(Acknowledged.late, "now - self._changed(connection, now) <= LATE_WINDOW", "True"),
    ),
    plant(
        "late_work_refused",
        "What a device had is not looked up: late work counts as work on a foreign row.",
        instead(Acknowledged.had, "if not self.buckets:", "if True:"),
    ),
    plant(
        "proof_not_kept",
        "The server does not note the checkpoint that a device shows.",
        instead(visit.look_up, "if proved != before:", "if False:"),
    ),
    plant(
        "earlier_proof_forgotten",
        "Of the checkpoints that a device showed, only the last one counts.",
        instead(proved_at_base, "if found is None:", "if True:"),
    ),
    plant(
        "conflicts_unseen",
        "The last edit to arrive overwrites what others wrote since its base.",
        instead(
            Judge._update,
            "base = dict(numbered(entity, view.values(key, values))) | edits",
            "base = dict(server)",
        ),
    ),
    plant(
        "conflict_with_oneself",
        "A device's own earlier edits count as somebody else's.",
        instead(
            BaseView._is_own,
            "return change.incarnation == self.incarnation and change.version < self.judged",
            "return False",
        ),
    ),
    plant(
        "base_one_too_old",
        "What stood at a changeset's base is taken from the version before it (`>=` for `>`).",
        instead(BaseView._since, "c.version > base", "c.version >= base"),
    ),
    plant(
        "repeated_value_wins",
        "A field that an edit only repeats overwrites what others wrote.",
        instead(
            merge_by_field._outcome,
            "if incoming == base:\n        return Outcome(server)",
            "if incoming == base:\n        return Outcome(incoming)",
        ),
    ),
    plant(
        "losing_side_wins",
        "In a conflict the device wins where the server should.",
        instead(
            merge_by_field._outcome,
            "return RULES[field.conflict](field.type, base, server, incoming)",
            "return RULES[field.conflict](field.type, base, incoming, server)",
        ),
    ),
    plant(
        "loss_not_told",
        "The value that did not prevail is in no verdict.",
        instead(Proceedings.record, "for x in losses]", "for x in losses[:0]]"),
    ),
    plant(
        "loss_not_in_history",
        "The value that did not prevail is not in the history.",
        instead(Entries.add_operation, "for x in applied.losses]", "for x in applied.losses[:0]]"),
    ),
    plant(
        "principal_forgotten",
        "The history says that a substitute worked for nobody else.",
        instead(
            Standing.principal,
            "return others[0].via if others and len(others) == len(reasons) else self.actor.person",
            "return self.actor.person",
        ),
    ),
    plant(
        "deleted_rows_are_unknown",
        "An edit of a row that somebody deleted is refused, and does not wait for the office.",
        instead(Judge._deleted, "if not self._standing.had(key):", "if True:"),
    ),
    plant(
        "chain_broken",
        "An entry of the history is not chained to the one before.",
        instead(
            Commit._take_effect,
            "clocks.chain_next(self._clock.chain, version,",
            "clocks.chain_next(bytes(32), version,",
        ),
    ),
    plant(
        "refusals_take_versions",
        "What is refused takes effect all the same.",
        instead(Commit._submission, "if judgement.effective:", "if judgement.rows:"),
    ),
    plant(
        "sum_forgets_removals",
        "A bucket's checksum does not go down when a row leaves.",
        instead(_count, "total.sum += sign * hashed", "total.sum += max(sign, 0) * hashed"),
    ),
    plant(
        "deleted_rows_stay",
        "A row that is deleted stays in the typed table.",
        instead(
            _write_rows,
            "connection.execute(sa.delete(table).where(table.c.id.in_(some)))",
            "pass",
        ),
    ),
    plant(
        "verdicts_count_as_checkpoint",
        "A device that has just sent work hears that nothing is new.",
        instead(Store._is_unchanged, "if verdicts or hello.repair", "if hello.repair"),
    ),
    plant(
        "copy_unnoticed",
        "Other work under a number that was used before gets the answer of the first.",
        instead(
            Lines._same,
            "if stored is None or stored[0] != submission.body_hash:",
            "if stored is None:",
        ),
    ),
    plant(
        "fork_unnoticed",
        "After a restore, a checkpoint of the lost history counts as one of the new.",
        instead(
            visit._holds,
            "if clocks.at_or_below(connection, clock, held.epoch, held.version) != held.version:",
            "if held.version <= clock.version:\n        return True\n    else:",
        ),
    ),
    plant(
        "epoch_of_cursors_ignored",
        "A pull that began before a restore goes on in the new history.",
        instead(visit.look_up, "if hello.epoch == clock.epoch else {}", ""),
    ),
    plant(
        "epoch_of_base_ignored",
        "What was made on a lost version counts as made on that version of the new history.",
        instead(clock.at_or_below, "if epoch == clock.epoch:", "if True:"),
    ),
)

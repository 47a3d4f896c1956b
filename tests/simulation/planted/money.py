"""Bugs of trips and working time: who has drafts and sees them, what is frozen, what is reckoned
and how often, what a new draft knows of the old one.
"""

from __future__ import annotations

from modules.expenses.device.expenses import Expenses
from modules.expenses.jobs import _Review, take_up
from modules.expenses.perdiem import _given
from modules.timesheets.device import months
from modules.timesheets.device.timesheets import Timesheets
from modules.timesheets.sheet import _twice
from syncengine.model import transitions as model
from syncengine.model.lifecycle import Lifecycle
from syncengine.store import history_search, privacy
from syncengine.store.concealed import concealed_now
from syncengine.store.permission import Permission
from syncengine.store.placement import Placement
from syncengine.store.transitions import Transitions
from tests.simulation.planted.planting import instead, plant

MIX = "money"
PLANTS = (
    plant(
        "trips_travel",
        "A substitute and who leads get trips, drafts, too.",
        instead(
            Placement._by_reference,
            "BucketName(BucketKind.PERSONAL, target)",
            'BucketName(BucketKind("business" if entity.name == "trip" else "personal"), target)',
        ),
        mix=MIX,
    ),
    plant(
        "drafts_in_lists",
        "Users of the office see drafts in lists.",
        instead(
            privacy._conditions,
            "yield c[lifecycle.field].not_in(sorted(lifecycle.private))",
            "yield sa.true()",
        ),
        mix=MIX,
    ),
    plant(
        "parts_of_drafts_in_lists",
        "Users of the office see what belongs to drafts.",
        instead(
            privacy._conditions,
            "if above in onward or not may_be_private(schema, above, onward):",
            "if True:",
        ),
        mix=MIX,
    ),
    plant(
        "drafts_in_the_history",
        "Who searches the history finds drafts.",
        instead(
            history_search._seen,
            "if rights.limit is not None or may_be_private(store.schema, name):",
            "if rights.limit is not None:",
        ),
        mix=MIX,
    ),
    plant(
        "drafts_betrayed",
        "Who writes to a draft in the office is told that it is there.",
        instead(
            Permission.holds,
            "if not self._standing.holds(state) or self._is_private(key, state):",
            "if not self._standing.holds(state):",
        ),
        mix=MIX,
    ),
    plant(
        "days_not_concealed",
        "The office sees the days of sheets though nobody is to be evaluated.",
        instead(concealed_now, "for one in schema.concealed:", "for one in ():"),
        mix=MIX,
    ),
    plant(
        "handed_in_and_changed",
        "A device changes the parts of what was handed in.",
        instead(
            model._unmet,
            "return None if above.meets(condition) else",
            "return None if True else",
        ),
        mix=MIX,
    ),
    plant(
        "late_change_takes_effect",
        "A change of a draft that was handed in on another device takes effect.",
        instead(
            Transitions._protected,
            "return None if protection.late is LateWork.ACCEPT else STEP_WAITS",
            "return None",
        ),
        mix=MIX,
    ),
    plant(
        "steps_are_skipped",
        "A step leads to its state from any other: what was rejected is reimbursed.",
        instead(Lifecycle.steps, "if source in t.sources and t.to == to", "if t.to == to"),
        mix=MIX,
    ),
    plant(
        "day_given_twice",
        "Each trip of a day is given the whole of it.",
        instead(_Review.of, 'if one.trip["status"] in SETTLED', "if False"),
        mix=MIX,
    ),
    plant(
        "settled_day_given_again",
        "What a day was given with a trip that is settled is given once more.",
        instead(_given, "left.at_least_nothing() - already)", "left.at_least_nothing())"),
        mix=MIX,
    ),
    plant(
        "reckoned_as_it_was_read",
        "A trip is reckoned with others that were rejected while the job was at it.",
        instead(
            take_up,
            "store.write(REVIEW, operations, expected=expected)",
            "store.write(REVIEW, operations)",
        ),
        mix=MIX,
    ),
    plant(
        "meals_not_taken_off",
        "Provided meals take nothing off.",
        instead(_given, "off = _reductions(best.rate, meals)", "off = ()"),
        mix=MIX,
    ),
    plant(
        "trip_corrected_twice",
        "On devices a counter-entry to a trip counts twice.",
        instead(
            Expenses._standing,
            'Money(row["total"], currency) + total(corrections, currency)',
            'Money(row["total"], currency) + total(corrections * 2, currency)',
        ),
        mix=MIX,
    ),
    plant(
        "sheet_corrected_twice",
        "On devices a counter-entry to a sheet counts twice.",
        instead(
            months._sheet,
            "for _, number, _ in corrections)",
            "for _, number, _ in corrections * 2)",
        ),
        mix=MIX,
    ),
    plant(
        "old_trip_forgotten",
        "A new draft is not linked to the trip that came back.",
        instead(Expenses.again, 'replaces=old["id"],', ""),
        mix=MIX,
    ),
    plant(
        "old_lines_forgotten",
        "The lines of a new draft are not linked to those that came back.",
        instead(Expenses.again, 'values["replaces"] = row["id"]', "pass"),
        mix=MIX,
    ),
    plant(
        "old_sheet_forgotten",
        "A new sheet is not linked to the one that came back.",
        instead(Timesheets.again, 'old["zone"], old["id"])', 'old["zone"])'),
        mix=MIX,
    ),
    plant(
        "same_time_in_two_sheets",
        "The same time counts in two sheets.",
        instead(_twice, "if span.kind is Kind.DAY and within", "if False and within"),
        mix=MIX,
    ),
)

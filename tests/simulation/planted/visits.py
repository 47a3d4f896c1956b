"""Bugs of visit reports: which ones apply, what is missing, what comes late, what is closed."""

from __future__ import annotations

from modules.visit_reports.device.applying import applying
from modules.visit_reports.jobs import _differences, _steps
from syncengine.model.filling import _judged, counting
from syncengine.store.transitions import Transitions
from tests.simulation.planted.planting import instead, plant

MIX = "visits"
PLANTS = (
    plant(
        "nothing_is_missing",
        "A report is complete though a mandatory question is open.",
        instead(_judged, "Lack.MISSING if mandatory else None", "None"),
        mix=MIX,
    ),
    plant(
        "first_answer_counts",
        "Of several answers to one question the one made first counts.",
        instead(counting, "before.id < answer.id", "before.id > answer.id"),
        mix=MIX,
    ),
    plant(
        "late_answers_wait",
        "Answers to a report that somebody else has completed wait for the office.",
        instead(
            Transitions._protected,
            "return None if protection.late is LateWork.ACCEPT else STEP_WAITS",
            "return STEP_WAITS",
        ),
        mix=MIX,
    ),
    plant(
        "conditions_not_asked",
        "A report applies at every customer of an owner, whatever its condition.",
        instead(applying, "if not test.holds(str(condition)):", "if False:"),
        mix=MIX,
    ),
    plant(
        "assignments_stay",
        "Who is meant no longer keeps the assignment.",
        instead(_differences, "found += _deletions(store, deleted)", "pass"),
        mix=MIX,
    ),
    plant(
        "visits_closed_early",
        "A visit leaves though a report of it is open.",
        instead(
            _steps, 'visit.status == "checked_out", ~of_visit', 'visit.status == "checked_out"'
        ),
        mix=MIX,
    ),
)

"""The acts of lives with visit reports: how likely each is, and its arguments (see acts.py)."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from tests.simulation.drawing import index, report_kind, report_status, seed, who, yes

Draw = Callable[[Random], Any]
VISIT_OFFICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "publish_template": (20, (report_kind, seed)),
    "publish_edition": (10, (index, seed)),
    "aim_template": (8, (index, seed, yes)),
    "end_template": (3, (index,)),
    "reopen_report": (8, (index, yes)),
    "run_report_jobs": (20, ()),
}
VISIT_DEVICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "visit": (40, (index, index, seed)),
    "answer_reports": (30, (index, seed)),
    "force_report": (6, (index, index, report_status)),
    "force_said": (4, (index, index)),
    "force_visit": (2, (index, index)),
}
VISIT_OTHER: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "both_answer": (20, (who, who, seed)),
    "visit_two": (8, (who, seed)),
    "restore_draft": (6, (index, index, seed)),
}
VISIT_SYNCS: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "sync_with_visits_between": (25, (index, seed)),
}
VISITS = VISIT_OFFICE | VISIT_DEVICE | VISIT_OTHER | VISIT_SYNCS
VISITS_BETWEEN = {name: weight for name, (weight, _) in VISIT_OFFICE.items()} | {
    "wait_until": 10, "reassign": 10, "switch_off": 5,
}  # fmt: skip
VISITS_HERE = {name: weight for name, (weight, _) in VISIT_DEVICE.items()}

"""Which rules the office's decision takes the place of.

Rules that choose one of two values are not asked again once somebody has chosen: what was decided
stands. Rules that make one value of both, or go by the values' order, go on doing so: what was
counted is added, not set, and the highest stage reached stays the highest.
"""

from __future__ import annotations

from syncengine.model.entity import ConflictRule

CHOOSING = {
    ConflictRule.SERVER_WINS,
    ConflictRule.DEVICE_WINS,
    ConflictRule.LATER_EDIT,
    ConflictRule.MANUAL,
    ConflictRule.KEEP_BOTH,
}


def is_choice(rule: ConflictRule) -> bool:
    """Whether the office's choice replaces it."""
    return rule in CHOOSING

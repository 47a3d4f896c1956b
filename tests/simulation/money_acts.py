"""The acts of lives with trips and working time: how likely each is, and its arguments (see
acts.py).
"""

from __future__ import annotations

from tests.simulation.drawing import index, nothing_or_index, paper_state, seed, who, yes
from tests.simulation.visit_acts import Draw

MONEY_OFFICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "decide_paper": (35, (index, paper_state, seed)),
    "correct_paper": (12, (index, seed)),
    "overwrite_money": (6, (index, seed)),
    "switch_evaluation": (3, (yes,)),
    "review_money": (25, (nothing_or_index,)),
    "audit_money": (4, ()),
}
MONEY_DEVICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "travel": (40, (index, seed)),
    "go_on": (25, (index, index, seed)),
    "write_again": (15, (index, index)),
    "tap": (15, (index, seed)),
    "record_time": (30, (index, seed)),
    "hand_in_month": (15, (index, index, seed)),
    "record_again": (8, (index, index)),
    "force_money": (10, (index, index, seed)),
    "touch_frozen": (4, (index, index)),
    "add_up": (5, (index,)),
}
MONEY_OTHER: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "both_travel": (15, (who, seed)),
    "see_through": (30, (who, seed)),
    "month_through": (20, (who, seed)),
}
MONEY_SYNCS: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "sync_with_money_between": (25, (index, seed)),
}
MONEY = MONEY_OFFICE | MONEY_DEVICE | MONEY_OTHER | MONEY_SYNCS
MONEY_BETWEEN = {name: weight for name, (weight, _) in MONEY_OFFICE.items()} | {
    "wait_until": 5, "switch_off": 5,
}  # fmt: skip
MONEY_HERE = {name: weight for name, (weight, _) in MONEY_DEVICE.items()}

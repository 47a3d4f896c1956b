"""The acts of a life: how likely each is, and its arguments, drawn as plain data so that a script
of them can be kept, shortened and played again. Mixes (mixes.py) say which belong to a life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.simulation.clocking import ClockingLife
from tests.simulation.drawing import (
    crash,
    days,
    early,
    few,
    hours,
    index,
    kind,
    nobody_or_who,
    nothing_or_few,
    nothing_or_index,
    phone,
    seed,
    several,
    some,
    status,
    text,
    weeks,
    who,
    years,
    yes,
)
from tests.simulation.faults import draw_fault, draw_piece_fault
from tests.simulation.money_acts import MONEY, MONEY_BETWEEN, MONEY_DEVICE, MONEY_HERE
from tests.simulation.shelf_acts import SHELF, SHELF_BETWEEN, SHELF_DEVICE, SHELF_HERE
from tests.simulation.visit_acts import VISIT_DEVICE, VISITS, VISITS_BETWEEN, VISITS_HERE

Arguments = list[Any]
Draw = Callable[[Random], Any]
OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "customer": (4, (nobody_or_who,)),
    "reassign": (8, (some, nobody_or_who)),
    "add_contact": (3, (index,)),
    "appoint": (3, (index, who, few)),
    "agree": (3, (index,)),
    "promote": (4, (who, nobody_or_who)),
    "add_market": (4, (nothing_or_index,)),
    "move_market": (4, (index, index)),
    "put_in_market": (5, (index, index)),
    "switch_on": (3, (who, who)),
    "plan": (8, (who, who, few, nothing_or_few, few, few)),
    "switch_off": (4, (index,)),
    "correct": (4, (index, phone)),
    "remark": (3, (index, phone)),
    "rename": (2, (index, phone)),
    "drop_contact": (1, (index,)),
    "reassign_all": (2, (who, who)),
    "lend": (3, (who, who, few, nothing_or_few, few, some)),
    "list_customer": (3, (index, index)),
    "unlist": (2, (index,)),
    "relist": (2, (index,)),
    "prolong": (3, (index, few)),
    "aim": (2, (index,)),
    "aim_elsewhere": (1, (index, index)),
    "show_phone": (3, (phone, who, yes)),
    "show_owner": (4, (who, who, yes, few, nothing_or_few)),
    "show_market": (4, (index, who, yes)),
    "change_rule": (6, (index, phone, yes)),
}
DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "edit": (12, (index, index, phone)),
    "meet": (6, (index, index)),
    "plan_visit": (5, (index, index, few)),
    "write_note": (4, (index,)),
    "delete_note": (3, (index, index)),
    "note_remark": (5, (index, index, phone)),
    "edit_contact": (5, (index, index, phone)),
    "wild_edit": (2, (index, index, phone)),
    "wild_meet": (3, (index, index, phone, yes)),
    "wild_delete": (1, (index, index)),
}
TIME: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "wait": (10, (few, few)),
    "wait_until": (14, (few, early)),
    "wait_long": (1, (weeks,)),
}
OTHER: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "leave": (1, (who, who)),
    "import_file": (6, (some, few, nobody_or_who, phone, few, index)),
    "forge_changeset": (6, (who, seed)),
    "forge_envelope": (6, (who, seed)),
    "forge_request": (6, (who, seed)),
    "hand_out": (2, (nobody_or_who, few, index)),
    "stand_in": (6, (who, who, few, few, few, phone)),
    "back_up": (2, ()),
    "restore_server": (5, ()),
    "let_replica_lag": (3, (yes,)),
    "compact": (3, (few,)),
    "release": (0.3, ()),
    "update_app": (6, (index,)),
    "take_image": (2, (index,)),
    "put_image_back": (7, (index,)),
    "work_on_image": (2, (index,)),
    "replace_device": (2, (index,)),
    "reopen": (2, (index,)),
    "open_twice": (1, (index,)),
    "lose_journal": (1, (index,)),
    "set_clock": (3, (index, years)),
}
SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync": (60, (index,)),
    "sync_with_fault": (45, (index, seed)),
    "sync_with_interlude": (40, (index, seed)),
    "sync_around": (10, (index, few, early)),
    "first_sync_around": (8, (index, few, early)),
    "switch_person": (8, (index, index, few, phone)),
}
# One server after the other gets the next version.
ROLLING_OFFICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "roll_out": (3, ()),
    "end_roll_out": (1, ()),
    "ask_old_server": (4, ()),
}
ROLLING_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {"sync_while_rolled_out": (12, (index,))}
# Of devices that were cloned.
CLONES: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "change_copies": (60, (index,)),
    "work_on_copies": (15, (index,)),
    "shift_clock": (10, (index, hours)),
}
# With a large part behind the others.
EARLY_OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "add_contacts": (8, (index, several)),
    "rename_all": (8, (text,)),
}
EARLY_DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "write_notes": (8, (index, several)),
    "edit_both": (15, (index, index, phone)),
}
EARLY_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync_ahead": (40, (index, index, text)),
    "sync_ahead_and_go_on": (40, (index, index, text, seed)),
    "sync_with_fault_behind": (40, (index, seed, index, text)),
    "sync_with_interlude_behind": (25, (index, seed, index, text)),
}
# Of messages and attachments.
POST_OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "publish": (25, (kind, seed)),
    "retarget": (8, (index, seed, yes)),
    "withdraw": (4, (index,)),
    "remind": (10, (index,)),
    "run_jobs": (20, ()),
}
POST_DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "receive": (10, (index,)),
    "log_in": (15, (index, seed)),
    "check_in": (10, (index, index, seed)),
    "deal_with": (40, (index, seed)),
    "step": (10, (index, index, status)),
    "force_step": (6, (index, index, status)),
    "force_photo": (3, (index, index, seed)),
    "leave_photo": (3, (index, seed)),
    "keep": (5, (index, index, yes)),
    "shrink": (5, (index, index)),
}
POST_OTHER: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "both_confirm": (20, (who, who, seed)),
    "remind_one": (15, (who, seed)),
    "narrow": (4, (yes,)),
    "collect": (5, (days, crash)),
    "pry": (5, (who, seed)),
}
POST_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync_with_piece_fault": (40, (index, seed)),
    "sync_with_post_between": (25, (index, seed)),
}
POST = POST_OFFICE | POST_DEVICE | POST_OTHER | POST_SYNCS
ROLLING = ROLLING_OFFICE | ROLLING_SYNCS
EARLY = EARLY_OFFICE | EARLY_DEVICE | EARLY_SYNCS
ACTS = OFFICE | DEVICE | TIME | OTHER | SYNCS | ROLLING | CLONES | EARLY | POST | VISITS
ACTS |= SHELF | MONEY
INTERLUDES = {name: weight for name, (weight, _) in (OFFICE | TIME).items()} | {
    "switch_off": 12, "reassign": 12, "reassign_all": 6, "promote": 6, "change_rule": 6,
    "unlist": 4, "wait": 12, "wait_until": 20, "compact": 4, "let_replica_lag": 4,
}  # fmt: skip
HERE = {name: weight for name, (weight, _) in DEVICE.items()}
INTERLUDES_BEHIND = INTERLUDES | {"rename_all": 20, "correct": 20}
ON_DEVICES = {
    "reopen", "take_image", "put_image_back", "work_on_image", "update_app", "set_clock", "edit",
    "edit_both", "edit_contact", "meet", "write_notes", "replace_device",
}  # fmt: skip
WHILE_BEHIND = {
    "restore_server": 3, "release": 1, "compact": 3, "let_replica_lag": 2, "reopen": 3,
    "take_image": 3, "put_image_back": 4, "work_on_image": 2, "update_app": 3, "set_clock": 2,
    "reassign": 4, "switch_on": 2, "switch_off": 2, "prolong": 3, "wait_until": 4, "edit": 3,
    "edit_both": 8, "edit_contact": 5, "meet": 4, "write_notes": 3, "replace_device": 1,
}  # fmt: skip
POST_BETWEEN = {name: weight for name, (weight, _) in POST_OFFICE.items()} | {
    "wait_until": 10, "reassign": 10, "switch_off": 5, "collect": 5,
}  # fmt: skip
POST_HERE = {name: weight for name, (weight, _) in POST_DEVICE.items()}
ON_DEVICE = DEVICE | EARLY_DEVICE | POST_DEVICE | VISIT_DEVICE | SHELF_DEVICE | MONEY_DEVICE
HERE_BEHIND = HERE | {"edit_both": 20, "edit_contact": 20, "write_notes": 8}
Act = tuple[str, Arguments]


def draw_act(random: Random, weights: Mapping[str, float]) -> Act:
    """One of them, with its arguments."""
    (name,) = random.choices(list(weights), list(weights.values()))
    return name, [draw(random) for draw in ACTS[name][1]]


def play(life: ClockingLife, act: Act) -> str:
    """Do it; what the trace says of it."""
    name, arguments = act
    life.begin_act()
    life.about_to(name, arguments)
    match name:
        case "sync":
            return life.session(arguments[0], None)
        case "sync_with_fault":
            if arguments[1] % 2:
                life.write_note(arguments[0])  # so that something is under way both ways
            return life.session(arguments[0], draw_fault(Random(arguments[1])))
        case "sync_with_interlude":
            happens = _interlude(life, arguments, (INTERLUDES, HERE))
            return life.session(arguments[0], None, happens)
        case "sync_with_piece_fault":
            return life.session(arguments[0], draw_piece_fault(Random(arguments[1])))
        case "sync_with_post_between":
            happens = _interlude(life, arguments, (POST_BETWEEN, POST_HERE))
            return life.session(arguments[0], None, happens)
        case "sync_with_visits_between":
            happens = _interlude(life, arguments, (VISITS_BETWEEN, VISITS_HERE))
            return life.session(arguments[0], None, happens)
        case "sync_with_shelf_between":
            happens = _interlude(life, arguments, (SHELF_BETWEEN, SHELF_HERE))
            return life.session(arguments[0], None, happens)
        case "sync_with_money_between":
            happens = _interlude(life, arguments, (MONEY_BETWEEN, MONEY_HERE))
            return life.session(arguments[0], None, happens)
        case "sync_while_rolled_out":
            return life.sync_while_rolled_out(arguments[0])
        case "sync_ahead_and_go_on":
            life.sync_ahead(*arguments[:3])
            name, given = draw_act(Random(arguments[3]), WHILE_BEHIND)
            return play(life, (name, [arguments[0], *given[1:]] if name in ON_DEVICES else given))
        case "sync_with_fault_behind":
            life.news(*arguments[2:])
            behind = bool(arguments[1] % 2)
            return life.session(arguments[0], draw_fault(Random(arguments[1])), behind=behind)
        case "sync_with_interlude_behind":
            life.news(*arguments[2:])
            happens = _interlude(life, arguments[:2], (INTERLUDES_BEHIND, HERE_BEHIND))
            return life.session(arguments[0], None, happens, behind=True)
    getattr(life, name)(*arguments)
    life.end_act()
    if name in ON_DEVICE:
        life.look_at(arguments[0])
    if name in TIME:
        life.look()
    return str(life.world.store.status().version)


def _interlude(
    life: ClockingLife,
    arguments: Arguments,
    kinds: tuple[Mapping[str, float], Mapping[str, float]],
) -> Callable[[], None]:
    """What happens in the midst of an answer: in the office or in time, or on that device. kinds:
    the weights of either.
    """
    which, drawn = arguments
    random = Random(drawn)
    here = random.random() < 0.3
    acts = [draw_act(random, kinds[here]) for _ in range(random.randint(1, 3))]

    def act() -> None:
        life.counts["work_within_an_answer" if here else "office_within_an_answer"] += 1
        for name, given in acts:
            getattr(life, name)(*([which, *given[1:]] if here else given))
            life.end_act()

    return act

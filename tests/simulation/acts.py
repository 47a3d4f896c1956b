"""The acts of a life: how likely each is, and its arguments, drawn as plain data so that a script
of them can be kept, shortened and played again. Mixes (mixes.py) say which belong to a life.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.fleet.office import PEOPLE
from tests.simulation.faults import COLLECTED, draw_fault, draw_piece_fault
from tests.simulation.recipients import LIKELY, STATUSES, RecipientLife

Arguments = list[Any]
Draw = Callable[[Random], Any]
INDEX = 10**6
FEW = 3


def _who(random: Random) -> str:
    return random.choice(PEOPLE)


def _nobody_or_who(random: Random) -> str | None:
    return random.choice((None, *PEOPLE))


def _index(random: Random) -> int:
    """Often one of the first few or of the last, so that people meet at the same rows."""
    chance = random.random()
    if chance < 0.3:
        return random.randrange(FEW)
    return -random.randint(1, 2) if chance < 0.6 else random.randrange(INDEX)


def _seed(random: Random) -> int:
    """Of what goes wrong, or happens meanwhile: any, none more often than another."""
    return random.randrange(INDEX)


def _some(random: Random) -> list[int]:
    return [_index(random) for _ in range(random.randint(1, 3))]


def _few(random: Random) -> int:
    return random.randrange(4)


def _nothing_or_few(random: Random) -> int | None:
    return random.choice((None, 0, 1, 2, 3))


def _nothing_or_index(random: Random) -> int | None:
    return random.choice((None, random.randrange(INDEX)))


def _early(random: Random) -> int:
    return random.choice((0, 1, 1, 2))


def _weeks(random: Random) -> int:
    return random.randint(20, 40)


def _yes(random: Random) -> bool:
    return random.random() < 0.5


def _phone(random: Random) -> str:
    return random.choice(("", "1", "2", f"{random.randrange(1000)}"))


def _several(random: Random) -> int:
    return random.randint(2, 5)


def _text(random: Random) -> str:
    """Another one than what is there, as a rule."""
    return f"{random.randrange(INDEX)}"


def _kind(random: Random) -> str:
    return random.choice(("daily", "action", "action"))


def _status(random: Random) -> str:
    return random.choice((*STATUSES, *LIKELY, *LIKELY))


def _days(random: Random) -> int:
    return random.choice((0, 0, 1, 5, 11))


def _crash(random: Random) -> int:
    return random.randrange(2 * len(COLLECTED))


def _hours(random: Random) -> int:
    return random.choice((-1, 0, 1))


def _years(random: Random) -> int:
    return random.choice((-30, -1, 0, 0, 5, 50))


OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "customer": (4, (_nobody_or_who,)),
    "reassign": (8, (_some, _nobody_or_who)),
    "add_contact": (3, (_index,)),
    "appoint": (3, (_index, _who, _few)),
    "agree": (3, (_index,)),
    "promote": (4, (_who, _nobody_or_who)),
    "add_market": (4, (_nothing_or_index,)),
    "move_market": (4, (_index, _index)),
    "put_in_market": (5, (_index, _index)),
    "switch_on": (3, (_who, _who)),
    "plan": (8, (_who, _who, _few, _nothing_or_few, _few, _few)),
    "switch_off": (4, (_index,)),
    "correct": (4, (_index, _phone)),
    "remark": (3, (_index, _phone)),
    "rename": (2, (_index, _phone)),
    "drop_contact": (1, (_index,)),
    "reassign_all": (2, (_who, _who)),
    "lend": (3, (_who, _who, _few, _nothing_or_few, _few, _some)),
    "list_customer": (3, (_index, _index)),
    "unlist": (2, (_index,)),
    "relist": (2, (_index,)),
    "prolong": (3, (_index, _few)),
    "aim": (2, (_index,)),
    "aim_elsewhere": (1, (_index, _index)),
    "show_phone": (3, (_phone, _who, _yes)),
    "show_owner": (4, (_who, _who, _yes, _few, _nothing_or_few)),
    "show_market": (4, (_index, _who, _yes)),
    "change_rule": (6, (_index, _phone, _yes)),
}
DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "edit": (12, (_index, _index, _phone)),
    "meet": (6, (_index, _index)),
    "plan_visit": (5, (_index, _index, _few)),
    "write_note": (4, (_index,)),
    "delete_note": (3, (_index, _index)),
    "note_remark": (5, (_index, _index, _phone)),
    "edit_contact": (5, (_index, _index, _phone)),
    "wild_edit": (2, (_index, _index, _phone)),
    "wild_meet": (3, (_index, _index, _phone, _yes)),
    "wild_delete": (1, (_index, _index)),
}
TIME: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "wait": (10, (_few, _few)),
    "wait_until": (14, (_few, _early)),
    "wait_long": (1, (_weeks,)),
}
OTHER: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "leave": (1, (_who, _who)),
    "import_file": (6, (_some, _few, _nobody_or_who, _phone, _few, _index)),
    "forge_changeset": (6, (_who, _seed)),
    "forge_envelope": (6, (_who, _seed)),
    "forge_request": (6, (_who, _seed)),
    "hand_out": (2, (_nobody_or_who, _few, _index)),
    "stand_in": (6, (_who, _who, _few, _few, _few, _phone)),
    "back_up": (2, ()),
    "restore_server": (5, ()),
    "let_replica_lag": (3, (_yes,)),
    "compact": (3, (_few,)),
    "release": (0.3, ()),
    "update_app": (6, (_index,)),
    "take_image": (2, (_index,)),
    "put_image_back": (7, (_index,)),
    "work_on_image": (2, (_index,)),
    "replace_device": (2, (_index,)),
    "reopen": (2, (_index,)),
    "open_twice": (1, (_index,)),
    "lose_journal": (1, (_index,)),
    "set_clock": (3, (_index, _years)),
}
SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync": (60, (_index,)),
    "sync_with_fault": (45, (_index, _seed)),
    "sync_with_interlude": (40, (_index, _seed)),
    "sync_around": (10, (_index, _few, _early)),
    "first_sync_around": (8, (_index, _few, _early)),
    "switch_person": (8, (_index, _index, _few, _phone)),
}
# One server after the other gets the next version.
ROLLING_OFFICE: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "roll_out": (3, ()),
    "end_roll_out": (1, ()),
    "ask_old_server": (4, ()),
}
ROLLING_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {"sync_while_rolled_out": (12, (_index,))}
# Of devices that were cloned.
CLONES: dict[str, tuple[float, tuple[Draw, ...]]] = {
    "change_copies": (60, (_index,)),
    "work_on_copies": (15, (_index,)),
    "shift_clock": (10, (_index, _hours)),
}
# With a large part behind the others.
EARLY_OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "add_contacts": (8, (_index, _several)),
    "rename_all": (8, (_text,)),
}
EARLY_DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "write_notes": (8, (_index, _several)),
    "edit_both": (15, (_index, _index, _phone)),
}
EARLY_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync_ahead": (40, (_index, _index, _text)),
    "sync_ahead_and_go_on": (40, (_index, _index, _text, _seed)),
    "sync_with_fault_behind": (40, (_index, _seed, _index, _text)),
    "sync_with_interlude_behind": (25, (_index, _seed, _index, _text)),
}
# Of messages and attachments.
POST_OFFICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "publish": (25, (_kind, _seed)),
    "retarget": (8, (_index, _seed, _yes)),
    "withdraw": (4, (_index,)),
    "run_jobs": (20, ()),
}
POST_DEVICE: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "receive": (10, (_index,)),
    "log_in": (15, (_index, _seed)),
    "check_in": (10, (_index, _index, _seed)),
    "deal_with": (40, (_index, _seed)),
    "step": (10, (_index, _index, _status)),
    "force_step": (6, (_index, _index, _status)),
    "force_photo": (3, (_index, _index, _seed)),
    "leave_photo": (3, (_index, _seed)),
    "keep": (5, (_index, _index, _yes)),
    "shrink": (5, (_index, _index)),
}
POST_OTHER: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "both_confirm": (20, (_who, _who, _seed)),
    "narrow": (4, (_yes,)),
    "collect": (5, (_days, _crash)),
    "pry": (5, (_who, _seed)),
}
POST_SYNCS: dict[str, tuple[int, tuple[Draw, ...]]] = {
    "sync_with_piece_fault": (40, (_index, _seed)),
    "sync_with_post_between": (25, (_index, _seed)),
}
POST = POST_OFFICE | POST_DEVICE | POST_OTHER | POST_SYNCS
ROLLING = ROLLING_OFFICE | ROLLING_SYNCS
EARLY = EARLY_OFFICE | EARLY_DEVICE | EARLY_SYNCS
ACTS = OFFICE | DEVICE | TIME | OTHER | SYNCS | ROLLING | CLONES | EARLY | POST
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
HERE_BEHIND = HERE | {"edit_both": 20, "edit_contact": 20, "write_notes": 8}
Act = tuple[str, Arguments]


def draw_act(random: Random, weights: Mapping[str, float]) -> Act:
    """One of them, with its arguments."""
    (name,) = random.choices(list(weights), list(weights.values()))
    return name, [draw(random) for draw in ACTS[name][1]]


def play(life: RecipientLife, act: Act) -> str:
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
    if name in DEVICE or name in EARLY_DEVICE or name in POST_DEVICE:
        life.look_at(arguments[0])
    if name in TIME:
        life.look()
    return str(life.world.store.status().version)


def _interlude(
    life: RecipientLife,
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

"""Mixes: which acts make a life, how often each, and of which kind it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from tests.simulation.acts import (
    CLONES,
    DEVICE,
    EARLY_DEVICE,
    EARLY_OFFICE,
    EARLY_SYNCS,
    OFFICE,
    OTHER,
    POST_DEVICE,
    POST_OFFICE,
    POST_OTHER,
    POST_SYNCS,
    ROLLING_OFFICE,
    ROLLING_SYNCS,
    SYNCS,
    TIME,
    Act,
    draw_act,
)
from tests.simulation.early import BEHIND
from tests.simulation.faults import (
    CLONED,
    EARLY,
    EVERY,
    OF_MONEY,
    OF_POST,
    OF_SHELF,
    OF_VISITS,
    ROLLING,
)
from tests.simulation.kinds import LARGE_LATER, PLAIN, POSTED, SHELVED, SPENT, VISITED, Kind
from tests.simulation.money_acts import MONEY_DEVICE, MONEY_OFFICE, MONEY_OTHER, MONEY_SYNCS
from tests.simulation.shelf_acts import SHELF_DEVICE, SHELF_OFFICE, SHELF_OTHER, SHELF_SYNCS
from tests.simulation.visit_acts import VISIT_DEVICE, VISIT_OFFICE, VISIT_OTHER, VISIT_SYNCS

SHARE = 0.55  # of acts that are syncs
SUBJECTS = (
    ("customer", "reassign", "reassign_all", "correct", "remark", "edit", "note_remark"),
    ("add_contact", "appoint", "agree", "rename", "drop_contact", "edit_contact", "meet"),
    ("promote", "reassign", "show_owner", "leave"),
    ("add_market", "move_market", "put_in_market", "show_market", "aim", "aim_elsewhere"),
    ("show_phone", "show_owner", "show_market", "change_rule", "correct"),
    ("switch_on", "plan", "switch_off", "prolong", "stand_in", "wait_until"),
    ("lend", "list_customer", "unlist", "relist", "reassign", "wait_until"),
    ("edit", "meet", "plan_visit", "write_note", "delete_note", "edit_contact"),
    ("wild_edit", "wild_meet", "wild_delete", "edit_contact", "switch_on", "switch_off"),
    ("forge_changeset", "forge_envelope", "forge_request", "wild_edit", "switch_on", "reassign"),
    ("release", "update_app", "remark", "note_remark", "edit_contact", "rename"),
    ("import_file", "hand_out", "reassign", "edit", "correct", "show_owner"),
    ("back_up", "restore_server", "write_note", "edit", "reassign"),
    ("compact", "wait", "wait_long", "reassign", "edit", "let_replica_lag"),
    ("take_image", "put_image_back", "replace_device", "set_clock", "reopen", "edit"),
    ("wait", "wait_until", "wait_long", "plan", "stand_in"),
)
SUBJECTS_OF_A_LIFE = 3
FAVOUR = 10


@dataclass(frozen=True)
class Mix:
    """says: what it is about, in one sentence. kind: of its lives. subjects: acts that belong
    together; each life does those of some more often. others, syncs: the weights of acts. faults:
    the kinds that happen in such lives. begins: the acts with which each begins.
    """

    name: str
    says: str
    kind: Kind
    subjects: tuple[tuple[str, ...], ...]
    others: dict[str, float]
    syncs: dict[str, float]
    faults: tuple[str, ...]
    begins: tuple[str, ...] = ()

    def draw_script(self, random: Random, rounds: int) -> list[Act]:
        """The acts of a life. Each life has subjects of its own, so that what belongs together
        comes again and again, and meets what belongs to another subject.
        """
        some = random.sample(self.subjects, SUBJECTS_OF_A_LIFE)
        often = {name for subject in some for name in subject}
        others = {n: w * (FAVOUR if n in often else 1) for n, w in self.others.items()}
        first = [draw_act(random, {name: 1}) for name in self.begins[:rounds]]
        rest = [
            draw_act(random, self.syncs if random.random() < SHARE else others)
            for _ in range(rounds - len(first))
        ]
        return [*first, *rest]


EARLY_SUBJECTS = (
    ("rename_all", "add_contacts", "edit_both", "edit_contact", "correct", "reassign"),
    ("write_notes", "write_note", "reassign", "correct", "delete_note", "edit"),
    ("rename_all", "edit_both", "switch_on", "switch_off", "plan", "prolong", "wait_until"),
)


def _weights(*tables: Mapping[str, tuple[float, object]]) -> dict[str, float]:
    return {name: weight for table in tables for name, (weight, _) in table.items()}


USUAL = Mix(
    "usual",
    "All that an office, its people and their devices do.",
    PLAIN,
    SUBJECTS,
    _weights(OFFICE, DEVICE, TIME, OTHER),
    _weights(SYNCS),
    EVERY,
)
EARLY_NEWS = Mix(
    "early",
    "Large parts come behind the others, and early checkpoints before them.",
    LARGE_LATER,
    (*SUBJECTS, *EARLY_SUBJECTS * 3),
    # what a device without its journal still has of each part, the oracle does not know
    _weights(OFFICE, DEVICE, TIME, OTHER, EARLY_OFFICE, EARLY_DEVICE) | {"lose_journal": 0},
    _weights(SYNCS, EARLY_SYNCS),
    (*(kind for kind in EVERY if kind != "journal_deleted"), *EARLY, *BEHIND),
)
ROLLED_OUT = Mix(
    "rolling",
    "Servers of two versions stand over one database for a while.",
    PLAIN,
    (*SUBJECTS, *(("roll_out", "ask_old_server", "update_app", "reassign", "edit"),) * 6),
    _weights(OFFICE, DEVICE, TIME, OTHER, ROLLING_OFFICE) | {"release": 0},
    _weights(SYNCS, ROLLING_SYNCS),
    (*EVERY, *ROLLING),
)
NOT_OF_COPIES = ("app_too_new", "released", "server_restored", "device_put_back")
# These turn a store back or forward by other ways, of which the oracle of copies knows nothing.
OTHER_WAYS = dict.fromkeys(
    ("release", "update_app", "restore_server", "take_image", "put_image_back", "work_on_image"), 0
)
COPIES = Mix(
    "copies",
    "Devices are cloned, and now one copy goes on, now the other.",
    PLAIN,
    (*SUBJECTS, *(("change_copies", "work_on_copies", "edit", "write_note", "meet"),) * 8),
    _weights(OFFICE, DEVICE, TIME, OTHER, CLONES) | OTHER_WAYS,
    _weights(SYNCS),
    (*(kind for kind in EVERY if kind not in NOT_OF_COPIES), *CLONED),
)
POST_SUBJECTS = (
    ("publish", "run_jobs", "deal_with", "check_in", "receive", "both_confirm"),
    ("publish", "run_jobs", "remind", "remind_one", "check_in", "log_in", "receive"),
    ("publish", "retarget", "run_jobs", "withdraw", "reassign", "put_in_market", "promote"),
    ("publish", "log_in", "run_jobs", "wait_until", "wait", "deal_with"),
    ("publish", "deal_with", "switch_on", "switch_off", "plan", "lend", "stand_in", "step"),
    ("publish", "deal_with", "narrow", "collect", "shrink", "keep", "leave_photo", "pry"),
    ("force_step", "force_photo", "deal_with", "forge_changeset", "pry", "publish"),
)
MESSAGES = Mix(
    "messages",
    "The office sends messages; reps deal with them, with photos, wherever they are.",
    POSTED,
    (*SUBJECTS, *POST_SUBJECTS * 5),
    # all else goes on beside it
    {n: w / 3 for n, w in _weights(OFFICE, DEVICE, TIME, OTHER).items()}
    | _weights(POST_OFFICE, POST_DEVICE, POST_OTHER),
    _weights(SYNCS, POST_SYNCS),
    (*EVERY, *OF_POST),
    begins=("publish", "publish", "publish"),
)
VISIT_SUBJECTS = (
    ("publish_template", "run_report_jobs", "visit", "answer_reports", "both_answer"),
    ("both_answer", "visit_two", "aim_template", "run_report_jobs", "correct", "answer_reports"),
    ("publish_template", "publish_edition", "visit", "answer_reports", "restore_draft"),
    ("publish_template", "aim_template", "run_report_jobs", "visit", "put_in_market", "promote"),
    ("visit", "answer_reports", "run_report_jobs", "reopen_report", "answer_reports"),
    ("visit", "answer_reports", "switch_on", "switch_off", "plan", "lend", "reassign"),
    ("visit", "wait_until", "wait", "end_template", "run_report_jobs", "answer_reports"),
    ("force_report", "force_said", "force_visit", "answer_reports", "visit"),
)
VISIT_REPORTS = Mix(
    "visits",
    "The office asks by reports; reps answer at their visits, alone or beside a substitute.",
    VISITED,
    (*SUBJECTS, *VISIT_SUBJECTS * 5),
    {n: w / 3 for n, w in _weights(OFFICE, DEVICE, TIME, OTHER).items()}
    | _weights(VISIT_OFFICE, VISIT_DEVICE, VISIT_OTHER)
    | {"narrow": 2, "collect": 3, "shrink": 3, "keep": 3, "pry": 3},
    _weights(SYNCS, VISIT_SYNCS) | {"sync_with_piece_fault": 20},
    (*EVERY, *OF_VISITS),
    begins=("publish_template", "publish_template", "run_report_jobs"),
)
SHELF_SUBJECTS = (
    ("give_out", "run_document_jobs", "next_edition", "read_documents", "keep_offline"),
    ("give_out", "next_edition", "wait_until", "wait", "run_document_jobs", "read_documents"),
    ("give_out", "address_document", "run_document_jobs", "put_in_market", "promote", "reassign"),
    ("give_out", "run_document_jobs", "sign", "sign_again", "reopen_form", "both_sign"),
    ("sign", "sign_again", "switch_on", "switch_off", "plan", "lend", "reassign"),
    ("read_documents", "shrink", "keep", "collect", "pry", "take_back", "force_form"),
)
DOCUMENTS = Mix(
    "documents",
    "The office gives documents out in editions; signed forms come back.",
    SHELVED,
    (*SUBJECTS, *SHELF_SUBJECTS * 5),
    {n: w / 3 for n, w in _weights(OFFICE, DEVICE, TIME, OTHER).items()}
    | _weights(SHELF_OFFICE, SHELF_DEVICE, SHELF_OTHER)
    | {"narrow": 2, "collect": 3, "shrink": 3, "keep": 3, "pry": 3},
    _weights(SYNCS, SHELF_SYNCS) | {"sync_with_piece_fault": 20},
    (*EVERY, *OF_SHELF),
    begins=("give_out", "give_out", "run_document_jobs"),
)
MONEY_SUBJECTS = (
    ("see_through", "go_on", "review_money", "decide_paper", "write_again", "add_up"),
    ("travel", "review_money", "decide_paper", "correct_paper", "overwrite_money", "audit_money"),
    ("travel", "both_travel", "go_on", "switch_on", "plan", "stand_in"),
    ("tap", "record_time", "hand_in_month", "month_through", "decide_paper", "record_again"),
    ("record_time", "hand_in_month", "correct_paper", "switch_evaluation", "audit_money", "wait"),
    ("force_money", "touch_frozen", "travel", "decide_paper", "forge_changeset"),
    ("travel", "shrink", "narrow", "collect", "keep", "pry"),
)
MONEY = Mix(
    "money",
    "Reps write down trips and working time; the office reviews them.",
    SPENT,
    (*SUBJECTS, *MONEY_SUBJECTS * 5),
    {n: w / 3 for n, w in _weights(OFFICE, DEVICE, TIME, OTHER).items()}
    | _weights(MONEY_OFFICE, MONEY_DEVICE, MONEY_OTHER)
    | {"narrow": 2, "collect": 3, "shrink": 3, "keep": 3, "pry": 3},
    _weights(SYNCS, MONEY_SYNCS) | {"sync_with_piece_fault": 20},
    (*EVERY, *OF_MONEY),
    begins=("see_through", "travel", "record_time"),
)
ALL = (USUAL, EARLY_NEWS, ROLLED_OUT, COPIES, MESSAGES, VISIT_REPORTS, DOCUMENTS, MONEY)
MIXES = {mix.name: mix for mix in ALL}

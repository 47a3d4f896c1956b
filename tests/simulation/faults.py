"""What can go wrong with a sync, and how often it did."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

DEVICE_POINTS = (
    "device.mid_send",
    "device.answered",
    "device.chunk_staged",
    "device.before_publish",
    "device.after_publish",
)
SERVER_POINTS = (
    "server.decoded",
    "server.locked",
    "server.merged",
    "server.before_commit",
    "server.committed",
)
BULK_POINTS = ("bulk.kept", "bulk.step_written", "bulk.step_noted")
NETWORK = (
    "request_dropped",
    "answer_lost",
    "answer_truncated",
    "request_duplicated",
    "request_delayed",
    "answer_stale",
    "token_expired",
    "token_expired_in_stream",
)
# All that a run counts as a fault, by the names under which it is counted.
EVERY = (
    *NETWORK,
    *(f"crash:{point}" for point in (*DEVICE_POINTS, *SERVER_POINTS, *BULK_POINTS)),
    "crash_in_recovery",
    *("disk_full", "disk_failed", "power_cut", "lost_write", "torn_write", "journal_deleted"),
    *("device_killed", "device_replaced", "device_rebuilt", "device_put_back", "device_fenced"),
    *("opened_twice", "clock_wrong", "person_switched", "beyond_the_horizon", "compacted"),
    *("app_of_before", "app_too_new", "released"),
    *("server_restored", "replica_behind", "sync_between_steps"),
    *("office_within_an_answer", "work_within_an_answer"),
    *("forged_work", "forged:changeset", "forged:envelope", "forged:request", "forged:fenced"),
)
# And those of servers of two versions on one database.
ROLLING = (
    *("rolled_out", "server_too_early", "old_server_refused", "old_server_stopped"),
    "old_server_asked",
)
# And those of cloned devices.
CLONED = ("copies_changed", "copy_fenced", "clock_shifted")
# And those of devices that have a large part behind the others.
EARLY = (
    *("early_checkpoint", "early_again", "early_with_leaving", "left_behind", "work_on_early"),
    *("crash_early:device.before_publish", "crash_early:device.after_publish"),
    *("crash_early:power", "interlude_behind"),
)
# And those of messages and attachments.
COLLECTED = ("blobs.doomed", "blobs.deleted")
PLACED = (
    *("blobs.piece_written", "blobs.piece_named", "blobs.assembled", "blobs.placed"),
    *("uploads.placed", "uploads.credited"),
)
CARRIED = ("attachments.uploaded", "attachments.named", "attachments.removed")
ATTACHED = ("attachments.written", "attachments.named")
PIECES = ("piece_dropped", "piece_answer_lost", "piece_cut", "piece_twice", "download_cut")
OF_POST = (
    *PIECES,
    *(f"crash:{point}" for point in (*COLLECTED, *PLACED, *CARRIED, ATTACHED[0])),
    *("no_room", "too_large", "evicted", "kept", "pried", "collected"),
    *("info_published", "info_withdrawn", "retargeted", "readdressed", "expired", "overdue"),
    *("delivered", "shown", "tasks_done", "confirmed", "confirmed_for_another", "photo_accepted"),
    *("step_refused_here", "step_late", "step_again", "forged_step", "forged_photo"),
)
# And those of visit reports.
OF_VISITS = (
    *PIECES,
    *("template_published", "edition_replaced", "template_aimed", "template_applies"),
    *("new_visit", "new_report", "new_report_answer", "visit_checked_out"),
    *("report_in_progress", "report_complete", "report_confirmed", "report_returned"),
    *("report_confirmed_for_another", "report_reopened", "both_answered", "draft_restored"),
    "two_visited",
    *("step_late", "step_again", "unfinished_refused", "check_in_refused"),
    *("visit_refused_here", "forged_report", "forged_said"),
)
# And those of documents.
OF_SHELF = (
    *PIECES,
    *("document_given_out", "document_aimed", "edition_published", "edition_replaced"),
    *("edition_withdrawn", "edition_offered", "delivery_ended", "document_opened"),
    *("form_returned", "form_returned_for_another", "form_reopened", "form_refused_here"),
    *("both_signed", "forged_form"),
)
# And those of trips and working time.
OF_MONEY = (
    *PIECES,
    *("new_trip", "new_trip_receipt", "trip_submitted", "trip_taken_up", "trip_returned"),
    *("trip_approved", "trip_rejected", "trip_reimbursed", "trip_corrected", "trip_again"),
    *("trip_not_ready", "trip_discarded", "trip_added_up", "both_travelled", "typed_twice"),
    *("new_time_span", "timesheet_submitted", "timesheet_taken_up", "timesheet_returned"),
    *("timesheet_approved", "timesheet_rejected", "timesheet_corrected", "sheet_again"),
    *("month_not_ready", "sheet_added_up", "tap_refused_here", "rejected_meanwhile"),
    *("overwriting_refused", "forged_money", "frozen_here", "audited", "typed_kept"),
)
CUTS = (30, 300, 3000)  # bytes of an answer
LONGEST = 300  # bytes of an attachment that arrive
CALLS = (0, 1, 2, 3, 5, 8, 12, 16, 20, 30, 40, 60)


@dataclass
class Fault:
    """One thing that goes wrong in the next request of a device. at: a crash point, passed `skip`
    times first; so are calls of a disk. then: where the process that was started again crashes.
    bytes: of the answer that arrive. again: calls of the disk after which the power is gone once
    more, while the device starts; 0: it is not.
    """

    kind: str
    at: str = ""
    then: str = ""
    skip: int = 0
    bytes: int = 0
    again: int = 0


def draw_fault(random: Random) -> Fault:
    """Any of them."""
    others = ("device_crash", "device_crash", "server_crash", "server_crash")
    disk = ("disk_full", "disk_failed", "power_cut", "power_cut")
    kind = random.choice((*NETWORK, *others, *disk))
    match kind:
        case "device_crash":
            at, then = random.choice(DEVICE_POINTS), random.choice(("", "", *DEVICE_POINTS))
            return Fault(kind, at, then, random.choice((0, 0, 1)))
        case "server_crash":
            at, then = random.choice(SERVER_POINTS), random.choice(("", "", *SERVER_POINTS))
            return Fault(kind, at, then)
        case "disk_full" | "disk_failed":
            return Fault(kind, skip=random.choice(CALLS))
        case "power_cut":
            return Fault(kind, skip=random.choice(CALLS), again=random.choice((0, 0, 1, 3, 8)))
        case "answer_truncated":
            return Fault(kind, bytes=random.randrange(1, random.choice(CUTS)))
        case "answer_stale":
            return Fault(kind, skip=random.randrange(4))
    return Fault(kind)


def draw_piece_fault(random: Random) -> Fault:
    """Any that may meet an attachment."""
    kind = random.choice((*PIECES, *PIECES, "device_crash", "server_crash"))
    skip = random.choice((0, 0, 1, 2, 3))
    match kind:
        case "device_crash":
            return Fault(kind, random.choice(CARRIED), skip=random.choice((0, 0, 1)))
        case "server_crash":
            return Fault(kind, random.choice(PLACED), skip=random.choice((0, 0, 1)))
    return Fault(kind, skip=skip, bytes=random.randrange(LONGEST))


class Crash(BaseException):
    """A process is gone: nothing catches this but the simulator."""


class CrashHook:
    """The environment's hook of one process: raises at a point, once, and maybe once more after
    the process was started again. passed: is told each point before anything happens there.
    """

    def __init__(
        self, counts: Counter[str], passed: Callable[[str], None] = lambda _: None
    ) -> None:
        self._counts = counts
        self._passed = passed
        self.last = ""  # where it crashed since it was armed
        self.disarm()

    def arm(self, fault: Fault) -> None:
        """The next crash."""
        self._at, self._then, self._skip, self._again = fault.at, fault.then, fault.skip, False
        self.last = ""

    def disarm(self) -> None:
        """There is none any more."""
        self._at, self._then, self._skip, self._again = "", "", 0, False

    def reached(self, point: str) -> None:
        """The environment's hook."""
        self._passed(point)
        if point != self._at:
            return
        if self._skip:
            self._skip -= 1
            return
        self._counts[f"crash:{point}"] += 1
        self._counts["crash_in_recovery"] += self._again
        self._at, self._then, self._again, self.last = self._then, "", True, point
        raise Crash(point)

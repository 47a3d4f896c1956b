"""Bugs of the device: staging, publishing, its own work on top, the clock."""

from __future__ import annotations

from device_sdk import layout, outbox, overlay
from device_sdk.commit import commit
from device_sdk.incoming import Incoming
from device_sdk.outbox import Outbox
from device_sdk.publish import Publisher
from device_sdk.store import DeviceStore
from device_sdk.sync import Sync
from tests.simulation.planted.planting import instead, plant

PLANTS = (
    plant(
        "old_answers_taken",
        "A device takes whatever arrives, also once more.",
        instead(Sync._welcome, "message.version < store.newest(message.epoch) or", "False or"),
    ),
    plant(
        "old_words_taken",
        "A device takes an answer to its app of a version before, which came once more.",
        instead(Sync._welcome, " or store.is_in_other_words(message)", ""),
        mix="rolling",
    ),
    plant(
        "staging_published_early",
        "Rows show when they arrive, before the checkpoint.",
        instead(
            Incoming.stage,
            "generation = self.next_generation()",
            "generation = self.next_generation() - 1",
        ),
    ),
    plant(
        "staging_not_voided",
        "What was staged of a bucket stays when the grant ends in the same pull.",
        instead(Incoming.grant, "self._void(bucket)", "pass"),
    ),
    plant(
        "left_one_means_left_all",
        "A row of two buckets goes when it leaves one of them.",
        instead(Publisher._apply, "after.discard(event.bucket)", "after.clear()"),
    ),
    plant(
        "revoked_bucket_kept",
        "Rows of a bucket that is no longer granted stay.",
        instead(Publisher._begin_sums, "if kept.get(bucket):", "if kept.get(bucket, True):"),
    ),
    plant(
        "image_not_kept_up",
        "The server's image under an own edit does not follow what others write.",
        instead(Publisher._collect, "if covered and record is not None:", "if False:"),
    ),
    plant(
        "own_work_flickers",
        "A checkpoint settles work also that is not answered yet.",
        instead(
            Outbox.settle,
            "_CONTAINED.format(some)",
            '_CONTAINED.replace("AND decided<=", "AND coalesce(decided,0)<=").format(some)',
        ),
    ),
    plant(
        "refused_work_shows_on",
        "What was refused shows until something new comes.",
        instead(DeviceStore.unchanged, "self._settle()", "pass"),
    ),
    plant(
        "refusal_not_told",
        "Refused work is not in the inbox.",
        instead(outbox._is_telling, "not taken or bool(verdict.losses)", "bool(verdict.losses)"),
    ),
    plant(
        "base_too_new",
        "A changeset says that it was made on a version that the device has not seen.",
        instead(
            commit,
            "base=base_of(store.database)",
            "base=type(base_of(store.database))(store.epoch, 10**9)",
        ),
    ),
    plant(
        "needs_forgotten",
        "A changeset does not say which unanswered ones it builds on.",
        instead(commit, "[-MAX_NEEDS:]", "[:0]"),
    ),
    plant(
        "ended_grants_show",
        "A device without network shows what has ended.",
        instead(
            layout._shows,
            "{table}.bucket NOT IN {OVER} OR EXISTS",
            "TRUE OR EXISTS",
        ),
    ),
    plant(
        "answers_lost_unnoticed",
        "After a restore, work that the server lost is not sent again.",
        instead(
            Outbox.reopen,
            "WHERE sequence>=? AND verdict IS NOT NULL",
            "WHERE sequence>=100+? AND verdict IS NOT NULL",
        ),
    ),
    plant(
        "forgotten_without_backup",
        "Answered work is forgotten with the next checkpoint, and not with the next backup.",
        instead(
            DeviceStore.publish,
            "self.outbox.forget(self._covered)",
            "self.outbox.forget(checkpoint.version)",
        ),
    ),
    plant(
        "work_never_settles",
        "Own work lies on top of what the server has for ever.",
        instead(Publisher._finish, "self._outbox.settle(base, older)", "set()"),
    ),
    plant(
        "second_bucket_unheard",
        "That a row that is here is in another bucket, too, is not kept.",
        instead(Incoming.stage, "for i, v in piece.also]", "for i, v in piece.also[:0]]"),
    ),
    plant(
        "void_bucket_holds_on",
        "A row stays because of a bucket that is no longer granted.",
        instead(Publisher._apply, "was.buckets & self._kept", "was.buckets"),
    ),
    plant(
        "arrived_under_edits_unseen",
        "A row that arrives under own work shows without what the server has.",
        instead(
            Publisher._placed_under_edits,
            "if record is not None and record[0]:",
            "if False:",
        ),
    ),
    plant(
        "deletes_do_not_show",
        "A row that was deleted here shows until the server has heard of it.",
        instead(overlay.replay, "if operation.action is Action.DELETE:", "if False:"),
    ),
)

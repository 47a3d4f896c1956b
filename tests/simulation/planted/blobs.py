"""Bugs of attachments: when one is whole, who gets it, how long it stays."""

from __future__ import annotations

from device_sdk.attachments.carrier import Carrier
from device_sdk.attachments.facade import Attachments
from device_sdk.attachments.ledger import Ledger
from device_sdk.attachments.vault import Part
from syncengine.store.attached import Attached
from syncengine.store.blob_collection import Collector
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.blob_references import keep_references
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploads
from tests.simulation.planted.planting import instead, plant

MIX = "messages"
PLANTS = (
    plant(
        "whole_one_byte_early",
        "An attachment counts as whole one byte early, whatever its hash.",
        instead(
            Uploads.standing,
            "if offset == row.length and not row.done:",
            "if offset >= row.length - 1 and not row.done:",
        ),
        instead(BlobFolder.finish, "if found.digest() != digest:", "if False:"),
        mix=MIX,
    ),
    plant(
        "half_is_whole",
        "An upload is complete with its first piece.",
        instead(Uploads.standing, "if offset == row.length and not row.done:", "if offset:"),
        instead(BlobFolder.finish, "if found.digest() != digest:", "if False:"),
        mix=MIX,
    ),
    plant(
        "pieces_twice",
        "A piece that comes twice counts twice.",
        instead(
            BlobFolder.add,
            "if self.size(upload) != offset:",
            "offset = self.size(upload)\n    if False:",
        ),
        mix=MIX,
    ),
    plant(
        "any_piece",
        "A piece that was cut on its way is taken.",
        instead(Uploads.add, "if hashlib.sha256(piece).digest() != checksum:", "if False:"),
        mix=MIX,
    ),
    plant(
        "downloads_for_all",
        "Whoever knows a hash gets what it is of.",
        instead(Downloads._visible, "among(_m.bucket, numbers)", "True"),
        mix=MIX,
    ),
    plant(
        "downloads_of_what_left",
        "What a row refers to that has left is given on.",
        instead(Downloads._visible, "~_m.gone, ", ""),
        mix=MIX,
    ),
    plant(
        "named_before_it_comes",
        "A row may refer to what has not come.",
        instead(BlobFacts.is_complete, "return self._complete[digest]", "return True"),
        mix=MIX,
    ),
    plant(
        "others_photos",
        "A client may refer to whatever is on the server.",
        instead(Attached._may_refer, "and allowed", ""),
        mix=MIX,
    ),
    plant(
        "collected_with_references",
        "What rows refer to is collected when it is old.",
        instead(Collector._doom, "~_b.doomed, UNUSED)", "~_b.doomed)"),
        mix=MIX,
    ),
    plant(
        "collected_at_once",
        "What nothing refers to is not kept for its time.",
        instead(
            Collector.collect,
            "until = self._store.environment.now() - self._age",
            "until = self._store.environment.now() + 1",
        ),
        mix=MIX,
    ),
    plant(
        "references_not_kept_up",
        "That a row refers to another attachment now is not noted.",
        instead(keep_references, "upsert(connection, t.blob_reference, made)", "pass"),
        mix=MIX,
    ),
    plant(
        "never_collected",
        "That a row refers to nothing any more is not noted.",
        instead(keep_references, "if ended:", "if False:"),
        mix=MIX,
    ),
    plant(
        "kept_ones_evicted",
        "A device evicts what is to stay, and own work that waits.",
        instead(
            Attachments._evict,
            "if digest in spared or self._ledger.of_work(digest):",
            "if False:",
        ),
        mix=MIX,
    ),
    plant(
        "sent_before_its_photo",
        "Work is sent before the photo that it names.",
        instead(
            Attachments._hold,
            "outbox.hold = first",
            "pass",
        ),
        mix=MIX,
    ),
    plant(
        "photos_stay_on_devices",
        "An attachment stays on a device when its row has left.",
        instead(Attachments._purge, "elif digest not in fresh:", "elif False:"),
        mix=MIX,
    ),
    plant(
        "own_photos_purged",
        "A photo goes before its work is sent.",
        instead(
            Ledger.of_work,
            "return bool(fetch(self._db, wanted, (digest,)))",
            "return False",
        ),
        mix=MIX,
    ),
    plant(
        "downloads_not_compared",
        "What comes is not compared with its hash, and goes on where it did not end.",
        instead(Carrier.download, "if whole and found == digest:", "if whole:"),
        instead(Part.write, "self.length += len(content)", "self.length += len(content) or 1"),
        mix=MIX,
    ),
)

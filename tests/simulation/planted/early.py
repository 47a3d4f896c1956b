"""Bugs of early checkpoints: what they cover, what they leave, and work that is made on them."""

from __future__ import annotations

from device_sdk.based import keep_base
from device_sdk.commit import commit
from device_sdk.incoming import Incoming
from device_sdk.outbox import Outbox
from syncengine.model.changeset import Base
from syncengine.store.checkpoints import Held
from syncengine.store.early import Early
from syncengine.store.visit import look_up
from tests.simulation.planted.planting import instead, plant

MIX = "early"
PLANTS = (
    plant(
        "part_shown_half",
        "An early checkpoint covers the part that is still being read.",
        instead(Early.split, "part_of.items() if number < part}", "part_of.items()}"),
        mix=MIX,
    ),
    plant(
        "early_though_needed",
        "What leaves an earlier part goes before the rows of a later one that need it.",
        instead(Early.split, "if leaving and _needs_earlier(self.schema, part):", "if False:"),
        mix=MIX,
    ),
    plant(
        "early_though_revoked",
        "What is taken away goes from the urgent parts first.",
        instead(Early.split, "if not set(held.buckets) <= part_of.keys():", "if False:"),
        mix=MIX,
    ),
    plant(
        "left_part_forgotten",
        "A pull goes on from an early checkpoint as if that were of all parts.",
        instead(Held.versions, "dict.fromkeys(self.left.buckets, self.left.version)", "found"),
        mix=MIX,
    ),
    plant(
        "early_settles_all",
        "An early checkpoint settles work also on rows that it leaves.",
        instead(Outbox.settle, """f"tag NOT IN ({','.join(map(str, older))})\"""", '"1"'),
        mix=MIX,
    ),
    plant(
        "split_base_forgotten",
        "A changeset does not say what an early checkpoint had left.",
        instead(
            commit,
            "base=base_of(store.database)",
            "base=type(base_of(store.database))(store.epoch, store.version)",
        ),
        mix=MIX,
    ),
    plant(
        "split_base_ignored",
        "All rows of a changeset are judged by the version of the urgent ones.",
        instead(Base.of, "if self.behind is None or part < self.behind.part:", "if True:"),
        mix=MIX,
    ),
    plant(
        "staged_rest_dropped",
        "What came of a later part is thrown away with an early checkpoint.",
        instead(
            Incoming.become_held_early,
            'f" DELETE FROM staged WHERE bucket IN ({buckets})"',
            '" DELETE FROM staged"',
        ),
        mix=MIX,
    ),
    plant(
        "old_early_answers_taken",
        "An early answer is published once more.",
        instead(keep_base, "if not _goes_on(base_of(database), checkpoint):", "if False:"),
        mix=MIX,
    ),
    plant(
        "early_proof_not_kept",
        "The server does not note what a device has by an early checkpoint.",
        instead(look_up, "early = pack_early(held.version, held.early())", "early = None"),
        mix=MIX,
    ),
)

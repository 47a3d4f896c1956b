"""Bugs that show with other versions of clients or servers, bad intent, imports, large changes."""

from __future__ import annotations

from server.importer.compare import Comparer
from syncengine.model.wording import Wordings
from syncengine.store.backup import _header
from syncengine.store.bulk_steps import finish
from syncengine.store.clock import Clock
from syncengine.store.pull import Pull
from syncengine.store.reworded import reworded
from syncengine.store.submissions import read_submission
from tests.simulation.planted.planting import instead, plant

PLANTS = (
    plant(
        "any_key_will_do",
        "Whoever signed a changeset, it counts as the seat's.",
        instead(read_submission, "    verify(signed, key)\n", ""),
    ),
    plant(
        "anybodys_changesets",
        "A seat hands in what another store or person made.",
        instead(
            read_submission,
            "if wire.incarnation != incarnation or wire.actor != seat.person:",
            "if False:",
        ),
    ),
    plant(
        "all_words_spoken",
        "A client of a version that is not spoken is served as if it were of today's.",
        instead(Wordings.of, "elif version != now:", "elif False:"),
    ),
    plant(
        "old_words_forgotten",
        "Clients of the version before get records in today's words.",
        instead(reworded, "any(s.tag in rewords for s in message.sections)", "False"),
    ),
    plant(
        "first_step_only",
        "Of a large change that was decided only one step is written.",
        instead(
            finish,
            "while (step := _next(store, bulk)) is not None:",
            "if (step := _next(store, bulk)) is not None:",
        ),
    ),
    plant(
        "office_overruled",
        "An import takes back what the office changed since the last one.",
        instead(
            Comparer._update,
            'if source.leads == "last" and told is not None and said == wanted:',
            "if False:",
        ),
    ),
    plant(
        "old_servers_go_on",
        "A server of the version before answers on after the migration.",
        instead(Clock.require, "if self.schema != schema.hash:", "if False:"),
        mix="rolling",
    ),
    plant(
        "old_servers_finish_answers",
        "A server of the version before goes on with what it had begun to send.",
        instead(Pull._step, "clock.require(self.schema)", "pass"),
        mix="rolling",
    ),
    plant(
        "old_servers_back_up",
        "A server of the version before writes backups that nobody can restore.",
        instead(_header, "    clock.require(store.schema)\n", ""),
        mix="rolling",
    ),
)

"""Bugs in what a device is sent: the feed, and the pull that reads it chunk by chunk."""

from __future__ import annotations

from syncengine.store import feed, snapshots, told
from syncengine.store.pull import Pull, _line
from syncengine.store.store import Store
from tests.simulation.planted.planting import instead, plant

PLANTS = (
    plant(
        "cursor_too_far",
        "A pull that goes on skips the rest of the version in which it stopped.",
        instead(feed.read_bucket, "*last)", "last[0], END_TAG, last[2])"),
    ),
    plant(
        "nothing_leaves",
        "A row that left a bucket is not told.",
        instead(feed.read_bucket, "if since <= cursor.version and changed > begun:", "if False:"),
    ),
    plant(
        "left_to_strangers",
        "The ids of rows that left go to a device that never had them.",
        instead(feed.read_bucket, "if since <= cursor.version and changed > begun:", "if True:"),
    ),
    plant(
        "left_forgotten_too_soon",
        "That a row left is known for the next four versions only.",
        instead(
            feed.read_bucket,
            "if since <= cursor.version and changed > begun:",
            "if since <= cursor.version > changed - 5 and changed > begun:",
        ),
    ),
    plant(
        "payload_omitted_too_early",
        "A row that a device has in an older version counts as sent.",
        instead(feed.settled_elsewhere, "if changed <= cursors[bucket]", "if True"),
    ),
    plant(
        "payload_omitted_for_left",
        "A row counts as sent through a bucket that it has left.",
        instead(feed.settled_elsewhere, "_m.gone.is_(False)", "sa.true()"),
    ),
    plant(
        "news_overlooked",
        "A bucket whose only news is the version after its cursor counts as unchanged.",
        instead(feed.unchanged, "_m.changed > version", "_m.changed > version + 1"),
    ),
    plant(
        "grants_once_a_pull",
        "Grants are not computed again in the snapshot of each chunk.",
        instead(
            Pull._step,
            "granted = self._granted(connection, clock.at)",
            "granted = self.sent if self.sent is not None else self._granted(connection, clock.at)",
        ),
    ),
    plant(
        "time_stands_in_a_pull",
        "What ends while a pull goes on is sent to its end.",
        instead(Pull.__iter__, "overdue = clock.overdue(self.now())", "overdue = False"),
    ),
    plant(
        "time_stands_at_a_sync",
        "A device that asks when something has just ended hears that nothing is new.",
        instead(Store.sync, "if visit.clock.overdue(self.environment.now()):", "if False:"),
    ),
    plant(
        "end_not_told",
        "A device is not told when a grant ends.",
        instead(_line, "hold.ends,", "None,"),
    ),
    plant(
        "first_reason_only",
        "A bucket held for several reasons ends with the first of them.",
        instead(_line, "current([g.hold for g in grants], at)", "first.hold"),
    ),
    plant(
        "new_end_not_told",
        "A device does not learn that a grant ends at another time than before.",
        instead(Pull._tell, "digest(granted) == self.held.grants", "True"),
    ),
    plant(
        "revocation_unrecorded",
        "An answer by which rows leave is not on record: no proof that they are gone.",
        instead(told.noted, "news |= any(section.left for section in message.sections)", "pass"),
    ),
    plant(
        "horizon_ignored",
        "A device that was away longer than left records are kept gets what changed, and no more.",
        instead(
            Pull._begin_anew,
            "if self.held is None or self.held.lowest >= self.horizon:",
            "if True:",
        ),
    ),
    plant(
        "replica_trusted",
        "A replica is read although it lags behind the database.",
        instead(snapshots.shows, "return same and there.version >= due.version", "return True"),
    ),
)

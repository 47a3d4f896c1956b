"""A delete stands against edits.

Commutative, associative and idempotent: the row is gone as soon as one side deleted it, in whatever
order deletes and edits arrive. Where the delete came first, the edit waits for the office, with
what it was to change; where it came last, the edited values are losses. Use it where rows end for
good reasons that the person in the shop does not know (a contact left, an order was cancelled).
"""

from __future__ import annotations

from conflict_rules.deed import Deed

RANK = (Deed.NOTHING, Deed.EDITED, Deed.DELETED)


def resolve(server: Deed, incoming: Deed) -> Deed:
    """What has become of the row."""
    return max(server, incoming, key=RANK.index)

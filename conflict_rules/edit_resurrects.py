"""An edit stands against deletes: the row stays, or comes back with the edit merged into its last
state.

Commutative, associative and idempotent: the row is there as soon as one side edited it since the
base, in whatever order deletes and edits arrive; a delete by somebody who had seen the edit is no
conflict. Use it where work on a row shows that it is still needed (notes, open tasks).
"""

from __future__ import annotations

from conflict_rules.deed import Deed

RANK = (Deed.NOTHING, Deed.DELETED, Deed.EDITED)


def resolve(server: Deed, incoming: Deed) -> Deed:
    """What has become of the row."""
    return max(server, incoming, key=RANK.index)

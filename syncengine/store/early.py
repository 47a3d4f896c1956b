"""When a pull may end before its time: the parts that were read whole are published, and what is
behind them goes on with the next request.

So news of urgent parts need not wait for those of large ones. Each part is still of one version
(invariant 10), and nothing dangles: a row needs none of a later part, and where one of a later part
may need what left an earlier one, they are published together.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from syncengine.model.fit import closed
from syncengine.model.manifest import Schema
from syncengine.store.checkpoints import Held, Left


@dataclass
class Early:
    """What stands in the way of an early checkpoint, as the pull goes on.

    held: the checkpoint to begin from; None: there is to be no early one. staged: buckets of which
    earlier answers may have brought something. left_in: the parts in which rows left.
    """

    schema: Schema
    held: Held | None
    staged: Collection[int]
    left_in: set[int] = field(default_factory=set)

    def split(
        self,
        part_of: Mapping[int, int],
        reading: int,
        news: Collection[int],
        anew: Collection[int],
    ) -> tuple[list[int], Left] | None:
        """(the buckets that an early checkpoint covers, what it leaves); None when there is to be
        none.

        part_of: the granted buckets with their parts. reading: the bucket that is being read; those
        of earlier parts were read to their end. news: the buckets that changed. anew: those that
        come from the start.

        Not when a bucket that is held is no longer granted: what was taken away is gone from all
        parts at once. Nor when the later parts are of two versions already.
        """
        part = part_of[reading]
        covered = {bucket for bucket, number in part_of.items() if number < part}
        held = self.held
        if held is None or not covered & set(news):
            return None
        if not set(held.buckets) <= part_of.keys():
            return None
        if held.left is not None and part < held.left.part:
            return None
        leaving = any(number < part for number in self.left_in) or bool(
            covered & {*self.staged, *(set(anew) & set(held.buckets))}
        )
        if leaving and _needs_earlier(self.schema, part):
            return None
        later = tuple(bucket for bucket in held.buckets if bucket not in covered)
        return sorted(covered), Left(part, held.lowest, later)


def _needs_earlier(schema: Schema, part: int) -> bool:
    """Whether rows of the parts from that number on may need rows of the parts below it."""
    later = [p for p in schema.parts if p.number >= part]
    return any(p.number < part for p in closed(schema.entities, later))

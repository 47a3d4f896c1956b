"""How a pull ends: with a checkpoint of all that is granted, or an early one of some parts."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa

from syncengine.protocol.messages import BucketSum, Checkpoint, EarlyCheckpoint, Granted
from syncengine.store import tables as t
from syncengine.store.checkpoints import NOT_TOLD, Held, Left, digest, seal
from syncengine.store.clock import Clock


def checkpoint(
    connection: sa.Connection,
    clock: Clock,
    incarnation: bytes,
    granted: Sequence[Granted],
    parts: tuple[int, ...],
    changed: Collection[int],
    secret: bytes,
) -> Checkpoint:
    """The message, with the sums of the buckets that changed. parts: as in Held."""
    numbers = tuple(g.bucket for g in granted)
    sums = _sums(connection, numbers)
    held = Held(
        clock.epoch, clock.version, clock.chain, incarnation, numbers, digest(granted), parts
    )
    return Checkpoint(
        token=seal(held, secret),
        epoch=clock.epoch,
        version=clock.version,
        buckets=[BucketSum(n, *sums[n]) for n in numbers if n in changed],
        count=sum(count for count, _ in sums.values()),
        sum=sum(total for _, total in sums.values()) % 2**63,
    )


def early_checkpoint(
    connection: sa.Connection,
    clock: Clock,
    incarnation: bytes,
    covered: Sequence[int],
    left: Left,
    parts: tuple[int, ...],
    secret: bytes,
) -> EarlyCheckpoint:
    """The message, with the sums of all that it covers."""
    numbers = tuple(sorted({*covered, *left.buckets}))
    held = Held(
        clock.epoch, clock.version, clock.chain, incarnation, numbers, NOT_TOLD, parts, left
    )
    sums = _sums(connection, covered)
    return EarlyCheckpoint(
        token=seal(held, secret),
        epoch=clock.epoch,
        version=clock.version,
        part=left.part,
        behind=left.version,
        buckets=[BucketSum(n, *sums[n]) for n in covered],
    )


def _sums(connection: sa.Connection, buckets: Sequence[int]) -> dict[int, tuple[int, int]]:
    """What each of the buckets holds: count and checksum."""
    b = t.bucket.c
    rows = connection.execute(sa.select(b.id, b.count, b.sum).where(b.id.in_(buckets)))
    return {number: (count, total) for number, count, total in rows}

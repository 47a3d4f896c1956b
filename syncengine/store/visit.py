"""The beginning of a request: which seat it is, and which checkpoint it proves to hold."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.errors import CheckpointRefused, Fenced, SeatLocked, Unauthenticated
from syncengine.model.manifest import Schema
from syncengine.protocol.messages import Cursor, Hello
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.checkpoints import Held
from syncengine.store.clock import Clock
from syncengine.store.database import reading, writing
from syncengine.store.feed import END_TAG
from syncengine.store.late import pack_buckets, pack_early
from syncengine.store.seats import Seat
from syncengine.store.told import Proved, acknowledge, note_visit

SEEN_EVERY = 15 * 60 * 1_000_000  # microseconds; a sync without changes writes no oftener
# Made once: putting a statement together costs more than running it.
_LOOK_UP = (
    sa.select(
        *clocks.COLUMNS,
        t.seat.c.state,
        t.incarnation.c.state.label("line"),
        t.incarnation.c.next_sequence,
        t.incarnation.c.acked_version,
        t.incarnation.c.acked_buckets,
        t.incarnation.c.acked_early,
        t.incarnation.c.seen,
        t.incarnation.c.waiting,
    )
    .join_from(t.incarnation, t.seat, t.incarnation.c.seat == t.seat.c.id)
    .join(t.clock, sa.true())
    .where(t.incarnation.c.id == sa.bindparam("incarnation"), t.seat.c.id == sa.bindparam("seat"))
)


@dataclass(frozen=True)
class Visit:
    """What the server knows of the seat when a request begins."""

    clock: Clock
    next_sequence: int
    current: bool
    cursors: dict[int, Cursor]
    proved: Proved


def look_up(
    engine: sa.Engine, schema: Schema, seat: Seat, hello: Hello, held: Held | None, now: int
) -> Visit:
    """Look the seat up, note that it asks and which checkpoint it proves to hold.

    Unauthenticated, SeatLocked, Fenced, SchemaDiffers; CheckpointRefused for cursors of no history.
    """
    with reading(engine) as connection:
        row = connection.execute(
            _LOOK_UP, {"incarnation": hello.incarnation, "seat": seat.id}
        ).first()
        if row is None:
            raise Unauthenticated("This store is not enrolled here.")
        clock = Clock(*row[: len(clocks.COLUMNS)])
        clock.require(schema)
        if row.state == "locked":
            raise SeatLocked("The office has locked this device.", wipe=True)
        if row.line == "fenced":
            raise Fenced("This store shares its identity with another one.")
        current = held is not None and _holds(connection, clock, held)
        cursors = check_cursors(hello.cursors, clock) if hello.epoch == clock.epoch else {}
    before = Proved(hello.incarnation, row.acked_version, row.acked_buckets, row.acked_early)
    proved = before
    if held is not None and current:
        early = pack_early(held.version, held.early())
        proved = Proved(hello.incarnation, held.lowest, pack_buckets(held.buckets), early)
    noted = row.waiting == hello.waiting and 0 <= now - row.seen < SEEN_EVERY
    if proved != before:
        with writing(engine) as connection:
            acknowledge(connection, proved, before.version, now, hello.waiting)
    elif not noted:
        with writing(engine) as connection:
            note_visit(connection, hello.incarnation, now, hello.waiting)
    cursors = cursors if current or held is None else {}
    return Visit(clock, row.next_sequence, current, cursors, proved)


def _holds(connection: sa.Connection, clock: Clock, held: Held) -> bool:
    """Whether a checkpoint belongs to the present history.

    Its chain head must be ours at that version: anything else is a fork, and the device begins
    anew.
    """
    if clocks.at_or_below(connection, clock, held.epoch, held.version) != held.version:
        return False
    if held.version == clock.version:
        return held.chain == clock.chain
    if held.version == 0:
        return True
    chain = connection.scalar(
        sa.select(t.changeset.c.chain).where(t.changeset.c.version == held.version)
    )
    return chain == held.chain


def check_cursors(cursors: list[Cursor], clock: Clock) -> dict[int, Cursor]:
    """The cursors by bucket; CheckpointRefused when one lies in the future."""
    if any(
        not 0 <= c.version <= clock.version or c.tag > END_TAG or len(c.row) != 16 for c in cursors
    ):
        raise CheckpointRefused("A cursor is not of this history.")
    return {c.bucket: c for c in cursors}

"""What still has rows to move: more of them than one commit does. A line in the table `unsettled`
says how far that has come, so that it goes on where it stopped, also after a crash.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID
from syncengine.store import tables as t
from syncengine.store.database import upsert


class Kind(StrEnum):
    """Why rows have to move: a rule (key: its id), windows of an entity's rows that have ended, or
    another part that an entity is in since an upgrade (key: its tag).
    """

    RULE = "rule"
    WINDOW = "window"
    PART = "part"


# What the history calls it.
PASSING = "time passed"
MOVING = {Kind.RULE: "rule applied", Kind.WINDOW: PASSING, Kind.PART: "part changed"}


@dataclass(frozen=True, order=True)
class Cause:
    """One reason why rows have to move."""

    kind: Kind
    key: bytes


@dataclass(frozen=True)
class Place:
    """How far the search for the rows has come: the step, and the last row that was found in it."""

    step: int = 0
    last: bytes = ZERO_ID


def windows_of(tag: int) -> Cause:
    """The windows of an entity's rows."""
    return Cause(Kind.WINDOW, tag.to_bytes(16, "big"))


def part_of(tag: int) -> Cause:
    """The part that an entity is in."""
    return Cause(Kind.PART, tag.to_bytes(16, "big"))


def keep(connection: sa.Connection, cause: Cause, rest: Place | None) -> None:
    """Remember what is left to do; None: nothing is."""
    c = t.unsettled.c
    if rest is None:
        at = sa.and_(c.kind == str(cause.kind), c.key == cause.key)
        connection.execute(sa.delete(t.unsettled).where(at))
        return
    line = {"kind": str(cause.kind), "key": cause.key, "step": rest.step, "last": rest.last}
    upsert(connection, t.unsettled, [line])


def first(connection: sa.Connection) -> tuple[Cause, Place] | None:
    """What is to go on next, and from where; None when everything is settled."""
    c = t.unsettled.c
    row = connection.execute(sa.select(t.unsettled).order_by(c.kind, c.key).limit(1)).first()
    if row is None:
        return None
    return Cause(Kind(row.kind), row.key), Place(row.step, row.last)


def causes(connection: sa.Connection) -> set[Cause]:
    """All that still have rows to move."""
    c = t.unsettled.c
    return {Cause(Kind(kind), key) for kind, key in connection.execute(sa.select(c.kind, c.key))}

"""What is on record about one device: its work that came, what it was told, what it proved."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.reviews import State
from syncengine.store.store import Store

ANSWERS = 20  # the newest ones


@dataclass(frozen=True)
class Answer:
    """An answer that changed what the device may hold. told: when it was given whole, empty where
    it broke off; proved: when a later sync showed that the device has it.
    """

    version: int
    told: int | None
    proved: int | None


@dataclass(frozen=True)
class DeviceRecord:
    """enrolled: when. taken: its changesets that took effect, last: when the newest came. waiting:
    how much of its work the office has to decide, by kind. answers: the newest, newest first. Times
    in microseconds.
    """

    enrolled: int
    taken: int
    last: int | None
    waiting: dict[str, int]
    answers: list[Answer]


@dataclass(frozen=True)
class OpenCode:
    """An enrolment code that nobody used yet; the code itself is not kept."""

    person: bytes
    expires: int


def device_record(store: Store, seat: bytes) -> DeviceRecord:
    """Of a seat that there is. The history and what was told are compacted: older ones are gone."""
    c, r, told = t.changeset.c, t.review.c, t.told.c
    lines = sa.select(t.incarnation.c.id).where(t.incarnation.c.seat == seat)
    newest = (
        sa.select(told.version, told.told_at, told.proved_at)
        .where(told.incarnation.in_(lines))
        .order_by(told.version.desc())
        .limit(ANSWERS)
    )
    with reading(store.engine) as connection:
        enrolled = connection.execute(
            sa.select(t.seat.c.enrolled).where(t.seat.c.id == seat)
        ).scalar_one()
        taken, last = connection.execute(
            sa.select(sa.func.count(), sa.func.max(c.received)).where(c.incarnation.in_(lines))
        ).one()
        open_ = r.incarnation.in_(lines) & (r.state == State.OPEN)
        counted = sa.select(r.kind, sa.func.count()).where(open_).group_by(r.kind).order_by(r.kind)
        waiting = dict[str, int](map(tuple, connection.execute(counted)))
        answers = [Answer(*row) for row in connection.execute(newest)]
    return DeviceRecord(enrolled, taken, last, waiting, answers)


def open_codes(store: Store, limit: int) -> list[OpenCode]:
    """Codes that are still good, those that end first before others."""
    e = t.enrolment_code.c
    wanted = (
        sa.select(e.person, e.expires)
        .where(e.seat.is_(None), e.expires >= store.environment.now())
        .order_by(e.expires)
        .limit(limit)
    )
    with reading(store.engine) as connection:
        return [OpenCode(*row) for row in connection.execute(wanted)]

"""What the office looks at first: devices by their last sync, large changes, what is to decide."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.rights import Rights
from syncengine.model.terms import BucketKind
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.reviews import Kind, State, unpack_operations
from syncengine.store.store import Store

MAX_DEVICES = 5_000  # looked at; an office with more sees those that were quiet longest


@dataclass(frozen=True)
class DeviceLine:
    """A device. seen: when it last synced (microseconds, to the quarter of an hour, 0: never).
    behind: how many versions its checkpoint is behind. waiting: changesets that it had and did not
    send then; None: its app does not say.
    """

    seat: bytes
    person: bytes
    device: str
    state: str  # active, locked or fenced
    seen: int
    behind: int
    waiting: int | None


@dataclass(frozen=True)
class BulkLine:
    """A change too large for one changeset: an import, mostly. finished: when, if it is."""

    id: bytes
    label: str
    source: str
    created: int
    finished: int | None
    steps: int
    written: int
    refused: int


def device_lines(store: Store, rights: Rights) -> list[DeviceLine]:
    """The devices of people whom the user may view, those that were quiet longest first."""
    s, i, clock = t.seat.c, t.incarnation.c, t.clock.c
    people = store.tables[store.schema.people]
    allowed = shown_to(rights, store.schema, store.tables, store.schema.people)
    wanted = (
        sa.select(
            s.id,
            s.person,
            s.device,
            s.state,
            i.state.label("line"),
            i.seen,
            i.acked_version,
            i.waiting,
        )
        .join_from(t.seat, t.incarnation, i.seat == s.id)
        .where(s.person.in_(sa.select(people.c.id).where(allowed)))
        .order_by(i.seen, s.id)
        .limit(MAX_DEVICES)
    )
    with reading(store.engine) as connection:
        version = connection.execute(sa.select(clock.version)).scalar_one()
        rows = connection.execute(wanted).all()
    return [
        DeviceLine(
            r.id, r.person, r.device, r.line if r.state == "active" else r.state,
            r.seen, max(version - r.acked_version, 0), r.waiting,
        )
        for r in rows
    ]  # fmt: skip


def bulk_lines(store: Store, limit: int) -> list[BulkLine]:
    """The newest large changes."""
    b, step, no = t.bulk_change.c, t.bulk_step.c, t.bulk_refused.c
    steps = sa.select(sa.func.count()).where(step.bulk_id == b.id).scalar_subquery()
    written = (
        sa.select(sa.func.count())
        .where(step.bulk_id == b.id, step.version.is_not(None))
        .scalar_subquery()
    )
    refused = sa.select(sa.func.count()).where(no.bulk_id == b.id).scalar_subquery()
    wanted = (
        sa.select(b.id, b.label, b.source, b.created, b.finished, steps, written, refused)
        .order_by(b.created.desc(), b.id.desc())
        .limit(limit)
    )
    with reading(store.engine) as connection:
        return [BulkLine(*row) for row in connection.execute(wanted)]


def touched(store: Store, kind: Kind, limit: int) -> list[set[str]]:
    """Of each open entry, `limit` at most, the kinds of rows that it is about."""
    c = t.review.c
    which = sa.and_(c.kind == str(kind), c.state == State.OPEN)
    wanted = sa.select(c.body).where(which).order_by(c.number).limit(limit)
    with reading(store.engine) as connection:
        bodies = list(connection.scalars(wanted))
    by_tag = store.schema.by_tag
    return [{by_tag[o.tag].name for o in unpack_operations(body)} for body in bodies]


def rows_by_rule(store: Store) -> dict[bytes, int]:
    """How many rows the bucket of each rule has now, by the rule's id."""
    b = t.bucket.c
    wanted = sa.select(b.key, sa.func.sum(b.count)).where(b.kind == str(BucketKind.RULE))
    with reading(store.engine) as connection:
        return {key: int(count) for key, count in connection.execute(wanted.group_by(b.key))}

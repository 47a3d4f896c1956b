"""What a change does to one slice: which rows come, go or change, and what that weighs.

A slice changes in two ways: rows are touched and come into other buckets (`Kinds`), or buckets are
granted and revoked with the rows that are in them (`effects_of_grants`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from syncengine.model.terms import BucketName
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.grants import bucket_ids
from syncengine.store.moves import Move
from syncengine.store.working import Buckets, Key, RowState, batches

_m, _r = t.membership.c, t.record.c


@dataclass(frozen=True)
class Effect:
    """What happens to one slice, in rows; each counts once, in however many buckets it is.

    changed: held before and after, with a new version. again: held before and after as it is, but
    through another bucket than before, so that it travels once more. bytes: of the payloads that
    the next sync brings, those of the rows gained, changed and again; before compression, without
    the messages around them.
    """

    gained: int = 0
    lost: int = 0
    changed: int = 0
    again: int = 0
    bytes: int = 0

    def __add__(self, other: Effect) -> Effect:
        return Effect(
            self.gained + other.gained,
            self.lost + other.lost,
            self.changed + other.changed,
            self.again + other.again,
            self.bytes + other.bytes,
        )


NO_EFFECT = Effect()
Effects = dict[int, Effect]  # by the tag of the rows' entity


@dataclass(frozen=True)
class Holding:
    """The buckets that a person may hold before and after the change."""

    before: Buckets
    after: Buckets


@dataclass(frozen=True)
class _Kind:
    """Touched rows that are alike to every device. tag: of their entity."""

    tag: int
    before: Buckets
    after: Buckets
    rewritten: bool


@dataclass
class _Tally:
    rows: int = 0
    bytes: int = 0


@dataclass
class Kinds:
    """The touched rows by kind: a device asks each kind, not each row."""

    tallies: dict[_Kind, _Tally] = field(default_factory=dict)

    @classmethod
    def of(cls, connection: sa.Connection, moves: dict[Key, Move]) -> Kinds:
        """With the sizes of the payloads as they are after the change."""
        sizes = _sizes(connection, [key for key, move in moves.items() if move.after.buckets])
        kinds = cls()
        for key, move in moves.items():
            rewritten = move.before.version != move.after.version
            kind = _Kind(key[0], _granted(move.before), _granted(move.after), rewritten)
            if kind.before == kind.after and not kind.rewritten:
                continue  # it followed its parent there and back
            tally = kinds.tallies.setdefault(kind, _Tally())
            tally.rows += 1
            tally.bytes += sizes.get(key, 0)
        return kinds

    def effects(self, holding: Holding) -> Effects:
        """On a slice."""
        found: Effects = {}
        for kind, tally in self.tallies.items():
            held, holds = kind.before & holding.before, kind.after & holding.after
            stays = not held.isdisjoint(holds)
            one = _effect(bool(held), bool(holds), stays, kind.rewritten, tally.rows, tally.bytes)
            found[kind.tag] = found.get(kind.tag, NO_EFFECT) + one
        return found


def _granted(state: RowState) -> Buckets:
    """The buckets of a row as grants name them."""
    return frozenset(name.whole for name in state.buckets)


def _effect(
    held: bool, holds: bool, stays: bool, rewritten: bool, rows: int, payload: int
) -> Effect:
    """Of rows held before or not, held after or not. stays: through one bucket throughout."""
    if not holds:
        return Effect(lost=rows) if held else NO_EFFECT
    if not held:
        return Effect(gained=rows, bytes=payload)
    if rewritten:
        return Effect(changed=rows, bytes=payload)
    return NO_EFFECT if stays else Effect(again=rows, bytes=payload)


def _sizes(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, int]:
    """Bytes of the rows' payloads."""
    by_tag: dict[int, list[bytes]] = {}
    for tag, row_id in keys:
        by_tag.setdefault(tag, []).append(row_id)
    sizes: dict[Key, int] = {}
    for tag, row_ids in by_tag.items():
        for some in batches(row_ids, KEYS_PER_STATEMENT):
            wanted = sa.select(_r.row_id, sa.func.length(_r.payload))
            found = connection.execute(wanted.where(_r.tag == tag, _r.row_id.in_(some)))
            sizes |= {(tag, row_id): size for row_id, size in found}
    return sizes


def effects_of_grants(connection: sa.Connection, holding: Holding, version: int) -> Effects:
    """The effects of changed grants on rows that the change itself did not touch.

    Only buckets granted or revoked are looked into. A row that a bucket held throughout has,
    too, neither comes nor goes; a touched row (one with a membership as of `version`) is
    counted among its kind.
    """
    regranted = holding.before ^ holding.after
    if not regranted:
        return {}
    lost_ids = _ids(connection, holding.before - holding.after)
    new_ids = _ids(connection, holding.after - holding.before)
    other = t.membership.alias("other")
    throughout = sa.and_(
        other.c.gone.is_(False),
        other.c.bucket.in_(_ids(connection, holding.before & holding.after)),
    )
    counted_elsewhere = sa.exists().where(
        other.c.row_id == _m.row_id,
        other.c.tag == _m.tag,
        sa.or_(other.c.changed >= version, throughout),
    )
    had, has = (
        sa.func.max(sa.case((_m.bucket.in_(ids), 1), else_=0)) for ids in (lost_ids, new_ids)
    )
    rows = (
        sa.select(_m.tag, _m.row_id, had.label("had"), has.label("has"))
        .where(_m.bucket.in_(lost_ids + new_ids), _m.gone.is_(False), ~counted_elsewhere)
        .group_by(_m.tag, _m.row_id)
        .subquery()
    )
    size = sa.func.coalesce(sa.func.sum(sa.func.length(_r.payload)), 0)
    counts = connection.execute(
        sa.select(rows.c.tag, rows.c.had, rows.c.has, sa.func.count(), size)
        .select_from(rows.join(t.record, sa.and_(_r.row_id == rows.c.row_id, _r.tag == rows.c.tag)))
        .group_by(rows.c.tag, rows.c.had, rows.c.has)
    )
    found: Effects = {}
    for tag, held, holds, number, payload in counts:
        one = _effect(bool(held), bool(holds), False, False, number, int(payload))
        found[tag] = found.get(tag, NO_EFFECT) + one
    return found


def _ids(connection: sa.Connection, names: Iterable[BucketName]) -> list[int]:
    ids: list[int] = []
    for some in batches(sorted(names), KEYS_PER_STATEMENT):
        ids += bucket_ids(connection, some).values()
    return ids

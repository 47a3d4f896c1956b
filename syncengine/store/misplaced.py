"""The rows that are not where they belong any more, though nobody wrote them: found set-based, in
pieces, removals first. Rows that are written meanwhile are placed as it is now.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import assert_never

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.ids import ZERO_ID
from syncengine.model.terms import BucketKind, Ruled
from syncengine.store import tables as t
from syncengine.store.conditions import as_sql
from syncengine.store.rules import Rulebook
from syncengine.store.unsettled import Cause, Kind, Place
from syncengine.store.working import Key, Working

FEW = 10_000  # rows that a search by index may gather and sort for each chunk

Step = tuple[int, Callable[[bytes, int], Sequence[bytes]]]  # tag, (last, most) -> ids
_m, _r = t.membership.c, t.record.c


class Misplaced:
    """The search, in the transaction of one commit."""

    def __init__(self, working: Working, rules: Rulebook, at: int) -> None:
        """at: the instant for which windows are judged."""
        self._working = working
        self._rules = rules
        self._at = at

    def rows(self, cause: Cause, place: Place, most: int) -> tuple[list[Key], Place | None]:
        """At most `most` rows from a place on, and where to go on; None: that was all."""
        found: list[Key] = []
        steps = self._steps(cause)
        step, last = place.step, place.last
        while step < len(steps):
            tag, find = steps[step]
            room = most - len(found)
            if room <= 0:
                return found, Place(step, last)
            ids = find(last, room)
            found += [(tag, row_id) for row_id in ids]
            if len(ids) < room:
                step, last = step + 1, ZERO_ID
            else:
                last = ids[-1]
        return found, None

    def _steps(self, cause: Cause) -> list[Step]:
        match cause.kind:
            case Kind.RULE:  # rows that are to leave, then those that are to come
                ways = (self._leaving, self._coming)
                ruled = list(self._ruled())
                return [
                    (tag, partial(way, cause.key, entity.name, tag))
                    for way in ways
                    for tag, entity in ruled
                ]
            case Kind.WINDOW:
                tag = int.from_bytes(cause.key, "big")
                entity = self._working.schema.by_tag.get(tag)
                return [] if entity is None else [(tag, partial(self._ended, entity, tag))]
            case Kind.PART:
                tag = int.from_bytes(cause.key, "big")
                entity = self._working.schema.by_tag.get(tag)
                return [] if entity is None else [(tag, partial(self._parted, entity, tag))]
            case _:
                assert_never(cause.kind)

    def _ruled(self) -> Iterator[tuple[int, Entity]]:
        for tag, entity in self._working.schema.by_tag.items():
            if any(isinstance(term, Ruled) for term in entity.terms):
                yield tag, entity

    def _ended(self, entity: Entity, tag: int, last: bytes, most: int) -> Sequence[bytes]:
        """Rows that are in buckets still, though their window is over."""
        if entity.window is None:
            return []
        c = self._working.tables[entity.name].c
        there = sa.exists().where(_r.tag == tag, _r.row_id == c.id, _r.holders > 0)
        ended = sa.select(c.id).where(c[entity.window.ends] <= self._at, c.id > last, there)
        return self._working.connection.scalars(ended.order_by(c.id).limit(most)).all()

    def _parted(self, entity: Entity, tag: int, last: bytes, most: int) -> Sequence[bytes]:
        """Rows in buckets of another part than that of their entity."""
        b, c = t.bucket.c, self._working.tables[entity.name].c
        elsewhere = sa.exists().where(
            _m.row_id == c.id,
            _m.tag == tag,
            _m.gone.is_(False),
            b.id == _m.bucket,
            b.part != entity.part.number,
        )
        wanted = sa.select(c.id).where(c.id > last, elsewhere).order_by(c.id).limit(most)
        return self._working.connection.scalars(wanted).all()

    def _leaving(
        self, rule_id: bytes, name: str, tag: int, last: bytes, most: int
    ) -> Sequence[bytes]:
        """Rows in the rule's bucket that do not meet its condition."""
        present = self._present(rule_id, tag)
        wanted = (
            sa.select(_m.row_id)
            .where(*present, _m.row_id > last, ~self._meets(rule_id, name, _m.row_id))
            .order_by(_m.row_id)
        )
        return self._working.connection.scalars(wanted.limit(most)).all()

    def _coming(
        self, rule_id: bytes, name: str, tag: int, last: bytes, most: int
    ) -> Sequence[bytes]:
        """Rows that meet the rule's condition and are not in its bucket.

        While few are left, an index on what the condition compares may find them. Otherwise the
        rows are asked in the order of their ids: each chunk would gather and sort all that are
        left.
        """
        connection, c = self._working.connection, self._working.tables[name].c
        there = sa.exists().where(_m.row_id == c.id, *self._present(rule_id, tag))
        left = sa.select(c.id).where(c.id > last, self._condition(rule_id, name), ~there)
        ids = sorted(connection.scalars(left.limit(FEW + 1)))
        if len(ids) <= FEW:
            return ids[:most]
        row = self._working.tables[name].alias().c
        there = sa.exists().where(_m.row_id == row.id, *self._present(rule_id, tag))
        meets = self._meets(rule_id, name, row.id)
        wanted = sa.select(row.id).where(row.id > last, meets, ~there).order_by(row.id)
        return connection.scalars(wanted.limit(most)).all()

    def _meets(
        self, rule_id: bytes, name: str, row_id: sa.ColumnElement[bytes]
    ) -> sa.ColumnElement[bool]:
        """Whether the row of that id meets the rule's condition."""
        table = self._working.tables[name]
        return sa.exists().where(table.c.id == row_id, self._condition(rule_id, name))

    def _condition(self, rule_id: bytes, name: str) -> sa.ColumnElement[bool]:
        rule = self._rules.get(rule_id)
        if rule is None or rule.target.name != name:
            return sa.false()
        return as_sql(rule.condition, self._working.tables, rule.target)

    def _present(self, rule_id: bytes, tag: int) -> tuple[sa.ColumnElement[bool], ...]:
        """The rows of an entity in the rule's bucket."""
        b, part = t.bucket.c, self._working.schema.by_tag[tag].part.number
        bucket = sa.select(b.id).where(
            b.kind == str(BucketKind.RULE), b.key == rule_id, b.part == part
        )
        return _m.bucket == bucket.scalar_subquery(), _m.tag == tag, _m.gone.is_(False)

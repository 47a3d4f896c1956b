"""The rows that are not where a rule wants them: found set-based, in pieces, removals first.

Looking for them goes on where it stopped, also after a crash: what a rule still has to move is a
line in the table `unsettled_rule`. Rows that are written meanwhile are placed by the rule as it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.ids import ZERO_ID
from syncengine.model.terms import BucketKind, Ruled
from syncengine.store import tables as t
from syncengine.store.conditions import as_sql
from syncengine.store.database import upsert
from syncengine.store.rules import Rulebook
from syncengine.store.working import Key, Working

FEW = 10_000  # rows that a search by index may gather and sort for each chunk

_m = t.membership.c


@dataclass(frozen=True)
class Place:
    """How far the search has come: the step, and the last row that was found in it."""

    step: int = 0
    last: bytes = ZERO_ID


class Misplaced:
    """The search, in the transaction of one commit."""

    def __init__(self, working: Working, rules: Rulebook) -> None:
        self._working = working
        self._rules = rules
        schema = working.schema
        ruled = [e for e in schema.by_tag.values() if any(isinstance(x, Ruled) for x in e.terms)]
        # Rows that are to leave, then those that are to come.
        self._steps = [(step, entity) for step in (self._leaving, self._coming) for entity in ruled]

    def rows(self, rule_id: bytes, place: Place, most: int) -> tuple[list[Key], Place | None]:
        """At most `most` rows from a place on, and where to go on; None: that was all."""
        found: list[Key] = []
        step, last = place.step, place.last
        while step < len(self._steps):
            find, entity = self._steps[step]
            room = most - len(found)
            if room <= 0:
                return found, Place(step, last)
            tag = self._working.schema.tags[entity.name]
            ids = find(rule_id, entity.name, tag, last, room)
            found += [(tag, row_id) for row_id in ids]
            if len(ids) < room:
                step, last = step + 1, ZERO_ID
            else:
                last = ids[-1]
        return found, None

    def keep(self, rule_id: bytes, rest: Place | None) -> None:
        """Remember what is left to do of a rule."""
        table, connection = t.unsettled_rule, self._working.connection
        if rest is None:
            connection.execute(sa.delete(table).where(table.c.rule_id == rule_id))
        else:
            line = {"rule_id": rule_id, "step": rest.step, "last": rest.last}
            upsert(connection, table, [line])

    def _leaving(self, rule_id: bytes, name: str, tag: int, last: bytes, most: int) -> list[bytes]:
        """Rows in the rule's bucket that do not meet its condition."""
        present = self._present(rule_id, tag)
        wanted = (
            sa.select(_m.row_id)
            .where(*present, _m.row_id > last, ~self._meets(rule_id, name, _m.row_id))
            .order_by(_m.row_id)
        )
        return list(self._working.connection.scalars(wanted.limit(most)))

    def _coming(self, rule_id: bytes, name: str, tag: int, last: bytes, most: int) -> list[bytes]:
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
        return list(connection.scalars(wanted.limit(most)))

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

    @staticmethod
    def _present(rule_id: bytes, tag: int) -> tuple[sa.ColumnElement[bool], ...]:
        """The rows of an entity in the rule's bucket."""
        b = t.bucket.c
        bucket = sa.select(b.id).where(b.kind == str(BucketKind.RULE), b.key == rule_id)
        return _m.bucket == bucket.scalar_subquery(), _m.tag == tag, _m.gone.is_(False)


def unsettled(connection: sa.Connection) -> tuple[bytes, Place] | None:
    """A rule that still has rows to move, and from where on; None when there is none."""
    c = t.unsettled_rule.c
    row = connection.execute(
        sa.select(c.rule_id, c.step, c.last).order_by(c.rule_id).limit(1)
    ).first()
    return None if row is None else (row.rule_id, Place(row.step, row.last))

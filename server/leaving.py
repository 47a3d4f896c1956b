"""What has to change in the rows that name a person who leaves: read, decided, not yet written.

Modules declare which references go to the successor (`HandOver`); what a grant term says of people
follows from what the term means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Literal

import sqlalchemy as sa

from syncengine.model.fields import Stored
from syncengine.model.handover import HandOver
from syncengine.model.manifest import Schema
from syncengine.model.terms import Audiences, Substitution, Subtree
from syncengine.store.conditions import as_sql
from syncengine.store.substitution_faults import objection
from syncengine.store.substitutions import Link, active_links

Below = Literal["successor", "manager"]  # who is to lead the people whom the leaver led


class Fate(StrEnum):
    """What the leaver's place in a row becomes."""

    SUCCESSOR = "successor"
    MANAGER = "manager"  # the leaver's own
    EMPTY = "empty"
    ENDS = "ends"


@dataclass(frozen=True)
class Change:
    """One row: `field` is where it named the leaver. sets: its new values; None deletes it."""

    entity: str
    field: str
    row: bytes
    fate: Fate
    sets: Mapping[str, Stored] | None


@dataclass(frozen=True)
class Leaving:
    """Who leaves and who follows, seen in one snapshot at the instant `now`."""

    connection: sa.Connection
    schema: Schema
    tables: dict[str, sa.Table]
    leaver: bytes
    successor: bytes
    below: Below
    now: int

    def changes(self) -> Iterator[Change]:
        """Every change, in an order in which they may also be written one by one."""
        for declared in self.schema.hands_over:
            yield from self._declared(declared)
        for term in self.schema.grants:
            match term:
                case Subtree() if term.entity == self.schema.people:
                    yield from self._below(term)
                case Substitution():
                    yield from self._substitutions(term)
                case Audiences():
                    yield from self._memberships(term)

    def _declared(self, declared: HandOver) -> Iterator[Change]:
        entity = self.schema.entities[declared.entity]
        c = self.tables[entity.name].c
        wanted = sa.select(c.id).where(c[declared.field] == self.leaver, c.id != self.leaver)
        if declared.only is not None:
            wanted = wanted.where(as_sql(declared.only, self.tables, entity))
        if declared.from_now_on is not None:
            when = c[declared.from_now_on]
            wanted = wanted.where(sa.or_(when.is_(None), when >= self.now))
        for row in self.connection.scalars(wanted.order_by(c.id)):
            itself = row == self.successor
            yield Change(
                entity.name,
                declared.field,
                row,
                Fate.EMPTY if itself else Fate.SUCCESSOR,
                {declared.field: None if itself else self.successor},
            )

    def _below(self, term: Subtree) -> Iterator[Change]:
        """Whoever stands between leaver and successor goes to the leaver's manager: under the
        successor they would lead themselves. So does everybody, if wanted and there is one.
        """
        c = self.tables[term.entity].c
        lead, *_ = (*self._above(term, self.leaver), None)
        between = {self.successor, *self._above(term, self.successor)}
        wanted = sa.select(c.id).where(c[term.parent] == self.leaver).order_by(c.id)
        for row in self.connection.scalars(wanted):
            goes_up = row in between or (self.below == "manager" and lead is not None)
            above = lead if goes_up else self.successor
            fate = Fate.MANAGER if above is not None else Fate.EMPTY
            fate = Fate.SUCCESSOR if above == self.successor else fate
            yield Change(term.entity, term.parent, row, fate, {term.parent: above})

    def _above(self, term: Subtree, person: bytes) -> list[bytes]:
        """Who leads the person, who leads that one, and so on."""
        c = self.tables[term.entity].c
        found: list[bytes] = []
        while True:
            above = self.connection.scalar(sa.select(c[term.parent]).where(c.id == person))
            if above is None or above in found:
                return found
            found.append(above)
            person = above

    def _substitutions(self, term: Substitution) -> list[Change]:
        """Nobody substitutes the leaver any longer. Whom the leaver substitutes, the successor
        does, where that can be. What is over stays as it was.
        """
        links = self._links(term)
        named = [
            link
            for link in links
            if self.leaver in (link.absent, link.substitute) and not link.hold.over(self.now)
        ]
        stands = [link for link in links if link not in named]
        ended: list[Change] = []
        passed: list[Change] = []
        for link in named:
            follows = replace(link, substitute=self.successor)
            if link.absent == self.leaver:
                ended.append(self._ended(term, term.absent, link))
            elif objection(follows, term, partial(_naming, stands, term)) is not None:
                ended.append(self._ended(term, term.substitute, link))
            else:
                stands.append(follows)
                sets = {term.substitute: self.successor}
                passed.append(Change(term.entity, term.substitute, link.id, Fate.SUCCESSOR, sets))
        return ended + passed

    def _ended(self, term: Substitution, field: str, link: Link) -> Change:
        return Change(term.entity, field, link.id, Fate.ENDS, {term.active: False})

    def _links(self, term: Substitution) -> list[Link]:
        return active_links(self.connection, self.tables[term.entity], term)

    def _memberships(self, term: Audiences) -> Iterator[Change]:
        """The successor takes the leaver's place in an audience; where they are in it as widely
        already, the leaver's membership ends.
        """
        c = self.tables[term.members].c
        audience, person, below = (
            c[term.audience], c[term.person], c[term.below],
        )  # fmt: skip
        wanted = sa.select(c.id, audience, person, below).where(
            person.in_((self.leaver, self.successor))
        )
        rows = self.connection.execute(wanted.order_by(below.desc(), c.id)).all()
        has = {(r[1], bool(r[3])) for r in rows if r[2] == self.successor}
        for row, of, who, wide in rows:
            if who != self.leaver:
                continue
            if (of, True) in has or (of, bool(wide)) in has:
                yield Change(term.members, term.person, row, Fate.ENDS, None)
                continue
            has.add((of, bool(wide)))
            sets = {term.person: self.successor}
            yield Change(term.members, term.person, row, Fate.SUCCESSOR, sets)


def _naming(
    links: Sequence[Link], term: Substitution, column: str, people: Iterable[bytes]
) -> list[Link]:
    """Those whose `column` names one of the people."""
    people = set(people)
    return [o for o in links if (o.absent if column == term.absent else o.substitute) in people]

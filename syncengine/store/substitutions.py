"""Substitutions in the caller's snapshot: whom a person stands in for at an instant."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.fields import Stored
from syncengine.model.terms import BucketKind, BucketName, Grant, Reason, Substitution
from syncengine.model.windows import ALWAYS, DAY, Window


@dataclass(frozen=True)
class Link:
    """One active substitution. hold: with lead and trail; write: without. only_listed: it is for
    the rows that it lists, and no link of a chain but the last.
    """

    id: bytes
    absent: bytes
    substitute: bytes
    hold: Window
    write: Window
    only_listed: bool

    @property
    def bucket(self) -> BucketName:
        """What the substitute holds by it."""
        if self.only_listed:
            return BucketName(BucketKind.LENT, self.id)
        return BucketName(BucketKind.BUSINESS, self.absent)


def is_only_listed(term: Substitution, values: Mapping[str, Stored]) -> bool:
    """Whether a substitution's row is for the rows alone that it lists."""
    return term.only_listed is not None and bool(values[term.only_listed])


def link_of(term: Substitution, row_id: bytes, values: Mapping[str, Stored]) -> Link | None:
    """A substitution's row as a link; None when it is switched off or names nobody."""
    absent, substitute = values[term.absent], values[term.substitute]
    if not (values[term.active] and isinstance(absent, bytes) and isinstance(substitute, bytes)):
        return None
    write = Window(_number(values[term.starts]), _number(values[term.ends]))
    lead, trail = _number(values[term.lead_days]) or 0, _number(values[term.trail_days]) or 0
    hold = write.widened(lead * DAY, trail * DAY)
    return Link(row_id, absent, substitute, hold, write, is_only_listed(term, values))


def links(
    connection: sa.Connection,
    table: sa.Table,
    term: Substitution,
    column: str,
    people: Iterable[bytes],
    over_after: int | None = None,
) -> list[Link]:
    """The active ones whose `column` names one of the people; those over by then are left out."""
    conditions: list[sa.ColumnElement[bool]] = [table.c[column].in_(list(people))]
    if over_after is not None:
        end = end_of(table, term)
        conditions.append(sa.or_(end.is_(None), end > over_after))
    return active_links(connection, table, term, *conditions)


def active_links(
    connection: sa.Connection,
    table: sa.Table,
    term: Substitution,
    *conditions: sa.ColumnElement[bool],
) -> list[Link]:
    """The active substitutions that meet the conditions, by id."""
    wanted = sa.select(table).where(table.c[term.active].is_(True), *conditions)
    rows = connection.execute(wanted.order_by(table.c.id)).mappings()
    made = (link_of(term, row["id"], {str(k): v for k, v in row.items()}) for row in rows)
    return [link for link in made if link is not None]


@dataclass(frozen=True)
class _Way:
    """How far a chain reaches: to whom, while what lasts, through whom."""

    to: bytes
    hold: Window
    write: Window
    path: tuple[bytes, ...]

    def over(self, link: Link) -> _Way:
        """One link further."""
        hold, write = link.hold.within(self.hold), link.write.within(self.write)
        return _Way(link.absent, hold, write, (*self.path, self.to))


def substituted(
    connection: sa.Connection, table: sa.Table, term: Substitution, person: bytes, at: int
) -> Iterator[Grant]:
    """A grant for each way in which `person` stands in for somebody at that instant."""
    reached = [_Way(person, ALWAYS, ALWAYS, ())]
    for _ in range(term.depth):
        people = {way.to for way in reached}
        found = [
            link
            for link in links(connection, table, term, term.substitute, people, at)
            if link.hold.begun(at)
        ]
        ways = [
            (link, way.over(link))
            for way in reached
            for link in found
            if link.substitute == way.to and link.absent not in (person, *way.path)
        ]
        for link, way in ways:
            path = way.path[1:]
            yield Grant(link.bucket, Reason.SUBSTITUTION, link.absent, way.hold, way.write, path)
        reached = [way for link, way in ways if not link.only_listed]
        if not reached:
            return


def begin_of(table: sa.Table, term: Substitution) -> sa.ColumnElement[int]:
    """When it begins to hold, lead included; NULL is open."""
    lead = sa.func.coalesce(table.c[term.lead_days], 0) * DAY
    return table.c[term.starts] - lead


def end_of(table: sa.Table, term: Substitution) -> sa.ColumnElement[int]:
    """When it no longer holds, trail included; NULL is open."""
    trail = sa.func.coalesce(table.c[term.trail_days], 0) * DAY
    return table.c[term.ends] + trail


def _number(value: Stored) -> int | None:
    return value if isinstance(value, int) else None

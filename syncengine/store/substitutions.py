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
    """One active substitution. hold: with lead and trail; write: without."""

    id: bytes
    absent: bytes
    substitute: bytes
    hold: Window
    write: Window


def link_of(term: Substitution, row_id: bytes, values: Mapping[str, Stored]) -> Link | None:
    """A substitution's row as a link; None when it is switched off or names nobody."""
    absent, substitute = values[term.absent], values[term.substitute]
    if not (values[term.active] and isinstance(absent, bytes) and isinstance(substitute, bytes)):
        return None
    write = Window(_number(values[term.starts]), _number(values[term.ends]))
    lead, trail = _number(values[term.lead_days]) or 0, _number(values[term.trail_days]) or 0
    return Link(row_id, absent, substitute, write.widened(lead * DAY, trail * DAY), write)


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


def substituted(
    connection: sa.Connection, table: sa.Table, term: Substitution, person: bytes, at: int
) -> Iterator[Grant]:
    """A grant for each way in which `person` stands in for somebody at that instant."""
    reached: list[tuple[bytes, Window, Window, tuple[bytes, ...]]] = [(person, ALWAYS, ALWAYS, ())]
    for _ in range(term.depth):
        people = {substitute for substitute, *_ in reached}
        found = [
            link
            for link in links(connection, table, term, term.substitute, people, at)
            if link.hold.begun(at)
        ]
        reached = [
            (link.absent, link.hold.within(hold), link.write.within(write), (*path, substitute))
            for substitute, hold, write, path in reached
            for link in found
            if link.substitute == substitute and link.absent not in (person, *path)
        ]
        for absent, hold, write, path in reached:
            bucket = BucketName(BucketKind.BUSINESS, absent)
            yield Grant(bucket, Reason.SUBSTITUTION, absent, hold, write, path[1:])
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

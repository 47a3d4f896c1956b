"""What changed since a place in the history, for other systems that keep a copy: ids and versions.

Read from the history, in its order. Where that has been compacted beyond the place, or the database
was restored from a backup, what was missed is on record no more: whoever asks takes everything
anew. For users without a limit only: what leaves a limited user's sight leaves no operation.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.clock import Clock
from syncengine.store.database import reading
from syncengine.store.store import Store

_o = t.operation.c


@dataclass(frozen=True)
class Place:
    """Before an operation: version and position, in the history of that epoch."""

    epoch: bytes
    version: int
    position: int = 0


@dataclass(frozen=True)
class Change:
    """A row's last change of a page. version: of the row then. deleted: it was not there then."""

    entity: str
    row: bytes
    version: int
    deleted: bool


@dataclass(frozen=True)
class Page:
    """following: where the next page begins. more: there is something there already."""

    changes: list[Change]
    following: Place
    more: bool


def present(store: Store) -> Place:
    """Behind all there is: to be asked for before everything is read."""
    with reading(store.engine) as connection:
        return _end(clocks.read(connection))


def changed_since(store: Store, entities: Collection[str], place: Place, limit: int) -> Page | None:
    """The rows of these entities that changed, by at most `limit` operations; a row that changed
    more than once counts once a page. None: it is no longer on record all that changed.
    """
    tags = {store.schema.tags[name]: name for name in entities}
    behind = sa.and_(_o.version == place.version, _o.position >= place.position)
    wanted = (
        sa.select(_o.version, _o.position, _o.tag, _o.row_id, _o.action)
        .where(sa.or_(_o.version > place.version, behind), _o.tag.in_(tags))
        .order_by(_o.version, _o.position)
    )
    with reading(store.engine) as connection:
        clock = clocks.read(connection)
        if not _is_on_record(clock, place):
            return None
        rows = connection.execute(wanted.limit(limit + 1)).all()
    last: dict[tuple[int, bytes], Change] = {}
    for row in rows[:limit]:
        last.pop((row.tag, row.row_id), None)  # in the order of the last changes
        deleted = row.action == str(Action.DELETE)
        last[row.tag, row.row_id] = Change(tags[row.tag], row.row_id, row.version, deleted)
    if len(rows) > limit:
        following = Place(clock.epoch, rows[limit].version, rows[limit].position)
        return Page(list(last.values()), following, True)
    return Page(list(last.values()), _end(clock), False)


def _end(clock: Clock) -> Place:
    return Place(clock.epoch, clock.version + 1)


def _is_on_record(clock: Clock, place: Place) -> bool:
    """Operations are kept above the version at which the history begins; all, where that is 0."""
    same = place.epoch == clock.epoch and place.version <= clock.version + 1
    return same and (clock.begins == 0 or place.version > clock.begins)

"""What the panels of the office's pages look like, as marks: a mark changes whenever what the panel
shows may have changed, whoever changed it and in whatever process.

One statement that counts and takes maxima. What a panel shows of other rows (names, mostly) is not
in its mark: that is as old as the page.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from syncengine.model.terms import Substitution
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.errand_table import errand
from syncengine.store.reviews import Kind, State
from syncengine.store.store import Store

Mark = tuple[object, ...]


def panel_marks(store: Store) -> dict[str, Mark]:
    """Of devices, substitutions, reviews and imports."""
    columns = {
        "devices": _devices(),
        "substitutions": _substitutions(store),
        "reviews": _reviews(),
        "imports": _imports(),
    }
    with reading(store.engine) as connection:
        every = [column for some in columns.values() for column in some]
        row = iter(connection.execute(sa.select(*every)).one())
    return {panel: tuple(next(row) for _ in some) for panel, some in columns.items()}


def _value(of: Any, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[Any]:  # noqa: ANN401
    return sa.select(of).where(*where).scalar_subquery()


def _devices() -> list[sa.ScalarSelect[Any]]:
    """A sync moves what was seen or acknowledged; a new device, a lock and a fence are counted."""
    s, i, count = t.seat.c, t.incarnation.c, sa.func.count()
    return [
        _value(sa.func.max(i.seen)),
        _value(sa.func.sum(i.waiting)),
        _value(sa.func.sum(i.acked_version)),
        _value(sa.func.count(i.id), i.state == "active"),
        _value(sa.func.count(s.id)),
        _value(count, s.state == "active"),
    ]


def _substitutions(store: Store) -> list[sa.ScalarSelect[Any]]:
    """Rows of the switch, and time: what is due next is another boundary once one was passed."""
    found: list[sa.ScalarSelect[Any]] = [_value(t.clock.c.due)]
    for grant in store.schema.grants:
        if isinstance(grant, Substitution):
            c = store.tables[grant.entity].c
            found += [_value(sa.func.count(c.id)), _value(sa.func.max(c.version))]
    return found


def _reviews() -> list[sa.ScalarSelect[Any]]:
    """A decision closes one, and nothing opens one again."""
    r = t.review.c
    return [
        _value(sa.func.max(r.number)),
        _value(sa.func.count(r.number), r.kind.in_(list(Kind)), r.state == State.OPEN),
    ]


def _imports() -> list[sa.ScalarSelect[Any]]:
    """Of those that are under way the steps that are written; refused rows come with a step. Of
    errands, which look at files and write them, how far they are.
    """
    b, step, e = t.bulk_change.c, t.bulk_step.c, errand.c
    open_: Sequence[sa.ColumnElement[bool]] = (b.id == step.bulk_id, b.finished.is_(None))
    return [
        _value(sa.func.count(b.id)),
        _value(sa.func.count(b.finished)),
        _value(sa.func.count(step.version), *open_),
        _value(sa.func.count(e.id)),
        _value(sa.func.count(e.ended)),
        _value(sa.func.sum(e.done), e.ended.is_(None)),
    ]

"""What the office reads of templates: in which state they are, and how many reports there are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from modules.visit_reports.reports import OPEN
from server.portal.public import Asked, Portal, Unseen
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.listing import Listed, Wanted
from syncengine.store.marks import Mark
from syncengine.store.store import Store

TEMPLATE, TARGET, REPORT = "report_template", "report_target", "report"
TEMPLATES = "/portal/visit_reports/templates"
PAGE = 50  # families on a page
EDITIONS = 100  # of a family that are shown
PANEL = "visit_reports/templates"  # what changes on these pages by itself
AIM = (  # what a target says beside its template
    "market", "customer", "employee", "below", "audience", "condition", "starts_at", "ends_at",
)  # fmt: skip
TARGETS = 100  # of a template
DONE = ("confirmed", "returned")


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see templates."""
    rights = asked.signed_in.rights
    if not rights.may(Right.VIEW, TEMPLATE):
        raise Unseen
    return rights


def may_design(portal: Portal, rights: Rights) -> bool:
    """Whether the user is offered to: whom a template reaches is not cut to a user's limit."""
    return (
        rights.limit is None
        and not portal.store.schema.entities[TEMPLATE].absent
        and rights.may(Right.ADD, TEMPLATE)
        and rights.may(Right.EDIT, TEMPLATE)
        and rights.may(Right.ADD, TARGET)
        and rights.may(Right.DELETE, TARGET)
    )


def mark(store: Store) -> Mark:
    """Changes with every template and every report, and when one begins or its period is over."""
    now, t = store.environment.now(), store.tables[TEMPLATE].c
    count = sa.func.count()
    columns: list[sa.Select[Any]] = [
        sa.select(sa.func.max(store.tables[REPORT].c.version)),
        sa.select(sa.func.max(t.version)),
        sa.select(count).select_from(store.tables[TEMPLATE]),
        sa.select(count).where(t.starts_at <= now),
        sa.select(count).where(t.ends_at <= now),
    ]
    with reading(store.engine) as connection:
        found = connection.execute(sa.select(*(c.scalar_subquery() for c in columns))).one()
    return tuple(found)


def state_of(values: Mapping[str, Stored], now: int) -> str:
    """What the office calls it: draft, to_come, running, ended or archived."""
    status, starts = str(values["status"]), values["starts_at"]
    if status != "published":
        return status
    return "to_come" if isinstance(starts, int) and starts > now else "running"


@dataclass(frozen=True)
class Family:
    """The editions of a template. newest: the last one. live: the number of the one that is
    published, where that is another one. open, done: reports of all of them.
    """

    newest: Listed
    live: int | None
    open: int
    done: int


def families(
    store: Store, rights: Rights, statuses: Iterable[str], after: bytes | None
) -> tuple[list[Family], bool]:
    """(a page of them, whether there are more): the newest first, whose last edition is in one of
    these states.
    """
    t = store.tables[TEMPLATE]
    last = (
        sa.select(t.c.family, sa.func.max(t.c.edition).label("edition"))
        .group_by(t.c.family)
        .subquery()
    )
    wanted = (
        sa.select(t.c.id)
        .join(last, sa.and_(last.c.family == t.c.family, last.c.edition == t.c.edition))
        .where(
            t.c.status.in_(list(statuses)), shown_to(rights, store.schema, store.tables, TEMPLATE)
        )
        .order_by(t.c.id.desc())
        .limit(PAGE + 1)
    )
    if after is not None:
        wanted = wanted.where(t.c.id < after)
    with reading(store.engine) as connection:
        ids = list(connection.scalars(wanted))
    rows = {row.id: row for row in listing.several(store, rights, TEMPLATE, ids[:PAGE])}
    names = [str(row.values["family"]) for row in rows.values()]
    counts, live = by_status(store, rights, names), _live(store, names)
    found = []
    for row in (rows[row_id] for row_id in ids[:PAGE] if row_id in rows):
        family, edition = str(row.values["family"]), row.values["edition"]
        statuses, other = counts.get(family, {}), live.get(family)
        found.append(Family(row, None if other == edition else other, *_open_and_done(statuses)))
    return found, len(ids) > PAGE


def counted(store: Store, rights: Rights, family: str) -> tuple[int, int]:
    """(open, done) of the reports of a family that the user may see."""
    return _open_and_done(by_status(store, rights, [family]).get(family, {}))


def _open_and_done(by_status: Mapping[str, int]) -> tuple[int, int]:
    open_, done = (sum(by_status.get(name, 0) for name in some) for some in (OPEN, DONE))
    return open_, done


def by_status(store: Store, rights: Rights, families: Collection[str]) -> dict[str, dict[str, int]]:
    """Family -> status -> reports that the user may see."""
    t, r = store.tables[TEMPLATE].c, store.tables[REPORT].c
    wanted = (
        sa.select(t.family, r.status, sa.func.count())
        .join_from(store.tables[REPORT], store.tables[TEMPLATE], r.template == t.id)
        .where(t.family.in_(families), shown_to(rights, store.schema, store.tables, REPORT))
        .group_by(t.family, r.status)
    )
    found: dict[str, dict[str, int]] = {}
    with reading(store.engine) as connection:
        for family, status, number in connection.execute(wanted):
            found.setdefault(family, {})[status] = number
    return found


def _live(store: Store, families: list[str]) -> dict[str, int]:
    """Family -> the number of its published edition."""
    t = store.tables[TEMPLATE].c
    wanted = sa.select(t.family, t.edition).where(t.family.in_(families), t.status == "published")
    with reading(store.engine) as connection:
        return dict(connection.execute(wanted).all())


def editions(store: Store, rights: Rights, row: Listed) -> list[Listed]:
    """Of the row's family, the newest first."""
    wanted = Wanted(
        TEMPLATE, filters=(("family", row.values["family"]),), order="edition", descending=True
    )
    return listing.page(store, rights, wanted, EDITIONS, None)[0]


def targets_of(store: Store, rights: Rights, template: bytes) -> list[Listed]:
    """In the order in which they were written."""
    wanted = Wanted(TARGET, filters=(("template", template),))
    return listing.page(store, rights, wanted, TARGETS, None)[0]

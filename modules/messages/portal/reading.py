"""What the office reads of infos: how many recipients are how far, who they are, what is linked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from modules.messages.receipts import OPEN, STATES
from server.portal.public import Asked, Portal, Unseen
from syncengine.model.fields import Stored
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.marks import Mark
from syncengine.store.store import Store

INFO, RECEIPTS, REMINDER = "info", "info_receipt", "info_reminder"
PANEL = "messages/receipts"  # what changes on these pages by itself
PAGE = 50  # receipts, or infos, on a page
OVERDUE = "overdue"  # of an action info past its day: what is open of it

Counts = Mapping[str, int]  # status -> receipts
Place = tuple[int, str, bytes]  # of a receipt among those of its info


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see infos and receipts."""
    rights = asked.signed_in.rights
    if not (rights.may(Right.VIEW, INFO) and rights.may(Right.VIEW, RECEIPTS)):
        raise Unseen
    return rights


def mark(store: Store) -> Mark:
    """Changes with every info, receipt and reminder, and when an info begins or its period is
    over.
    """
    now, i = store.environment.now(), store.tables[INFO].c
    count, newest = sa.func.count(), sa.func.max
    over = sa.func.coalesce(i.expires_at, i.due_at) <= now
    columns: list[sa.Select[Any]] = [
        sa.select(newest(store.tables[RECEIPTS].c.version)),
        sa.select(newest(i.version)),
        sa.select(newest(store.tables[REMINDER].c.version)),
        sa.select(count).select_from(store.tables[INFO]),
        sa.select(count).where(i.starts_at <= now),
        sa.select(count).where(over),
    ]
    with reading(store.engine) as connection:
        found = connection.execute(sa.select(*(c.scalar_subquery() for c in columns))).one()
    return tuple(found)


def state_of(values: Mapping[str, Stored], counts: Counts, now: int) -> str:
    """What the office calls it: draft, withdrawn, to_come, running, overdue or over."""
    status = str(values["status"])
    if status != "published":
        return status
    starts, ends = values["starts_at"], values["expires_at"] or values["due_at"]
    if isinstance(starts, int) and starts > now:
        return "to_come"
    if isinstance(ends, int) and ends > now:
        return "running"
    late = values["kind"] == "action" and any(counts.get(state) for state in OPEN)
    return OVERDUE if late else "over"


def counted(store: Store, rights: Rights, infos: Iterable[bytes]) -> dict[bytes, dict[str, int]]:
    """Of each of these infos, at most a page of them: status -> receipts that the user may see."""
    r, ids = store.tables[RECEIPTS].c, list(infos)
    wanted = (
        sa.select(r.info, r.status, sa.func.count())
        .where(r.info.in_(ids), shown_to(rights, store.schema, store.tables, RECEIPTS))
        .group_by(r.info, r.status)
    )
    found: dict[bytes, dict[str, int]] = {info: {} for info in ids}
    with reading(store.engine) as connection:
        for info, status, number in connection.execute(wanted):
            found[info][status] = number
    return found


def seen_since(store: Store, rights: Rights, info: bytes, reminder: int) -> int:
    """How many who have not confirmed were shown the info after a reminder, or because of it."""
    r = store.tables[RECEIPTS].c
    wanted = sa.select(sa.func.count()).where(
        r.info == info,
        r.status.in_(OPEN),
        sa.or_(r.shown_at >= reminder, r.reminded_at >= reminder),
        shown_to(rights, store.schema, store.tables, RECEIPTS),
    )
    with reading(store.engine) as connection:
        return connection.scalar(wanted) or 0


@dataclass(frozen=True)
class Line:
    """A receipt. recipient: the person, or the customer. owner: who has the customer now."""

    id: bytes
    status: str
    recipient: bytes
    owner: bytes | None
    times: Mapping[str, int | None]
    by: bytes | None
    reminded_at: int | None
    place: Place

    def has_seen(self, reminder: int) -> bool:
        """Whether it was shown after a reminder, or because of it."""
        return max(self.times["shown_at"] or 0, self.reminded_at or 0) >= reminder


TIMES = ("delivered_at", "shown_at", "tasks_done_at", "confirmed_at")


def lines(
    store: Store, rights: Rights, info: bytes, states: Iterable[str], after: Place | None
) -> tuple[list[Line], bool]:
    """(a page of the receipts in these states, whether there are more): those who are least far
    first, what is closed last; then by the recipients' numbers.
    """
    receipt = store.tables[RECEIPTS]
    r, customer, employee = receipt.c, store.tables["customer"].c, store.tables["employee"].c
    rank = sa.case({state: n for n, state in enumerate(_ORDER)}, value=r.status)
    number = sa.func.coalesce(customer.number, employee.number, "")
    wanted = (
        sa.select(receipt, customer.owner, rank.label("rank"), number.label("called"))
        .outerjoin_from(receipt, store.tables["customer"], customer.id == r.customer)
        .outerjoin(store.tables["employee"], employee.id == r.employee)
        .where(r.info == info, r.status.in_(list(states)))
        .where(shown_to(rights, store.schema, store.tables, RECEIPTS))
        .order_by(rank, number, r.id)
        .limit(PAGE + 1)
    )
    if after is not None:
        wanted = wanted.where(sa.tuple_(rank, number, r.id) > sa.tuple_(*_bound(after)))
    with reading(store.engine) as connection:
        rows = connection.execute(wanted).all()
    return [_line(row) for row in rows[:PAGE]], len(rows) > PAGE


_ORDER = (*OPEN, "withdrawn", "expired", "confirmed")
assert set(_ORDER) == set(STATES)


def _bound(place: Place) -> list[sa.ColumnElement[Any]]:
    rank, number, row_id = place
    return [sa.literal(rank), sa.literal(number), sa.literal(row_id)]


def _line(row: sa.Row[Any]) -> Line:
    return Line(
        row.id, row.status, row.customer or row.employee, row.owner if row.customer else None,
        {name: getattr(row, name) for name in TIMES}, row.confirmed_by,
        row.reminded_at, (row.rank, row.called, row.id),
    )  # fmt: skip


def linked(
    portal: Portal, asked: Asked, links: Iterable[tuple[str, bytes]]
) -> list[tuple[str, str]]:
    """(kind of row, what it is called) of each link; a query for each kind."""
    wanted = list(links)
    with reading(portal.store.engine) as connection:
        called = {
            kind: listing.titles(
                connection, portal.store, asked.signed_in.rights, kind,
                [row_id for of, row_id in wanted if of == kind],
            )
            for kind in {kind for kind, _ in wanted}
        }  # fmt: skip
    return [(kind, called[kind][row_id]) for kind, row_id in wanted]

"""At a rep's visit, of whatever module that is: the action infos that were confirmed there.

Nothing but the instants ties them: a receipt is of the customer, and was confirmed by the rep
between the check-in and the check-out, both as estimated from the device's clock.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from modules.messages.portal.reading import INFO, RECEIPTS
from server.portal.public import Asked, Portal
from syncengine.model.rights import Right, Rights
from syncengine.store.accounts import shown_to
from syncengine.store.database import reading
from syncengine.store.history import made_at
from syncengine.store.listing import Listed
from syncengine.store.store import Store

MOST = 100  # that are shown
VISIT = ("customer", "employee", "checked_in_at", "checked_out_at")  # what is asked of the row


def confirmed(portal: Portal, asked: Asked, row: Listed) -> str:
    """In the order in which they were."""
    rights = asked.signed_in.rights
    may_see = rights.may(Right.VIEW, INFO) and rights.may(Right.VIEW, RECEIPTS)
    if not may_see or not row.values.keys() >= set(VISIT):
        return ""
    found = _confirmed(portal.store, rights, row)
    return portal.render(asked, "messages/visit.html", infos=found) if found else ""


def _confirmed(store: Store, rights: Rights, row: Listed) -> list[sa.Row[Any]]:
    """(info, receipt, title, when) of each."""
    customer, employee, checked_in, checked_out = (row.values[name] for name in VISIT)
    since = made_at(store, "visit", row.id) or checked_in
    i, r = store.tables[INFO].c, store.tables[RECEIPTS].c
    wanted = (
        sa.select(i.id.label("info"), r.id.label("receipt"), i.title, r.confirmed_at)
        .where(i.id == r.info, r.customer == customer, r.confirmed_by == employee)
        .where(r.confirmed_at >= since)
        .where(*(shown_to(rights, store.schema, store.tables, name) for name in (INFO, RECEIPTS)))
        .order_by(r.confirmed_at, r.id)
        .limit(MOST)
    )
    if checked_out is not None:
        wanted = wanted.where(r.confirmed_at <= checked_out)
    with reading(store.engine) as connection:
        return list(connection.execute(wanted))

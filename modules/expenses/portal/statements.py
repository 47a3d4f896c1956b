"""The statements of a trip: the newest first, each with its file."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from modules.expenses.statement.payroll import BATCH, ENTRY, STATEMENT, entry_id
from modules.expenses.words import money
from server.portal.public import Asked, Portal, Unseen, found_row
from syncengine.model.fields import Decimal
from syncengine.model.ids import to_text
from syncengine.model.rights import Right
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted

MOST = 50  # of a trip
CENTS = Decimal(2)


def statements(portal: Portal, asked: Asked) -> Response:
    """Those of a trip; Unseen."""
    if not asked.signed_in.rights.may(Right.VIEW, STATEMENT):
        raise Unseen
    row = found_row(portal, asked, portal.store.schema.entities["trip"])
    return portal.page(
        asked, "expenses/statements.html", open_="expenses/payroll", row=row.values,
        row_id=to_text(row.id), lines=_lines(portal, asked, row),
    )  # fmt: skip


def block(portal: Portal, asked: Asked, row: Listed) -> str:
    """On the trip's page: its statements."""
    lines = _lines(portal, asked, row)
    return portal.render(asked, "expenses/statement_lines.html", lines=lines) if lines else ""


def _lines(portal: Portal, asked: Asked, trip: Listed) -> list[dict[str, Any]]:
    store, rights = portal.store, asked.signed_in.rights
    wanted = Wanted(STATEMENT, filters=(("trip", trip.id),), order="as_of", descending=True)
    found, _ = listing.page(store, rights, wanted, MOST, None)
    given = {
        one.id: one.values["batch"]
        for one in listing.several(store, rights, ENTRY, (entry_id(one.id) for one in found))
    }
    batches = {
        one.id: one.values["number"]
        for one in listing.several(
            store, rights, BATCH, (b for b in given.values() if isinstance(b, bytes))
        )
    }
    return [
        {
            **one.values, "id": to_text(one.id), "newest": place == 0,
            "amount": money(
                asked.words, CENTS.load(one.values["total"]), str(one.values["currency"])
            ),
            "batch": batches.get(given.get(entry_id(one.id))),  # type: ignore[arg-type]
        }
        for place, one in enumerate(found)
    ]  # fmt: skip

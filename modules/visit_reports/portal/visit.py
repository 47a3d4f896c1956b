"""One visit: who was where from when until when, its reports, and what modules say of it."""

from __future__ import annotations

from collections.abc import Sequence

from starlette.responses import Response

from modules.visit_reports.portal.reading import REPORT, TEMPLATE
from modules.visit_reports.portal.returned import PANEL, REPORTS
from server.portal.public import Asked, Portal, Unseen, found_row
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.listing import Listed, Wanted
from syncengine.store.store import Store

VISITS = "/portal/visit_reports/visits"
MINUTE = 60 * 1_000_000
MOST = 200  # reports of a visit that are shown


def visit(portal: Portal, asked: Asked) -> Response:
    """With its reports, the earliest first, as far as the user may see them."""
    store, rights = portal.store, asked.signed_in.rights
    entities = store.schema.entities
    if not rights.may(Right.VIEW, "visit"):
        raise Unseen
    row = found_row(portal, asked, entities["visit"])
    reports: list[Listed] = []
    if rights.may(Right.VIEW, REPORT):
        wanted = Wanted(REPORT, filters=(("visit", row.id),))
        reports, _ = listing.page(store, rights, wanted, MOST, None)
    named = listing.reference_titles(store, rights, entities["visit"], [row])
    titles = _titles(store, rights, reports)
    return portal.page(
        asked, f"visit_reports/{'visit_body' if asked.partial else 'visit'}.html",
        open_="visit_reports/reports", row=row.values, place=f"{VISITS}/{to_text(row.id)}",
        named={name: title for (name, _), title in named.items()}, panel=PANEL, all_=REPORTS,
        reports=[
            (to_text(one.id), titles.get(one.values["template"], ""), one.values["status"])
            for one in reports
        ],
        minutes=_minutes(row.values["checked_in_at"], row.values["checked_out_at"]),
        blocks=portal.blocks(asked, row, "visit"), row_id=to_text(row.id),
    )  # fmt: skip


def _titles(store: Store, rights: Rights, reports: Sequence[Listed]) -> dict[Stored, str]:
    """Template -> what it is called, as far as the user may see that."""
    if not rights.may(Right.VIEW, TEMPLATE):
        return {}
    ids = {of for one in reports if isinstance(of := one.values["template"], bytes)}
    found = listing.several(store, rights, TEMPLATE, ids)
    return {one.id: str(one.values["title"]) for one in found}


def _minutes(checked_in: object, checked_out: object) -> int | None:
    """How long it took, rounded; None: it goes on, or a clock was wrong."""
    if not isinstance(checked_in, int) or not isinstance(checked_out, int):
        return None
    return None if checked_out < checked_in else round((checked_out - checked_in) / MINUTE)

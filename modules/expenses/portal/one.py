"""A trip: what it comes to and why, with the receipts beside the items, and how it stands."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from modules.expenses.portal.reading import (
    CORRECTION,
    OPEN,
    PANEL,
    PLACE,
    TRIP,
    Whole,
    may_decide,
    viewer,
    whole,
)
from modules.expenses.portal.sheet import sheet_of
from modules.expenses.words import money
from server.portal.public import Asked, Portal
from syncengine.model.fields import EPOCH, MICROSECOND
from syncengine.model.rights import Right
from syncengine.store.history import history

CORRECTED_IN = ("in_review", "approved")
STEPS = ("submitted", "in_review", "rejected", "approved", "reimbursed")
ENTRIES = 50  # of the history that are looked through for who took the steps


def trip(portal: Portal, asked: Asked) -> Response:
    """Its page."""
    rights, of = viewer(asked), whole(portal, asked)
    status, decides = of.trip["status"], may_decide(portal, rights)
    before = of.trip["replaces"]
    return portal.page(
        asked, "expenses/trip_body.html" if asked.partial else "expenses/trip.html", open_=OPEN,
        panel=PANEL, place=of.place, back=PLACE, trip=of.trip, steps=_steps(portal, of),
        who=of.named.get(of.trip["employee"], ""), sheet=sheet_of(portal, asked.words, of),
        corrections=[
            (money(asked.words, one["difference"], of.trip["currency"]), one["reason"])
            for one in of.corrections
        ], before=f"{PLACE}/{before}" if before else "", row_id=str(of.trip["id"]),
        may_step={"in_review": "approve", "approved": "reimburse"}.get(status) if decides else None,
        may_reject=decides and status == "in_review",
        may_correct=status in CORRECTED_IN and rights.may(Right.ADD, CORRECTION),
        saved=asked.value("saved"), blocks=portal.blocks(asked, of.row, TRIP),
    )  # fmt: skip


def _steps(portal: Portal, of: Whole) -> list[tuple[str, int, str]]:
    """(state, since when, who in the office decided that; nothing where the rep or the server did)
    of each that it has been in.
    """
    entries = history(portal.store, portal.store.schema.tags[TRIP], of.row.id, ENTRIES)
    by: dict[Any, str] = {}
    for one in entries:
        if "status" in one.after and one.source == "office":
            by[one.after["status"]] = one.user or ""
    found = []
    for state in STEPS:
        at = of.trip[f"{state}_at"]
        if at is not None:
            found.append((state, (at - EPOCH) // MICROSECOND, by.get(state, "")))
    return found

"""Approve or reimburse trips, one or several: what that is, and with POST that it is so."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from modules.expenses.portal.queue import PAGE
from modules.expenses.portal.reading import CORRECTION, OPEN, PLACE, TRIP, decider
from modules.expenses.words import money
from server.portal.public import (
    Asked,
    Form,
    Portal,
    TooMuch,
    Unclear,
    Unseen,
    operation_on,
    to,
    write,
)
from syncengine.model.entity import Action
from syncengine.model.ids import from_text, to_text
from syncengine.model.rights import Rights
from syncengine.store import listing
from syncengine.store.database import reading
from syncengine.store.listing import Listed
from syncengine.store.store import Store

STEPS = {"approve": ("in_review", "approved"), "reimburse": ("approved", "reimbursed")}


def confirm(portal: Portal, asked: Asked) -> Response:
    """The trips that are chosen; with POST: all of them take the step, or none does."""
    rights, step, form = decider(portal, asked), asked.value("step"), Form({}, {})
    if step not in STEPS:
        raise Unclear
    chosen = _chosen(portal, asked, rights)
    source, target = STEPS[step]
    late = [row for row in chosen if row.values["status"] != source]
    if asked.method == "POST" and chosen and not late:
        entity = portal.store.schema.entities[TRIP]
        done = {"status": target}
        steps = [operation_on(portal, Action.UPDATE, entity, row.id, done) for row in chosen]
        write(portal, asked, steps, form)
        if not form.general:
            one = f"{PLACE}/{to_text(chosen[0].id)}?saved={target}"
            return to(one if len(chosen) == 1 else f"{PLACE}?state={target}")
    return portal.page(
        asked, "expenses/confirm.html", 422 if asked.method == "POST" else 200, open_=OPEN,
        form=form, step=step, late=bool(late), back=_back(chosen, source),
        **_told(portal, asked, rights, chosen),
    )  # fmt: skip


def _back(chosen: list[Listed], source: str) -> str:
    if len(chosen) == 1:
        return f"{PLACE}/{to_text(chosen[0].id)}"
    return f"{PLACE}?state={source}"


def _chosen(portal: Portal, asked: Asked, rights: Rights) -> list[Listed]:
    """Those that the form or the address names; TooMuch, Unclear, Unseen."""
    names = dict.fromkeys((asked.form if asked.method == "POST" else asked.query).get("row", []))
    if len(names) > PAGE:
        raise TooMuch
    try:
        ids = [from_text(name) for name in names]
    except ValueError:
        raise Unclear from None
    found = listing.several(portal.store, rights, TRIP, ids)
    if len(found) != len(ids):
        raise Unseen
    return found


def _told(portal: Portal, asked: Asked, rights: Rights, chosen: list[Listed]) -> dict[str, Any]:
    store, by = portal.store, dict[str, Decimal]()
    corrected = _corrected(store, [row.id for row in chosen])
    people = [row.values["employee"] for row in chosen]
    with reading(store.engine) as connection:
        who = listing.titles(connection, store, rights, "employee", people)
    lines = []
    for row in chosen:
        total, currency = row.values["total"], str(row.values["currency"] or "EUR")
        known = total if isinstance(total, int) else 0
        amount = Decimal(known + corrected.get(row.id, 0)).scaleb(-2)
        by[currency] = by.get(currency, Decimal(0)) + amount
        person = row.values["employee"]
        called = who.get(person, "") if isinstance(person, bytes) else ""
        lines.append(
            (to_text(row.id), row.values["purpose"], called, money(asked.words, amount, currency))
        )
    sums = [money(asked.words, amount, currency) for currency, amount in sorted(by.items())]
    return {"lines": lines, "sums": sums}


def _corrected(store: Store, ids: list[bytes]) -> dict[bytes, int]:
    c = store.tables[CORRECTION].c
    wanted = sa.select(c.trip, sa.func.sum(c.difference)).where(c.trip.in_(ids)).group_by(c.trip)
    with reading(store.engine) as connection:
        return {trip: int(off) for trip, off in connection.execute(wanted)}

"""Payroll: which statements it was not given yet, and making a batch of them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from starlette.responses import Response

from modules.expenses.statement.making import next_number
from modules.expenses.statement.payroll import (
    BATCH,
    ENTRY,
    MOST_ENTRIES,
    STATEMENT,
    due,
    entry_id,
)
from modules.expenses.statement_entities import PAID_STATES
from modules.expenses.words import money
from server.portal.public import (
    Asked,
    Form,
    NotAllowed,
    Portal,
    Unclear,
    Unseen,
    Wrong,
    operation_on,
    read,
    to,
    write,
)
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import EPOCH, MICROSECOND, Decimal, Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Right, Rights
from syncengine.store import listing
from syncengine.store.author import Expected
from syncengine.store.database import reading
from syncengine.store.listing import Wanted

PLACE = "/portal/expenses/payroll"
SHOWN = 50  # statements of the preview
BATCHES = 20
CHOSEN = ("since", "until", "status")
CENTS = Decimal(2)


def viewer(asked: Asked) -> Rights:
    """The rights of whoever asks; Unseen unless they may see statements and batches."""
    rights = asked.signed_in.rights
    if not all(rights.may(Right.VIEW, name) for name in ("trip", STATEMENT, BATCH, ENTRY)):
        raise Unseen
    return rights


def _may_make(rights: Rights) -> bool:
    return all(rights.may(Right.ADD, name) for name in (BATCH, ENTRY))


def payroll(portal: Portal, asked: Asked) -> Response:
    """What is due of the period and the state that are chosen; with POST: a batch of it."""
    rights, store = viewer(asked), portal.store
    form, chosen = _chosen(portal, asked)
    found = [] if form.errors else _due(portal, asked, rights, chosen)
    if asked.method == "POST":
        if not _may_make(rights):
            raise NotAllowed
        if found and not form.errors:
            made = _make(portal, asked, form, chosen, found[:MOST_ENTRIES])
            if made is not None:
                return to(f"{PLACE}/{to_text(made)}?saved=made")
    batches, _ = listing.page(
        store, rights, Wanted(BATCH, order="number", descending=True), BATCHES, None
    )
    entity, failed = store.schema.entities[BATCH], bool(form.errors or form.general)
    return portal.page(
        asked, "expenses/payroll.html", 422 if failed else 200, open_="expenses/payroll",
        form=form, fields=[entity.by_name[name] for name in ("since", "until")], place=PLACE,
        statuses=("", *PAID_STATES), lines=_lines(portal, asked, rights, found[:SHOWN]),
        count=min(len(found), MOST_ENTRIES), more=len(found) > MOST_ENTRIES, most=MOST_ENTRIES,
        sums=_sums(asked, found[:MOST_ENTRIES]), may_make=_may_make(rights), shown=SHOWN,
        batches=[{"id": to_text(one.id), **one.values} for one in batches],
    )  # fmt: skip


def _chosen(portal: Portal, asked: Asked) -> tuple[Form, dict[str, Stored]]:
    form, values = Form({}, {}), dict[str, Stored]()
    entity = portal.store.schema.entities[BATCH]
    for name in CHOSEN:
        form.texts[name] = asked.value(f"v.{name}")
        try:
            values[name] = read(asked.words, entity.by_name[name], form.texts[name])
        except Wrong as wrong:
            if name == "status":
                raise Unclear from None
            form.errors[name] = str(wrong)
    return form, values


def _due(
    portal: Portal, asked: Asked, rights: Rights, chosen: dict[str, Stored]
) -> Sequence[sa.Row[Any]]:
    """One more than a batch takes, where there are more."""
    begin = _instant(asked, chosen["since"], 0)
    end, status = _instant(asked, chosen["until"], 1), chosen["status"]
    wanted = due(portal.store, rights, begin, end, str(status) if status else None)
    with reading(portal.store.engine) as connection:
        return connection.execute(wanted.limit(MOST_ENTRIES + 1)).all()


def _instant(asked: Asked, day: Stored, later: int) -> int | None:
    """When that day begins by the reader's clock, so many days later."""
    if day is None:
        return None
    on = dt.date.fromisoformat(str(day)) + dt.timedelta(days=later)
    return (asked.words.instant(dt.datetime.combine(on, dt.time())) - EPOCH) // MICROSECOND


def _make(
    portal: Portal, asked: Asked, form: Form, chosen: dict[str, Stored], found: Sequence[Any]
) -> bytes | None:
    """The batch, in one changeset; None where somebody else gave out one of these meanwhile."""
    store = portal.store
    now, row = store.environment.now(), store.environment.new_id()
    entities = store.schema.entities
    with reading(store.engine) as connection:
        number = next_number(store, connection, BATCH, asked.words.local(now).year)
    values: dict[str, Stored] = {"number": number, "made_at": now}
    values |= {name: value for name, value in chosen.items() if value is not None}
    changes: list[Operation] = [operation_on(portal, Action.INSERT, entities[BATCH], row, values)]
    for one in found:
        entry: dict[str, Stored] = {"batch": row, "statement": one.id}
        changes.append(
            operation_on(portal, Action.INSERT, entities[ENTRY], entry_id(one.id), entry)
        )
    tags, field = store.schema.tags, entities[BATCH].by_name["number"].number
    none = {(tags[ENTRY], entry_id(one.id)): 0 for one in found}
    expected = Expected(none, frozenset({(tags[BATCH], field, number)}))
    if write(portal, asked, changes, form, expected) and not form.general:
        return row
    form.general = [asked.words("Somebody made a batch at the same moment. Look once more.")]
    return None


def _lines(
    portal: Portal, asked: Asked, rights: Rights, found: Sequence[Any]
) -> list[dict[str, Any]]:
    with reading(portal.store.engine) as connection:
        people = {one.employee for one in found}
        who = listing.titles(connection, portal.store, rights, "employee", people)
    return [
        {"number": one.number, "who": who[one.employee], "purpose": one.purpose,
         "trip": to_text(one.trip), "status": one.status, "stated_at": one.stated_at,
         "amount": _amount(asked, one.adds, one.currency),
         "corrects": one.corrects is not None}
        for one in found
    ]  # fmt: skip


def _sums(asked: Asked, found: Sequence[Any]) -> list[str]:
    """What a batch of them would pay, by currency."""
    sums: dict[str, int] = defaultdict(int)
    for one in found:
        sums[one.currency] += one.adds
    return [_amount(asked, total, currency) for currency, total in sorted(sums.items())]


def _amount(asked: Asked, cents: int, currency: str) -> str:
    return money(asked.words, CENTS.load(cents), currency)

"""The form of a stage, a drive, an expense or a meal, with the total as it would be while one
types.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from device_sdk.errors import SyncError
from device_sdk.screen.public import Asked, NotThere, Screen, Unclear, reason, title_of, to
from modules.expenses.device import NEW, Expenses, NoTrip, Statement
from modules.expenses.reckoned import Row
from modules.expenses.screen import said
from modules.expenses.screen.entries import FORMS, defaults, entries_of, read_all, texts_of
from modules.expenses.screen.sheet import Sheet, sheet_of
from modules.expenses.screen.trip import address, id_of
from modules.expenses.trip_entities import MOST_RECEIPTS

ROWS = {
    "trip_stage": "stages", "trip_meal": "meals", "trip_drive": "drives", "trip_item": "items",
}  # fmt: skip
MANY = "An expense has at most %(most)s receipts."
GONE = "This is no draft on this device any more. Copy what you still need."


def part(screen: Screen, asked: Asked) -> Response:
    """An empty form, or that of a part; with POST it is kept, or with `preview` only reckoned.
    What does not fit is told beside it, and what was typed stays.
    """
    name, expenses = asked.value("part"), Expenses(asked.device)
    if name not in FORMS:
        raise NotThere
    statement, row = _found(asked, expenses, name)
    if not asked.is_post:
        if statement is None or statement.status != "draft":
            raise NotThere
        before = defaults(asked, statement, expenses.rates(), screen.now())
        texts = texts_of(asked.words, name, row) if row else before
        return _page(screen, asked, expenses, name, texts, {}, statement, row)
    texts = {one: asked.value(one).strip() for one in (*FORMS[name], "file")}
    values, errors = read_all(asked, name, texts)
    if statement is None or statement.status != "draft":
        errors = {"": asked.words(GONE)}
    elif asked.value("preview"):
        shown = statement
        if not errors:
            shown = expenses.preview(statement.trip, name, values, row["id"] if row else None)
        return _page(screen, asked, expenses, name, texts, {}, shown, row)
    elif not errors:
        errors = _kept(asked, expenses, name, statement, row, values)
        if not errors:
            asked.signed_in.sync_now()
            return to(address(statement.trip) + f"#{name}")
    return _page(screen, asked, expenses, name, texts, errors, statement, row)


def _found(asked: Asked, expenses: Expenses, name: str) -> tuple[Statement | None, Row | None]:
    """The trip and the part that the address names; None for a trip that has left meanwhile."""
    try:
        statement = expenses.statement(id_of(asked, "t"))
    except NoTrip:
        return None, None
    if not asked.value("r"):
        if name == "trip_meal":
            raise NotThere  # a touch adds it
        return statement, None
    wanted = id_of(asked, "r")
    rows: tuple[Row, ...] = getattr(statement.written, ROWS[name])
    row = next((one for one in rows if one["id"] == wanted), None)
    if row is None and not asked.is_post:
        raise NotThere
    return (statement, row) if row is not None else (None, None)


def _kept(
    asked: Asked,
    expenses: Expenses,
    name: str,
    statement: Statement,
    row: Row | None,
    values: Mapping[str, Any],
) -> dict[str, str]:
    """Why it cannot be, by field; nothing once it is durable."""
    try:
        file = bytes.fromhex(asked.value("file")) if name == "trip_item" else b""
    except ValueError:
        raise Unclear from None
    try:
        if row is None:
            kept = _add(expenses, name, statement.trip, values)
        else:
            kept = row["id"]
            changed = {one: value for one, value in values.items() if value != row[one]}
            if changed:
                expenses.change(name, kept, **changed)
        if file:
            expenses.add_receipt(kept, file)
    except NoTrip:
        return {"": asked.words(GONE)}
    except SyncError as error:
        return {"": reason(asked, error)}
    except ValueError:  # too many receipts
        return {"file": asked.words(MANY, most=MOST_RECEIPTS)}
    return {}


def _add(expenses: Expenses, name: str, trip: uuid.UUID, values: Mapping[str, Any]) -> uuid.UUID:
    if name == "trip_drive":
        return expenses.add_drive(trip, **values)
    if name == "trip_item":
        return expenses.add_item(trip, **values)
    return expenses.add_stage(
        trip, values["country"], values["starts_at"], values["ends_at"], values["place"],
        values["awake"], values["remark"],
    )  # fmt: skip


def _page(
    screen: Screen,
    asked: Asked,
    expenses: Expenses,
    name: str,
    texts: Mapping[str, str],
    errors: Mapping[str, str],
    statement: Statement | None,
    row: Row | None,
) -> Response:
    key = row["id"] if row is not None else NEW
    rates = expenses.rates()
    sheet = None
    if statement is not None:
        objections = expenses.objections(statement.trip)
        sheet = sheet_of(asked.words, statement, rates, objections)
    receipts = statement.written.receipts if statement is not None and row is not None else ()
    back = address(statement.trip) if statement is not None else "/expenses/trips"
    return screen.page(
        asked, "expenses/part.html", 422 if errors else 200, open_="/expenses/trips",
        entries=entries_of(asked, name, texts, rates), errors=errors, name=name, row=row,
        sheet=sheet, mine=_mine(sheet, key), key=str(key), back=back, file=texts.get("file", ""),
        receipts=[one for one in receipts if one["item"] == key],
        here=asked.device.attachments.is_here, said=said,
        meal=asked.words.choice(row["meal"]) if name == "trip_meal" and row else "",
        kind=title_of(asked.device, "expense_type", row["expense_type"])
        if name == "trip_item" and row else "",
    )  # fmt: skip


def _mine(sheet: Sheet | None, key: uuid.UUID) -> tuple[str, str]:
    """(amount, by what) of a drive or an item alone."""
    lines = (*sheet.drives, *sheet.items) if sheet is not None else ()
    return next(((amount, by) for row, amount, by in lines if row["id"] == key), ("", ""))

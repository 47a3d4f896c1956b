"""The page of a trip: its total as it changes, day by day and why, what is wrong, and the steps."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from starlette.responses import Response

from device_sdk.errors import SyncError
from device_sdk.screen.public import Asked, NotThere, Screen, Unclear, reason, title_of, to
from modules.expenses.device import Expenses, NotReady, NoTrip, Statement
from modules.expenses.screen import said
from modules.expenses.screen.sheet import sheet_of
from modules.expenses.screen.trips import described
from modules.expenses.trip_entities import MEALS, PARTS


def trip(screen: Screen, asked: Asked) -> Response:
    """As it stands; with POST, one of the steps of its forms. What is refused is told, and nothing
    is changed.
    """
    expenses = Expenses(asked.device)
    try:
        statement = expenses.statement(id_of(asked, "t"))
        step = STEPS.get(asked.value("do")) if asked.is_post else None
        if asked.is_post:
            if step is None:
                raise Unclear
            goes = step(asked, expenses, statement)
            asked.signed_in.sync_now()
            return to(goes)
    except NotReady:
        return _page(screen, asked, expenses, asked.words("Not yet: see below what is missing."))
    except NoTrip:
        raise NotThere from None
    except SyncError as error:
        return _page(screen, asked, expenses, reason(asked, error))
    return _page(screen, asked, expenses, "")


def id_of(asked: Asked, name: str) -> uuid.UUID:
    """An id of the address or the form; NotThere."""
    try:
        return uuid.UUID(asked.value(name))
    except ValueError:
        raise NotThere from None


def address(trip: uuid.UUID) -> str:
    """Of a trip's page."""
    return f"/expenses/trip?t={trip}"


def follower(asked: Asked, statement: Statement) -> uuid.UUID | None:
    """The trip that was made from a rejected one."""
    found = asked.device.rows("trip", "replaces=? ORDER BY id DESC LIMIT 1", [statement.trip.bytes])
    return found[0].id if found else None


def _page(screen: Screen, asked: Asked, expenses: Expenses, wrong: str) -> Response:
    statement = expenses.statement(id_of(asked, "t"))
    before = asked.device.get("trip", statement.replaces) if statement.replaces else None
    came_back = str(before["reason"] or "") if before is not None else statement.reason
    objections = expenses.objections(statement.trip)
    receipts: dict[uuid.UUID, list[tuple[uuid.UUID, str, bool]]] = {}
    for row in sorted(statement.written.receipts, key=lambda one: int(one["position"])):
        here = asked.device.attachments.is_here(row["file"])
        receipts.setdefault(row["item"], []).append((row["id"], row["file"].hex(), here))
    return screen.page(
        asked, "expenses/trip.html", 422 if wrong else 200, open_="/expenses/trips",
        sheet=sheet_of(asked.words, statement, expenses.rates(), objections),
        statement=statement,
        corrections=asked.device.rows("trip_correction", "trip=? ORDER BY id",
                                      [statement.trip.bytes]),
        papers=asked.device.rows("trip_statement", "trip=? ORDER BY id DESC LIMIT 20",
                                 [statement.trip.bytes]),
        here=asked.device.attachments.is_here, follower=follower(asked, statement),
        receipts=receipts, wrong=wrong, why=said.why(asked.words, came_back, objections),
        said=said, meals=MEALS, states=said.STATES, address=address(statement.trip),
        kind=lambda row: title_of(asked.device, "expense_type", row["expense_type"]),
    )  # fmt: skip


def _meal(asked: Asked, expenses: Expenses, statement: Statement) -> str:
    """A touch: it was provided, or it was not."""
    kind, here = asked.value("meal"), address(statement.trip)
    try:
        day = dt.date.fromisoformat(asked.value("day"))
    except ValueError:
        raise Unclear from None
    if kind not in MEALS or asked.value("on") not in ("0", "1"):
        raise Unclear
    found = [r for r in statement.written.meals if (r["day"], r["meal"]) == (day, kind)]
    if asked.value("on") == "1" and not found:
        expenses.add_meal(statement.trip, day, kind)
    elif asked.value("on") == "0":
        for row in found:
            expenses.remove("trip_meal", row["id"])
    return here


def _remove(asked: Asked, expenses: Expenses, statement: Statement) -> str:
    """A part, an item with its receipts."""
    if asked.value("part") not in {part.name for part in PARTS}:
        raise Unclear
    expenses.remove(asked.value("part"), id_of(asked, "r"))
    return address(statement.trip)


def _describe(asked: Asked, expenses: Expenses, statement: Statement) -> str:
    purpose, centre, wrong = described(asked)
    if not wrong:
        expenses.describe(statement.trip, purpose, centre or None)
    return address(statement.trip)


def _submit(_asked: Asked, expenses: Expenses, statement: Statement) -> str:
    expenses.submit(statement.trip)
    return address(statement.trip)


def _discard(_asked: Asked, expenses: Expenses, statement: Statement) -> str:
    expenses.discard(statement.trip)
    return "/expenses/trips"


def _again(asked: Asked, expenses: Expenses, statement: Statement) -> str:
    """The draft that is there already, else a new one."""
    return address(follower(asked, statement) or expenses.again(statement.trip))


STEPS: dict[str, Callable[[Asked, Expenses, Statement], str]] = {
    "meal": _meal,
    "remove": _remove,
    "describe": _describe,
    "submit": _submit,
    "discard": _discard,
    "again": _again,
}

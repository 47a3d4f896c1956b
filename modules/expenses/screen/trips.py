"""The list of a rep's own trips, a new one, and what of them belongs on the first page."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from starlette.responses import Response

from device_sdk import Row
from device_sdk.screen.public import Asked, Screen, Words, to
from modules.expenses.device import Expenses, Statement
from modules.expenses.money import Money, total
from modules.expenses.screen import said
from modules.expenses.screen.sheet import days_of_stages

MOST = 100  # trips of the list, the newest
NEWS = 14  # days for which a rejection stands on the first page
LONGEST = 200, 40  # characters of a purpose and a cost centre
GROUPS = (  # (heading, states), in the order of what the rep has to do
    ("To be done once more", ("rejected",)),
    ("Drafts", ("draft",)),
    ("Submitted", ("submitted", "in_review")),
    ("Approved, not reimbursed yet", ("approved",)),
    ("Reimbursed", ("reimbursed",)),
)
DONE = "Rejected, written once more"


@dataclass(frozen=True)
class Line:
    """A trip in the list."""

    statement: Statement
    when: str
    total: str
    why: str


def trips(screen: Screen, asked: Asked) -> Response:
    """By what is to be done with them, each group with its total."""
    expenses, w = Expenses(asked.device), asked.words
    found = expenses.trips(MOST)
    replaced = {one.replaces for one in found if one.replaces is not None}
    currency = expenses.rates().currency
    groups = []
    for heading, states in GROUPS:
        these = [o for o in found if o.status in states and o.trip not in replaced]
        groups.append((heading, these))
    groups.append((DONE, [one for one in found if one.trip in replaced]))
    return screen.page(
        asked, "expenses/trips.html", open_="/expenses/trips", full=len(found) == MOST, most=MOST,
        groups=[
            (w(heading), [line(w, expenses, one) for one in these], _sum(w, these, currency))
            for heading, these in groups if these
        ],
    )  # fmt: skip


def line(w: Words, expenses: Expenses, one: Statement) -> Line:
    """With its days and its total, as far as there are any, and why it came back."""
    days = days_of_stages(one)
    why = said.why(w, one.reason, expenses.objections(one.trip)) if one.reason else ""
    return Line(
        one,
        said.span(w, days[0], days[-1]) if days else "",
        said.money(w, one.total) if one.total is not None else "",
        why,
    )


def _sum(w: Words, these: list[Statement], currency: str) -> str:
    amounts = [one.total for one in these if one.total is not None]
    same: list[Money] = [one for one in amounts if one.currency == currency]
    return said.money(w, total(same, currency)) if len(same) > 1 else ""


def new(screen: Screen, asked: Asked) -> Response:
    """What a new trip is for; then its page."""
    purpose, centre, wrong = described(asked)
    if asked.is_post and not wrong:
        trip = Expenses(asked.device).begin(purpose, centre or None)
        asked.signed_in.sync_now()
        return to(f"/expenses/trip?t={trip}")
    return screen.page(
        asked, "expenses/new.html", 422 if wrong else 200, open_="/expenses/trips",
        purpose=purpose, centre=centre, errors={"purpose": wrong} if wrong else {},
    )  # fmt: skip


def described(asked: Asked) -> tuple[str, str, str]:
    """(purpose, cost centre, what is wrong) of what was sent."""
    purpose, centre = (
        asked.value(name).strip()[:most]
        for name, most in zip(("purpose", "cost_centre"), LONGEST, strict=True)
    )
    return purpose, centre, asked.words("This is needed.") if asked.is_post and not purpose else ""


def at_the_start(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """Trips that came back lately, and were not written once more."""
    since = screen.now() - dt.timedelta(days=NEWS)
    found = asked.device.rows(
        "trip",
        "status='rejected' AND rejected_at>=?"
        " AND id NOT IN (SELECT replaces FROM trip WHERE replaces IS NOT NULL)"
        " ORDER BY id DESC LIMIT 5",
        [int(since.timestamp() * 1_000_000)],
    )
    expenses = Expenses(asked.device)
    lines = [
        (row, said.why(asked.words, str(row["reason"] or ""), expenses.objections(row.id)))
        for row in found
    ]
    return screen.render(asked, "expenses/home.html", found=lines) if lines else ""

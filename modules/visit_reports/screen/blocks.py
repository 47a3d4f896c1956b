"""What a rep sees of visits and reports beside the rest: on the first page, at a customer, and on
an appointment.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from device_sdk import Row, telling
from device_sdk.screen.public import Asked, Screen, title_of
from modules.visit_reports.device import Filling, Reports
from modules.visit_reports.screen.steps import steps_of
from syncengine.model.fields import EPOCH, MICROSECOND, Value

MOST = 50  # reports of a list
DONE = "visit_reports.done"  # (this, visit, template) is remembered until the check-out


@dataclass(frozen=True)
class Line:
    """An open report in a list, with how many of its questions are answered. lent: who is away and
    has the customer.
    """

    filling: Filling
    customer: str
    lent: str
    asked: int
    answered: int


def at_the_start(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """Where the rep is checked in, and the reports that are open."""
    device = asked.device
    visits = device.rows(
        "visit",
        "employee=? AND status='checked_in' ORDER BY id DESC LIMIT ?",
        [device.person, MOST],
    )
    found = Reports(device).open_reports()
    if not visits and not found:
        return ""
    return screen.render(
        asked, "visit_reports/home.html", count=len(found),
        lines=_lines(screen, asked, found[:MOST]),
        visits=[
            (one, title_of(device, "customer", one["customer"]), _since(screen, asked, one))
            for one in visits
        ],
    )  # fmt: skip


def at_customer(screen: Screen, asked: Asked, row: Row | None) -> str:
    """The visit: to check in, the reports that apply and those that are open, to check out."""
    assert row is not None
    device, reports = asked.device, Reports(asked.device)
    here = [row.id, device.person]
    visits = device.rows(
        "visit", "customer=? AND employee=? AND status='checked_in' ORDER BY id DESC LIMIT 1", here
    )
    visit = visits[0] if visits else None
    taken = _taken(asked, visit.id) if visit else {}
    return screen.render(
        asked, "visit_reports/customer.html", customer=row, visit=visit,
        since=_since(screen, asked, visit) if visit else "",
        lines=_lines(screen, asked, reports.open_reports(row.id)[:MOST]),
        applying=[one for one in reports.applying(row.id) if one.template not in taken],
        confirmed=[
            title_of(device, "report_template", template)
            for template, status in taken.items() if status == "confirmed"
        ],
        appointment=_planned(screen, asked, row.id) if visit is None else None,
        blocks=screen.blocks(asked, "visit", visit) if visit else [],
    )  # fmt: skip


def of_appointment(screen: Screen, asked: Asked, row: Row | None) -> str:
    """To check in by it, on its day and before it was made use of."""
    assert row is not None
    ours = row["employee"] == asked.device.person and row["active"]
    if not ours or row.id not in _of_today(screen, asked, "id", row.id):
        return ""
    customer = title_of(asked.device, "customer", row["customer"])
    return screen.render(
        asked, "visit_reports/appointment.html", appointment=row, customer=customer
    )


def _taken(asked: Asked, visit: uuid.UUID) -> dict[Value, Value]:
    """By their templates, how far the reports of a visit are, those that have left included."""
    known = asked.signed_in.remembered
    found: dict[Value, Value] = {one[2]: "confirmed" for one in known if one[:2] == (DONE, visit)}
    here = asked.device.rows("report", "visit=? ORDER BY id", [visit])
    return found | {one["template"]: one["status"] for one in here}


def _since(screen: Screen, asked: Asked, visit: Row) -> str:
    """Of today only the time."""
    at = visit["checked_in_at"]
    assert isinstance(at, dt.datetime)
    today = at.astimezone().date() == screen.now().date()
    return asked.words.clock(at) if today else asked.words.moment(at)


def _lines(screen: Screen, asked: Asked, fillings: list[Filling]) -> list[Line]:
    shops = [one.customer for one in fillings]
    lent = telling.lent_by(asked.device, "customer", shops)
    made = []
    for one in fillings:
        steps = steps_of(one)
        counts = sum(step.asked for step in steps), sum(step.answered for step in steps)
        absent = screen.person(asked, lent[one.customer]) if one.customer in lent else ""
        customer = title_of(asked.device, "customer", one.customer)
        made.append(Line(one, customer, absent, *counts))
    return made


def _planned(screen: Screen, asked: Asked, customer: uuid.UUID) -> uuid.UUID | None:
    """The next appointment of this person there today that no visit was begun by."""
    return next(iter(_of_today(screen, asked, "customer", customer)), None)


def _of_today(screen: Screen, asked: Asked, field: str, value: uuid.UUID) -> list[uuid.UUID]:
    day = screen.now().date()
    days = (day, day + dt.timedelta(days=1))
    bounds = [
        (dt.datetime.combine(one, dt.time()).astimezone() - EPOCH) // MICROSECOND for one in days
    ]
    found = asked.device.rows(
        "appointment",
        f"{field}=? AND employee=? AND active AND starts_at>=? AND starts_at<?"
        " AND id NOT IN (SELECT appointment FROM visit WHERE appointment IS NOT NULL)"
        " ORDER BY starts_at, id LIMIT 1",
        [value, asked.device.person, *bounds],
    )
    return [row.id for row in found]

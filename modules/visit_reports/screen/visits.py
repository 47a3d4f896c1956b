"""Check-in, check-out, and the beginning of a report: each goes on to where the work is."""

from __future__ import annotations

import uuid

from starlette.responses import Response

from device_sdk.screen.public import Asked, NotThere, Screen, to
from modules.visit_reports.device import NotHere, Reports
from modules.visit_reports.screen.blocks import DONE


def check_in(_screen: Screen, asked: Asked) -> Response:
    """At the customer of the form, by its appointment if there is one."""
    customer = posted_id(asked, "customer")
    appointment = posted_id(asked, "appointment") if asked.value("appointment") else None
    try:
        Reports(asked.device).check_in(customer, appointment)
    except NotHere:
        raise NotThere from None
    asked.signed_in.sync_now()
    return to(f"/rows/customer/{customer}")


def check_out(_screen: Screen, asked: Asked) -> Response:
    """Of the visit."""
    reports = Reports(asked.device)
    try:
        visit = reports.visit(posted_id(asked, "visit"))
        reports.check_out(visit.id)
    except NotHere:
        raise NotThere from None
    known = asked.signed_in.remembered
    known -= {one for one in known if one[:2] == (DONE, visit.id)}
    asked.signed_in.sync_now()
    return to(f"/rows/customer/{visit.customer}")


def start(_screen: Screen, asked: Asked) -> Response:
    """A report of a template, at a visit; the one that was begun there, if there is one."""
    visit, template = posted_id(asked, "visit"), posted_id(asked, "template")
    try:
        filling = Reports(asked.device).start(visit, template)
    except NotHere:
        raise NotThere from None
    return to(f"/visit_reports/report?r={filling.report}")


def posted_id(asked: Asked, name: str) -> uuid.UUID:
    """NotThere, unless a form of ours has it."""
    try:
        return uuid.UUID(asked.form[name][-1])
    except (KeyError, ValueError):
        raise NotThere from None

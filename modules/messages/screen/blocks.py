"""Daily infos on the first page, action infos on the page of their customer, and at a visit there
that some are still open.
"""

from __future__ import annotations

import uuid

from device_sdk import Row
from device_sdk.screen.public import Asked, Screen, title_of
from modules.messages.device import Messages


def at_day_login(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """Those of today, and at which customers the office reminds of one; nothing where there are
    none. What has come is noted for the office, too.
    """
    messages = Messages(asked.device)
    messages.received()
    return _reminders(screen, asked, messages) + _block(screen, asked, messages.at_day_login(), "/")


def at_check_in(screen: Screen, asked: Asked, row: Row | None) -> str:
    """Those of the customer that have begun."""
    assert row is not None
    found = Messages(asked.device).at_check_in(row.id)
    return _block(screen, asked, found, f"/rows/customer/{row.id}")


def at_visit(screen: Screen, asked: Asked, row: Row | None) -> str:
    """How many of its customer's are still to be confirmed."""
    assert row is not None
    customer = row.get("customer")
    found = Messages(asked.device).at_check_in(customer) if isinstance(customer, uuid.UUID) else []
    return screen.render(asked, "messages/open.html", count=len(found)) if found else ""


def _reminders(screen: Screen, asked: Asked, messages: Messages) -> str:
    """Each customer once, with what the office reminds of there."""
    titles: dict[uuid.UUID, list[str]] = {}
    for message in messages.reminders():
        if message.customer is not None:
            titles.setdefault(message.customer, []).append(message.title)
    found = [
        (customer, title_of(asked.device, "customer", customer), ", ".join(of))
        for customer, of in titles.items()
    ]
    return screen.render(asked, "messages/reminders.html", reminders=found) if found else ""


def _block(screen: Screen, asked: Asked, found: object, back: str) -> str:
    return screen.render(
        asked, "messages/list.html", messages=found, back=back, now=screen.now()
    ) if found else ""  # fmt: skip

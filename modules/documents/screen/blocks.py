"""Forms that came back from the office on the first page, a customer's documents on its page."""

from __future__ import annotations

from device_sdk import Row
from device_sdk.screen.public import Asked, Screen
from modules.documents.device import Documents

MOST = 20  # of a customer's page


def open_returns(screen: Screen, asked: Asked, _row: Row | None) -> str:
    """Those that are to be returned again; nothing where there are none."""
    found = Documents(asked.device).open_returns()
    return screen.render(asked, "documents/returns.html", found=found, back="/") if found else ""


def of_customer(screen: Screen, asked: Asked, row: Row | None) -> str:
    """What goes with the customer or its market, and its forms that are to be returned again."""
    assert row is not None
    documents = Documents(asked.device)
    found, returns = documents.valid(row.id)[:MOST], documents.open_returns(row.id)
    if not found and not returns:
        return ""
    back = f"/rows/customer/{row.id}"
    return screen.render(
        asked, "documents/of_customer.html", documents=found, found=returns, customer=row.id,
        back=back,
    )  # fmt: skip

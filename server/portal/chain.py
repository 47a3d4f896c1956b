"""Verifying the history's chain: so many changesets a request, so that the page shows how far it is
and can be left.
"""

from __future__ import annotations

from starlette.responses import Response

from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.refusals import Unclear, Unseen
from syncengine.store import clock as clocks
from syncengine.store.database import reading

AT_ONCE = 20_000  # changesets


def chain(portal: Portal, asked: Asked) -> Response:
    """The button, and how far the verification is; for users without a limit."""
    if asked.signed_in.rights.limit is not None:
        raise Unseen
    found = None
    if asked.method == "POST":
        text = asked.value("after", "0")
        if not text.isdecimal() or len(text) > 18:
            raise Unclear
        with reading(portal.store.engine) as connection:
            found = clocks.verify(connection, int(text), AT_ONCE)
            head = clocks.read(connection).chain.hex()
    return portal.page(
        asked, "chain_progress.html" if asked.partial else "chain.html", open_="history",
        found=found, head=head if found else "",
    )  # fmt: skip

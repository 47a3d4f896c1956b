"""What the module brings to the portal: documents, their editions, and the forms that came back."""

from __future__ import annotations

from pathlib import Path

from modules.documents.portal import compose, listed, one, returned
from modules.documents.portal.reading import DOCUMENT, RETURN, mark
from server.portal.public import Link, ModulePages, Panel

PAGES = ModulePages(
    Path(__file__).parent.parent,
    {
        "/all": (listed.documents, ("GET",)),
        "/all/new": (compose.new, ("GET", "POST")),
        "/all/{row}": (one.document, ("GET",)),
        "/all/{row}/edition": (compose.edition, ("GET", "POST")),
        "/all/{row}/withdraw": (one.withdraw, ("GET", "POST")),
        "/returns": (returned.returns, ("GET",)),
        "/returns/{row}": (returned.returned, ("GET", "POST")),
    },
    (
        Link("/all", "Documents", "book", entity=DOCUMENT),
        Link("/returns", "Returned forms", "inbox", entity=RETURN),
    ),
    {"documents": Panel(DOCUMENT, mark)},
)

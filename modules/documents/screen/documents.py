"""The documents of this device, with a search, and one of them: what is new, and its file."""

from __future__ import annotations

import uuid
from urllib.parse import quote

from starlette.responses import Response

from device_sdk.errors import SyncError
from device_sdk.screen.public import Asked, NotThere, Screen, Unclear, own_path, reason, to
from modules.documents.device import Document, Documents, NoDocument
from modules.documents.shelf import KINDS

MOST = 200  # documents that one page shows


def listed(screen: Screen, asked: Asked) -> Response:
    """Every word has to be somewhere in the title; `kind`: those of that kind only."""
    text, kind = asked.value("q").strip()[:100], asked.value("kind")
    if kind not in ("", *KINDS):
        raise Unclear
    every = Documents(asked.device).valid()
    words = text.casefold().split()
    found = [
        one
        for one in every
        if kind in ("", one.kind) and all(word in one.title.casefold() for word in words)
    ]
    return screen.page(
        asked, "documents/all.html", open_="/documents/all", found=found[:MOST], count=len(found),
        text=text, only=kind, kinds=[one for one in KINDS if any(one == x.kind for x in every)],
        there=bool(every),
    )  # fmt: skip


def document(screen: Screen, asked: Asked) -> Response:
    """One edition; with POST: bring its file. Without network that is told, and nothing is lost."""
    documents, wrong = Documents(asked.device), ""
    found = edition_of(asked, documents)
    if asked.is_post:
        try:
            documents.open(found.edition)
            return to(own_path(asked.url))
        except SyncError as error:
            wrong = reason(asked, error)
    return screen.page(
        asked, "documents/document.html", 422 if wrong else 200, document=found, wrong=wrong,
        back=own_path(asked.value("back", "/documents/all")), customer=asked.value("customer"),
    )  # fmt: skip


def file(_screen: Screen, asked: Asked) -> Response:
    """The file of an edition, under its name, as far as it is here."""
    documents = Documents(asked.device)
    found = edition_of(asked, documents)
    if not found.here:
        raise NotThere
    named = f"attachment; filename*=UTF-8''{quote(found.file_name, safe='')}"
    content = b"".join(documents.open(found.edition))
    return Response(
        content, media_type="application/octet-stream", headers={"content-disposition": named}
    )


def edition_of(asked: Asked, documents: Documents) -> Document:
    """The one that the address names; NotThere."""
    try:
        return documents.get(uuid.UUID(asked.value("e")))
    except (ValueError, NoDocument):
        raise NotThere from None

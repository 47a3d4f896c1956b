"""Returning a signed form: a photo or file of it, who signed, a note; and returning it again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from starlette.responses import Response

from device_sdk.errors import SyncError
from device_sdk.screen.public import (
    Asked,
    NotThere,
    Screen,
    Unclear,
    own_path,
    reason,
    title_of,
    to,
)
from modules.documents.device import Documents, Return
from modules.documents.screen.documents import edition_of

FIELDS = ("signed_file", "signature", "signed_by", "note")


@dataclass
class _Form:
    """What is typed. again: the return that the office reopened; None: a new one."""

    title: str
    texts: dict[str, str]
    customer: uuid.UUID | None
    again: Return | None


def returned(screen: Screen, asked: Asked) -> Response:
    """An empty form, or that of a reopened return; with POST: it is returned, which the office
    learns with the next sync. What does not fit is told, and what was typed stays.
    """
    documents = Documents(asked.device)
    form, back, wrong = _form(asked, documents), own_path(asked.value("back", "/")), ""
    if asked.is_post:
        wrong = _missing(asked, form) or _sent(asked, documents, form)
        if not wrong:
            return to(back)
    customer = title_of(asked.device, "customer", form.customer) if form.customer else ""
    return screen.page(
        asked, "documents/return.html", 422 if wrong else 200, form=form, back=back, wrong=wrong,
        customer=customer, here=asked.device.attachments.is_here,
        reason=form.again.reason if form.again else "",
    )  # fmt: skip


def _form(asked: Asked, documents: Documents) -> _Form:
    texts = {name: asked.value(name).strip() for name in FIELDS}
    if again := asked.value("r"):
        found = next((one for one in documents.open_returns() if str(one.id) == again), None)
        if found is None:
            raise NotThere
        if not asked.is_post:
            texts = {
                "signed_file": (found.signed_file or b"").hex(),
                "signature": (found.signature or b"").hex(),
                "signed_by": found.signed_by, "note": found.note,
            }  # fmt: skip
        return _Form(found.title, texts, found.customer, found)
    document = edition_of(asked, documents)
    if document.kind != "form":
        raise NotThere
    return _Form(document.title, texts, _customer(asked), None)


def _customer(asked: Asked) -> uuid.UUID | None:
    """The one that the address names, if it is on this device; NotThere."""
    text = asked.value("customer")
    if not text:
        return None
    try:
        row = asked.device.get("customer", uuid.UUID(text))
    except ValueError:
        row = None
    if row is None:
        raise NotThere
    return row.id


def _missing(asked: Asked, form: _Form) -> str:
    if not form.texts["signed_file"]:
        return asked.words("Add a photo or file of the signed form.")
    return "" if form.texts["signed_by"] else asked.words("Enter who signed.")


def _sent(asked: Asked, documents: Documents, form: _Form) -> str:
    """Why it cannot be; empty: it is returned."""
    try:
        file, signature = (bytes.fromhex(form.texts[name]) for name in FIELDS[:2])
    except ValueError:
        raise Unclear from None
    by, note = form.texts["signed_by"], form.texts["note"]
    try:
        if form.again:
            documents.return_again(
                form.again.id, file, by, signature=signature or None, note=note or None
            )
        else:
            edition = edition_of(asked, documents).edition
            documents.return_form(
                edition, file, by, form.customer, signature=signature or None, note=note
            )
    except SyncError as error:
        return reason(asked, error)
    return ""

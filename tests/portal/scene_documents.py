"""Documents of the office and what reps did with them, for pictures."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

from device_sdk import Device
from modules.documents.device import Documents
from modules.documents.jobs import follow
from server.demo.papers import photo
from syncengine.model.access import Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text
from syncengine.model.rights import Rights
from syncengine.model.windows import DAY
from syncengine.store import listing
from syncengine.store.author import Author
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.listing import Wanted
from syncengine.store.store import Store
from syncengine.store.uploads import Bounds, Uploader, Uploads

ALL = Rights(administers=True)
PLACE = "/portal/documents"
OFFICE = Uploader(bytes(15) + b"o", bytes(15) + b"o")


def write_documents(store: Store, known: Mapping[str, bytes], blobs: Path) -> None:
    """A price list with three editions, a catalogue kept offline, a form, one to come."""
    now = store.environment.now()
    files = BlobFolder(blobs, store.environment.reached)
    uploads = Uploads(store, files, Bounds(2**20, 2**24))
    team = {"employee": known["274"], "below": True}
    prices = _document(store, "Prices", "price_list", False, team)
    for days, new in ((-40, ""), (-10, "Helmets are new."), (5, "Winter prices.")):
        _edition(store, uploads, prices, f"prices {days}", valid_from=now + days * DAY,
                 whats_new=new)  # fmt: skip
    catalogue = _document(store, "Mountain bikes 2027", "catalogue", True, team)
    _edition(store, uploads, catalogue, "bikes", valid_from=now - DAY)
    contract = _document(store, "Display agreement", "form", False, {"employee": known["276"]})
    _edition(store, uploads, contract, "contract", valid_from=now - DAY)
    follow(store, 100)


def return_forms(device: Device, number: str) -> None:
    """The rep 276 returns one."""
    documents = Documents(device)
    for one in documents.valid() if number == "276" else ():
        if one.kind == "form":
            signed = device.attachments.attach(BytesIO(photo()))
            documents.return_form(one.edition, signed, "Ms Meyer", note="At the counter.")
    device.sync()
    device.sync()


def documents_paths(store: Store) -> dict[str, str]:
    """Page -> its address."""
    found, _ = listing.page(store, ALL, Wanted("document", order="title"), 10, None)
    prices = next(row for row in found if row.values["kind"] == "price_list")
    returns, _ = listing.page(store, ALL, Wanted("document_return"), 1, None)
    one = f"{PLACE}/all/{to_text(prices.id)}"
    return {
        "documents": f"{PLACE}/all",
        "document": one,
        "document-new": f"{PLACE}/all/new",
        "document-edition": f"{one}/edition",
        "document-withdraw": f"{one}/withdraw",
        "returns": f"{PLACE}/returns",
        "return": f"{PLACE}/returns/{to_text(returns[0].id)}",
    }


def _document(store: Store, title: str, kind: str, keep: bool, target: Mapping[str, Any]) -> bytes:
    row = store.environment.new_id()
    _write(store, [
        _new(store, "document", row, title=title, kind=kind, keep_offline=keep),
        _new(store, "document_target", store.environment.new_id(), document=row, **target),
    ])  # fmt: skip
    return row


def _edition(store: Store, uploads: Uploads, document: bytes, content: str, **values: Any) -> None:
    data, row = b"%PDF-" + content.encode(), store.environment.new_id()
    digest = hashlib.sha256(data).digest()
    upload = uploads.begin(OFFICE, digest, len(data))
    uploads.add(OFFICE, upload.id, 0, data, digest)
    entity = store.schema.entities["document_edition"]
    published: dict[int, Stored] = {entity.by_name["status"].number: "published"}
    _write(store, [
        _new(store, entity.name, row, document=document, file=digest, size=len(data),
             file_name=f"{content}.pdf", media_type="application/pdf", status="draft", **values),
        Operation(Action.UPDATE, store.schema.tags[entity.name], row, published),
    ])  # fmt: skip


def _new(store: Store, entity: str, row: bytes, **values: Any) -> Operation:
    by_name = store.schema.entities[entity].by_name
    stored = {by_name[name].number: value for name, value in values.items() if value != ""}
    return Operation(Action.INSERT, store.schema.tags[entity], row, stored)


def _write(store: Store, operations: list[Operation]) -> None:
    verdict = store.write(Author(Source.OFFICE, None, "documents", None), operations)
    assert verdict.version is not None, verdict

"""Documents of a field force, for the portal's pages: given out to markets, and forms under way."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

from benchmarks.data import operation
from benchmarks.office import Office
from modules.documents.jobs import follow
from syncengine.model.fields import Stored
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.uploads import Bounds, Uploader, Uploads

BATCHES = 1_000  # of the job: far more than there is work for
FILE = b"%PDF-1.7"
WHO = Uploader(bytes(15) + b"o", bytes(15) + b"o")


def add_documents(office: Office, many: int) -> None:
    """So many, each for a market and one customer; and a form that every rep is filling in."""
    digest, new_id = _uploaded(office), office.generator.new_id
    reps, markets = office.generator.owners, office.generator.markets
    shops = [office.first_of[rep] for rep in reps]
    now, editions = office.store.environment.now(), list[bytes]()
    for number in range(many):
        document, edition = new_id(), new_id()
        aims: list[dict[str, Stored]] = [
            {"market": markets[number % len(markets)]}, {"customer": shops[number % len(shops)]},
        ]  # fmt: skip
        fields: dict[str, Stored] = {
            "document": document, "file": digest, "file_name": "form.pdf", "size": len(FILE),
            "media_type": "application/pdf", "valid_from": now, "status": "draft",
        }  # fmt: skip
        about: dict[str, Stored] = {
            "title": f"Form {number}", "kind": "form", "keep_offline": False,
        }  # fmt: skip
        office.write([
            operation("document", document, about),
            *(operation("document_target", new_id(), {"document": document, **aim})
              for aim in aims),
            operation("document_edition", edition, fields),
        ])  # fmt: skip
        office.update("document_edition", edition, status="published")
        editions.append(edition)
    follow(office.store, BATCHES)
    office.insert_all([
        operation("document_return", new_id(), {
            "edition": editions[place % many], "customer": shop, "status": "draft",
        })
        for place, shop in enumerate(shops)
    ])  # fmt: skip


def _uploaded(office: Office) -> bytes:
    """What the office uploaded; its bytes are not kept, for no page shows them."""
    digest = hashlib.sha256(FILE).digest()
    with tempfile.TemporaryDirectory() as folder:
        blobs = BlobFolder(Path(folder), office.store.environment.reached)
        uploads = Uploads(office.store, blobs, Bounds(len(FILE), len(FILE)))
        upload = uploads.begin(WHO, digest, len(FILE))
        uploads.add(WHO, upload.id, 0, FILE, digest)
    return digest

"""Documents of a field force, for the portal's pages: given out to markets, and forms under way."""

from __future__ import annotations

from benchmarks.data import operation
from benchmarks.field_files import uploaded
from benchmarks.office import Office
from modules.documents.jobs import follow
from syncengine.model.fields import Stored

BATCHES = 1_000  # of the job: far more than there is work for
FILE = b"%PDF-1.7"
CLERK = bytes(15) + b"o"  # who uploaded it


def add_documents(office: Office, many: int) -> None:
    """So many, each for a market and one customer; and a form that every rep is filling in."""
    digest, new_id = uploaded(office, [CLERK], FILE), office.generator.new_id
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

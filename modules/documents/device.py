"""Documents on a rep's device: what is valid now, its file, and signed forms that go back.

    documents = Documents(device)  # before its first sync: files come as their flags say
    device.sync()
    for document in documents.valid():
        if documents.is_here(document.edition):
            content = b"".join(documents.open(document.edition))
    documents.return_form(document.edition, file, "Ms Meyer", customer)

All of it but fetching works offline. Apps import this module; nothing else does.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from device_sdk import Device, Row, RowId

FLAGS = {"document_edition": "keep_offline"}


class NoDocument(LookupError):
    """There is no such document, edition or return on this device, or it is not valid now."""


class NotAForm(ValueError):
    """Only forms are signed and returned."""


@dataclass(frozen=True)
class Document:
    """A document in the edition that is valid now; one for each language. size: bytes. here:
    whether its file can be opened without the network. keep_offline: the office wants it here.
    """

    id: uuid.UUID
    edition: uuid.UUID
    title: str
    kind: str
    language: str
    whats_new: str
    valid_from: dt.datetime
    valid_until: dt.datetime | None
    file_name: str
    media_type: str
    size: int
    keep_offline: bool
    here: bool


@dataclass(frozen=True)
class Return:
    """A signed form that is not with the office. reason: why the office reopened it; empty: it was
    not returned yet. title: of the form; empty when that left this device.
    """

    id: uuid.UUID
    edition: uuid.UUID
    title: str
    customer: uuid.UUID | None
    signed_by: str
    note: str
    signed_file: bytes | None
    signature: bytes | None
    status: str
    reason: str


class Documents:
    """Those of one device. From its making on, files that are not to be kept offline come when they
    are opened, and the others unasked.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        device.attachments.flags.update(FLAGS)

    # -- what is valid

    def valid(self, customer: RowId | None = None) -> list[Document]:
        """By title; with a customer: those that go with this customer or its market."""
        editions: dict[tuple[object, object], Row] = {}
        for row in self._device.rows("document_edition", "1 ORDER BY valid_from, id"):
            editions[row["document"], row["language"]] = row  # the one that began last
        wanted = None if customer is None else self._of_customer(_bytes(customer))
        documents = {row.id: row for row in self._device.rows("document")}
        found = [
            self._document(document, edition)
            for (of, _), edition in editions.items()
            if (document := documents.get(cast(uuid.UUID, of))) is not None
            and (wanted is None or document.id in wanted)
        ]
        return sorted(found, key=lambda one: (one.title.casefold(), one.language, one.id))

    def get(self, edition: RowId) -> Document:
        """The document in an edition that is on this device and valid; NoDocument."""
        row = self._edition(edition)
        document = self._device.get("document", cast(uuid.UUID, row["document"]))
        if document is None:
            raise NoDocument(str(edition))
        return self._document(document, row)

    def open(self, edition: RowId) -> Iterator[bytes]:
        """Its file, in pieces; fetched first where it is not here. NoDocument; Offline
        (device_sdk.errors) when it cannot be fetched now; NotHere (device_sdk.attachments) when it
        is not given to this device.
        """
        digest = cast(bytes, self._edition(edition)["file"])
        if not self._device.attachments.is_here(digest):
            self._device.attachments.fetch(digest)
        return self._device.attachments.read(digest)

    def keep(self, document: RowId, kept: bool = True) -> None:
        """Keep the files of the editions that are valid now here, beside what the office wants
        kept; each device for itself. The next sync brings them. False takes this back, and nothing
        of what the office wants.
        """
        rows = self._device.rows("document_edition", "document=?", [_bytes(document)])
        if not rows:
            raise NoDocument(str(document))
        for row in rows:
            self._device.attachments.keep(cast(bytes, row["file"]), kept)

    # -- forms

    def return_form(
        self,
        edition: RowId,
        signed_file: bytes,
        signed_by: str,
        customer: RowId | None = None,
        *,
        signature: bytes | None = None,
        note: str = "",
    ) -> uuid.UUID:
        """Give a signed form back to the office: a photo or PDF that was attached before, by its
        SHA-256, and perhaps a picture of the signature. It leaves this device once the server has
        it. NoDocument, NotAForm; Refused with the reason.
        """
        document = self.get(edition)
        if document.kind != "form":
            raise NotAForm(document.title)
        whose = {"customer": customer} if customer else {"employee": self._device.person}
        with self._device.changeset() as changes:
            row = changes.insert(
                "document_return", edition=document.edition, status="draft", note=note or None,
                signed_file=signed_file, signature=signature, signed_by=signed_by.strip() or None,
                **whose,
            )  # fmt: skip
            changes.update("document_return", row, status="returned")
        return row

    def return_again(
        self,
        returned: RowId,
        signed_file: bytes | None = None,
        signed_by: str | None = None,
        *,
        signature: bytes | None = None,
        note: str | None = None,
    ) -> None:
        """Give one that the office reopened back, with what is given instead of what was.
        NoDocument; Refused with the reason.
        """
        if self._device.get("document_return", returned) is None:
            raise NoDocument(str(returned))
        given = {
            "signed_file": signed_file, "signed_by": signed_by, "signature": signature, "note": note
        }  # fmt: skip
        changed = {name: value for name, value in given.items() if value is not None}
        with self._device.changeset() as changes:
            changes.update("document_return", returned, status="returned", **changed)

    def open_returns(self, customer: RowId | None = None) -> list[Return]:
        """Those that the office reopened, or that were not returned yet; with a customer: its."""
        where, asked = "status<>'returned'", list[object]()
        if customer is not None:
            where, asked = f"{where} AND customer=?", [_bytes(customer)]
        found = self._device.rows("document_return", f"{where} ORDER BY id LIMIT 1000", asked)
        return [self._return(row) for row in found]

    # -- reading

    def _edition(self, edition: RowId) -> Row:
        row = self._device.get("document_edition", edition)
        if row is None:
            raise NoDocument(str(edition))
        return row

    def _document(self, document: Row, edition: Row) -> Document:
        return Document(
            document.id,
            edition.id,
            str(document["title"]),
            str(document["kind"]),
            str(edition["language"] or ""),
            str(edition["whats_new"] or ""),
            cast(dt.datetime, edition["valid_from"]),
            cast("dt.datetime | None", edition["ends_at"] or edition["valid_until"]),
            str(edition["file_name"]),
            str(edition["media_type"]),
            cast(int, edition["size"]),
            bool(document["keep_offline"]),
            self._device.attachments.is_here(cast(bytes, edition["file"])),
        )

    def _of_customer(self, customer: bytes) -> set[uuid.UUID]:
        """The documents that are delivered with a customer, or with its market or one above."""
        found = self._device.query(
            "WITH RECURSIVE above(id) AS (SELECT market FROM customer WHERE id=?1"
            " UNION SELECT market.parent FROM market JOIN above ON market.id=above.id)"
            " SELECT document FROM document_delivery"
            " WHERE customer=?1 OR market IN (SELECT id FROM above)",
            [customer],
        )
        return {uuid.UUID(bytes=cast(bytes, row[0])) for row in found}

    def _return(self, row: Row) -> Return:
        edition = self._device.get("document_edition", cast(uuid.UUID, row["edition"]))
        of = edition and self._device.get("document", cast(uuid.UUID, edition["document"]))
        return Return(
            row.id,
            cast(uuid.UUID, row["edition"]),
            str(of["title"]) if of else "",
            cast("uuid.UUID | None", row["customer"]),
            str(row["signed_by"] or ""),
            str(row["note"] or ""),
            cast("bytes | None", row["signed_file"]),
            cast("bytes | None", row["signature"]),
            str(row["status"]),
            str(row["reason"] or ""),
        )


def _bytes(row: RowId) -> bytes:
    if isinstance(row, bytes):
        return row
    return (row if isinstance(row, uuid.UUID) else uuid.UUID(row)).bytes

"""Documents of the small installation, and what tests ask about them."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from device_sdk import Device
from modules.documents.device import Documents
from modules.documents.jobs import WATCHED, follow
from modules.documents.manifest import DOCUMENTS
from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from server.watching import Watching
from syncengine.model.changeset import Operation, Verdict
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Uploader, Uploads
from tests.attachments.scene import BOUNDS, Carrying
from tests.support.world import DAY, Faults, World

SCHEMA = Schema((MASTERDATA, OFFICE, DOCUMENTS))
START = 1_767_225_600_000_000  # 2026-01-01
Target = Mapping[str, Stored]


class Library(World):
    """The small installation with the module, files, and a clock that tests move."""

    def __init__(
        self, url: str, folder: Path, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.at = START
        self._deliver = Watching(follow, WATCHED["deliveries"])
        super().__init__(url, folder, now=lambda: self.at, schema=SCHEMA, random_bytes=random_bytes)
        self.blobs = BlobFolder(folder / "blobs", self.environment.reached)
        self.uploads = Uploads(self.store, self.blobs, BOUNDS)
        self.downloads = Downloads(self.store, self.blobs)

    def transport(self, faults: Faults | None) -> Carrying:
        """A way to this server, for files, too."""
        made = Carrying(
            self.store, faults or Faults(), uploads=self.uploads, downloads=self.downloads
        )
        self.transports.append(made)
        return made

    def file(self, content: bytes) -> bytes:
        """A file that the office uploaded; its SHA-256."""
        digest, office = hashlib.sha256(content).digest(), bytes(15) + b"o"
        who = Uploader(office, office)
        upload = self.uploads.begin(who, digest, len(content))
        for start in range(upload.offset, len(content), MAX_PIECE_BYTES):
            piece = content[start : start + MAX_PIECE_BYTES]
            self.uploads.add(who, upload.id, start, piece, hashlib.sha256(piece).digest())
        return digest

    def document(
        self, *targets: Target, title: str = "Prices", kind: str = "price_list", keep: bool = False
    ) -> bytes:
        """A document without an edition, for these."""
        document = self.insert("document", title=title, kind=kind, keep_offline=keep)
        for target in targets:
            assert self.write([self.new("document_target", document=document, **target)]).version
        return document

    def edition(self, document: bytes, content: bytes, **values: Stored) -> bytes:
        """One that is published, from now on or from `begins` days on."""
        self.at += 1_000  # ids are in the order of milliseconds
        row = self.environment.new_id()
        begins, days = values.pop("begins", 0), values.pop("days", None)
        assert isinstance(begins, int)
        fields: dict[str, Stored] = {
            "document": document,
            "file": self.file(content),
            "file_name": "list.pdf",
            "media_type": "application/pdf",
            "size": len(content),
            "valid_from": self.at + begins * DAY,
            **values,
        }
        if isinstance(days, int):
            fields["valid_until"] = self.at + (begins + days) * DAY
        verdict = self.write(
            [
                self.operation(Action.INSERT, "document_edition", row, status="draft", **fields),
                self.operation(Action.UPDATE, "document_edition", row, status="published"),
            ]
        )
        assert verdict.version is not None, verdict
        return row

    def given_out(self, *targets: Target, content: bytes = b"%PDF-1", **how: Any) -> bytes:
        """A document with one edition, delivered."""
        document = self.document(*targets, **how)
        self.edition(document, content)
        self.work()
        return document

    def withdraw(self, edition: bytes) -> Verdict:
        """By the office."""
        return self.update("document_edition", edition, status="withdrawn")

    def new(self, entity: str, **fields: Stored) -> Operation:
        """A row to be inserted."""
        return self.operation(Action.INSERT, entity, self.environment.new_id(), **fields)

    def work(self) -> int:
        """What the server's job does; how many rows."""
        return self._deliver(self.store, 100)

    def device(self, person: str, name: str | None = None) -> tuple[Device, Documents]:
        """Enrolled, with what there is for that person."""
        device = self.enrol(person, name=name)
        documents = Documents(device)
        device.sync()
        return device, documents

    def substitute(self, absent: str, substitute: str) -> bytes:
        """Somebody stands in for somebody, from now on."""
        people = self.people[absent], self.people[substitute]
        return self.insert("substitution", absent=people[0], substitute=people[1], active=True)

    def market(self, number: str, parent: bytes | None = None) -> bytes:
        """A node of the market hierarchy."""
        return self.insert("market", number=number, name=number, parent=parent)

    def rows(self, entity: str, **equal: Stored) -> list[dict[str, Any]]:
        """At the server, by id."""
        table = self.store.tables[entity]
        wanted = sa.select(table).where(*(table.c[name] == v for name, v in equal.items()))
        with self.store.engine.connect() as connection:
            return [dict(row) for row in connection.execute(wanted.order_by(table.c.id)).mappings()]

    def later(self, days: float = 1) -> None:
        """Time passes."""
        self.at += int(days * DAY)


def attach(device: Device, content: bytes) -> bytes:
    """A photo that a rep took."""
    return device.attachments.attach(BytesIO(content))

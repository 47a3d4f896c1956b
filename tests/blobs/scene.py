"""A server's store with its blobs, and master data with photos that refer to them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from modules.masterdata.manifest import MASTERDATA
from modules.office.manifest import OFFICE
from syncengine.model.custom import CustomField, extended
from syncengine.model.entity import DeviceRight, Field
from syncengine.model.fields import BlobReference
from syncengine.protocol.limits import MIN_PIECE_BYTES
from syncengine.store import tables as t
from syncengine.store.blob_collection import Collector
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.database import reading
from syncengine.store.uploads import Bounds, Upload, Uploader, Uploads
from tests.support.days import BEGIN
from tests.support.wire import NaiveDevice
from tests.support.world import DAY, Faults, World

PHOTO = Field(151, "photo", BlobReference(), device=DeviceRight.WRITE)
SIGN = Field(152, "sign", BlobReference(), device=DeviceRight.WRITE)
FIELDS = [CustomField("customer", PHOTO), CustomField("note", PHOTO)]
SCHEMA = extended([MASTERDATA, OFFICE], [*FIELDS, CustomField("customer", SIGN)])
WITHOUT_SIGN = extended(
    [MASTERDATA, OFFICE], [*FIELDS, CustomField("customer", SIGN, removed=True)]
)
PIECE = MIN_PIECE_BYTES
BOUNDS = Bounds(blob=10 * PIECE, unused=20 * PIECE)
KEPT_DAYS = 10


def digest(content: bytes) -> bytes:
    """The hash by which a blob goes."""
    return hashlib.sha256(content).digest()


@dataclass
class Hooked(Faults):
    """meanwhile: called at every crash point, with its name: what somebody else does just then."""

    meanwhile: Callable[[str], None] = lambda _point: None

    def reached(self, point: str) -> None:
        """The environment's hook."""
        self.meanwhile(point)
        super().reached(point)


class Place:
    """People upload with seats of their own; the test moves the day. world: one that is there,
    with a clock of its own.
    """

    def __init__(self, url: str, folder: Path, world: World | None = None) -> None:
        self.day = 0
        self.faults = Hooked()
        self.world = world or World(url, folder, self.now, self.faults, SCHEMA)
        self.blobs = BlobFolder(folder / "blobs", self.world.environment.reached)
        self.uploads = Uploads(self.world.store, self.blobs, BOUNDS)

    def now(self) -> int:
        """The instant."""
        return BEGIN + self.day * DAY

    def seat(self, name: str) -> Uploader:
        """A new seat of that person."""
        return Uploader(self.world.environment.new_id(), self.world.people[name])

    def send(self, who: Uploader, upload: Upload, content: bytes) -> Upload:
        """Go on with an upload until it is complete."""
        while upload.offset < upload.length:
            piece = content[upload.offset : upload.offset + PIECE]
            upload = self.uploads.add(who, upload.id, upload.offset, piece, digest(piece))
        return upload

    def upload(self, who: Uploader, content: bytes) -> bytes:
        """The hash of a content that is uploaded whole."""
        self.send(who, self.uploads.begin(who, digest(content), len(content)), content)
        return digest(content)

    def upload_by(self, device: NaiveDevice, content: bytes) -> bytes:
        """The same by a device."""
        return self.upload(Uploader(device.seat.id, device.seat.person), content)

    def collect(self, rounds: int = 10) -> int:
        """Drop what is older than it is kept, as a new process does; how many blobs went."""
        uploads = Uploads(self.world.store, self.blobs, BOUNDS)
        collector = Collector(self.world.store, self.blobs, uploads, KEPT_DAYS * DAY)
        return collector.collect(rounds)

    def photo(self, row_id: bytes) -> bytes | None:
        """What a customer's photo is."""
        c = self.world.store.tables["customer"].c
        with reading(self.world.store.engine) as connection:
            found: bytes | None = connection.scalar(sa.select(c.photo).where(c.id == row_id))
        return found

    def complete(self) -> set[tuple[bytes, bytes]]:
        """(digest, uploader) of what the server says is complete."""
        by = t.blob_uploader.c
        with reading(self.world.store.engine) as connection:
            rows = connection.execute(
                sa.select(by.digest, by.uploader).join(t.blob, t.blob.c.digest == by.digest)
            )
            return {(row.digest, row.uploader) for row in rows}

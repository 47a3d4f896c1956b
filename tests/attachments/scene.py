"""Devices with attachments, a server in this process, and what goes wrong between them."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from device_sdk import Device
from device_sdk.errors import Offline
from device_sdk.transport import Response
from syncengine.model.errors import SyncError
from syncengine.protocol.messages import Failure, encode
from syncengine.store.blob_folder import BlobFolder
from syncengine.store.downloads import Downloads
from syncengine.store.uploads import Bounds, Upload, Uploader, Uploads
from tests.blobs.scene import SCHEMA
from tests.support.days import BEGIN
from tests.support.world import DAY, Direct, Faults, World

BOUNDS = Bounds(blob=8 * 2**20, unused=64 * 2**20)
RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class Carrying(Direct):
    """A connection that carries attachments. lose: the answer of so many requests from now, counted
    down; cut: so many bytes of the next download arrive.
    """

    uploads: Uploads = field(kw_only=True)
    downloads: Downloads = field(kw_only=True)
    lose: int | None = None
    cut: int | None = None
    asked: list[str] = field(default_factory=list)

    @contextmanager
    def ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Iterator[Response]:
        """One request."""
        if self.faults.offline:
            raise Offline("The server was not reached.")
        self.asked.append(method)
        try:
            response = self._respond(method, path, headers, body)
        except SyncError as error:
            data = [(name, str(value)) for name, value in error.data.items()]
            response = Response(400, iter([encode(Failure(error.code, error.detail, data))]))
        if self.lose is not None:
            self.lose -= 1
            if self.lose < 0:
                self.lose = None
                raise Offline("The answer was lost.")
        yield response

    def _respond(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Response:
        seat = self._seat(headers)
        if method == "GET":
            return self._download(seat.person, bytes.fromhex(path.rpartition("/")[2]), headers)
        who = Uploader(seat.id, seat.person)
        if method == "POST":
            found = _hash(headers["upload-metadata"])
            return _told(201, self.uploads.begin(who, found, int(headers["upload-length"])))
        upload = bytes.fromhex(path.rpartition("/")[2])
        checksum = _hash(headers["upload-checksum"])
        offset = int(headers["upload-offset"])
        return _told(204, self.uploads.add(who, upload, offset, body, checksum))

    def _download(self, person: bytes, digest: bytes, headers: Mapping[str, str]) -> Response:
        whole = self.downloads.length(person, digest)
        found = RANGE.fullmatch(headers["range"])
        assert found is not None
        start, end = int(found[1]), min(int(found[2]) + 1, whole)
        content = self.downloads.read(person, digest, start, end - start)
        told = {"content-range": f"bytes {start}-{end - 1}/{whole}"}
        return Response(206, self._pieces(content), headers=told)

    def _pieces(self, content: bytes) -> Iterator[bytes]:
        if self.cut is not None and self.cut < len(content):
            cut, self.cut = self.cut, None
            yield content[:cut]
            raise Offline("The connection broke.")
        yield content


def _hash(text: str) -> bytes:
    return base64.b64decode(text.partition(" ")[2])


def _told(status: int, upload: Upload) -> Response:
    headers = {"location": f"/v1/blobs/uploads/{upload.id.hex()}"}
    return Response(status, iter(()), headers=headers | {"upload-offset": str(upload.offset)})


class Field(World):
    """`boss` leads `a` and `b`; customers with photos; the test moves the day."""

    def __init__(self, folder: Path) -> None:
        self.day = 0
        super().__init__(
            f"sqlite:///{folder / 'server.db'}", folder, lambda: BEGIN + self.day * DAY,
            schema=SCHEMA,
        )  # fmt: skip
        self.blobs = BlobFolder(folder / "blobs", self.environment.reached)
        self.uploads = Uploads(self.store, self.blobs, BOUNDS)
        self.downloads = Downloads(self.store, self.blobs)

    def transport(self, faults: Faults | None) -> Carrying:
        """A way to this server."""
        made = Carrying(
            self.store, faults or Faults(), uploads=self.uploads, downloads=self.downloads
        )
        self.transports.append(made)
        return made


def abandon(device: Device) -> None:
    """End the process, as far as files go."""
    device._reader.close()
    device._store.database.close()


def content_of(device: Device, digest: bytes) -> bytes:
    """All of an attachment."""
    return b"".join(device.attachments.read(digest))


def files(device: Device) -> list[Path]:
    """What lies in the attachments' folder."""
    folder = device._store.database.path.parent / "attachments"
    return sorted(folder.iterdir()) if folder.exists() else []

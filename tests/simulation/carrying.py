"""Attachments on their way between one device and the servers, and what goes wrong there."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from device_sdk.errors import Offline
from device_sdk.transport import Response
from syncengine.model.errors import SyncError
from syncengine.store.blob_store import BlobStore
from syncengine.store.downloads import Downloads
from syncengine.store.seats import Seat
from syncengine.store.store import Store
from syncengine.store.uploads import Bounds, Upload, Uploader, Uploads
from tests.simulation.faults import Crash, Fault

RANGE = re.compile(r"bytes=(\d+)-(\d+)")


@dataclass
class Way:
    """blobs: the servers' own. bounds: as they are now. restart: ends the server process that
    crashed and starts another one. refused: is told the codes of what the servers did not take.
    """

    server: Callable[[], Store]
    blobs: BlobStore
    bounds: Callable[[], Bounds]
    restart: Callable[[], None]
    counts: Counter[str]
    fault: Fault | None = None

    def ask(
        self, seat: bytes, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        """One request; SyncError where it is refused, Offline where nothing comes back."""
        fault = self._due(method)
        kind = fault.kind if fault else ""
        if kind == "piece_dropped":
            raise Offline("The request was dropped.")
        if kind == "piece_cut":
            assert fault is not None
            body = body[: fault.bytes % len(body)]
        try:
            if kind == "piece_twice":
                self._unheard(seat, method, path, headers, body)
            response = self._respond(seat, method, path, headers, body)
        except Crash:
            self.restart()
            raise Offline("The server is gone.") from None
        assert kind != "piece_cut", "half a piece was taken"
        if kind == "piece_answer_lost":
            raise Offline("The answer was lost.")
        if kind == "download_cut":
            assert fault is not None
            return Response(response.status, _cut(response, fault.bytes), headers=response.headers)
        return response

    def _due(self, method: str) -> Fault | None:
        """What goes wrong with this request."""
        fault = self.fault
        if fault is None or method not in ASKED[fault.kind]:
            return None
        if fault.skip:
            fault.skip -= 1
            return None
        self.fault = None
        self.counts[fault.kind] += 1
        return fault

    def _unheard(
        self, seat: bytes, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> None:
        with suppress(SyncError):  # it has an answer of its own, that nobody hears
            self._respond(seat, method, path, headers, body)

    def _respond(
        self, seat_id: bytes, method: str, path: str, headers: Mapping[str, str], body: bytes
    ) -> Response:
        store = self.server()
        seat = store.seats.find(seat_id)
        if method == "GET":
            return self._download(store, seat, bytes.fromhex(path.rpartition("/")[2]), headers)
        uploads = Uploads(store, self.blobs, self.bounds())
        who = Uploader(seat.id, seat.person)
        if method == "POST":
            digest = _hash(headers["upload-metadata"])
            return self._told(201, uploads.begin(who, digest, int(headers["upload-length"])))
        checksum, offset = _hash(headers["upload-checksum"]), int(headers["upload-offset"])
        upload = bytes.fromhex(path.rpartition("/")[2])
        return self._told(204, uploads.add(who, upload, offset, body, checksum))

    def _told(self, status: int, upload: Upload) -> Response:
        self.counts["blob uploaded"] += upload.offset == upload.length
        headers = {"location": f"/v1/blobs/uploads/{upload.id.hex()}"}
        return Response(status, iter(()), headers=headers | {"upload-offset": str(upload.offset)})

    def _download(
        self, store: Store, seat: Seat, digest: bytes, headers: Mapping[str, str]
    ) -> Response:
        downloads = Downloads(store, self.blobs)
        whole = downloads.length(seat.person, digest)
        found = RANGE.fullmatch(headers["range"])
        assert found is not None
        start, end = int(found[1]), min(int(found[2]) + 1, whole)
        content = downloads.read(seat.person, digest, start, end - start)
        told = {"content-range": f"bytes {start}-{end - 1}/{whole}"}
        self.counts["blob downloaded"] += end == whole
        return Response(206, iter([content]), headers=told)


# Which requests a fault may meet.
ASKED = {
    "piece_dropped": ("POST", "PATCH", "GET"),
    "piece_answer_lost": ("POST", "PATCH"),
    "piece_cut": ("PATCH",),
    "piece_twice": ("POST", "PATCH"),
    "download_cut": ("GET",),
}


def _cut(response: Response, most: int) -> Iterator[bytes]:
    """So many bytes of an answer."""
    content = b"".join(response.pieces)
    yield content[: most % len(content)]
    raise Offline("The connection broke.")


def _hash(text: str) -> bytes:
    return base64.b64decode(text.partition(" ")[2])

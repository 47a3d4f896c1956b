"""Uploads of blobs, after the model of tus 1.0: begin, ask how far it is, send the next piece.

POST /v1/blobs begins one; /v1/blobs/uploads/<id> is where it goes on: HEAD, PATCH, DELETE. There
are no file names here, so that none can mean a place.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from server.http.body import read_body
from server.http.errors import HttpRefused
from server.http.seats import SeatCache
from server.http.sync import bearer
from server.http.workers import Workers
from server.tokens import Tokens
from syncengine.model.errors import Malformed
from syncengine.model.ids import is_id
from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store.blob_errors import BlobUnknown
from syncengine.store.uploads import Upload, Uploader, Uploads

PATH = "/v1/blobs"
PIECE_TYPE = "application/offset+octet-stream"
ALGORITHM = "sha256"
MAX_DIGITS = 15
Handler = Callable[[Uploader, Scope, Headers, Receive], Awaitable[tuple[int, Upload | None]]]


class UploadEndpoint:
    """The ASGI application behind both paths."""

    def __init__(
        self,
        uploads: Uploads,
        workers: Workers,
        tokens: Tokens,
        seats: SeatCache,
        stall_seconds: float,
    ) -> None:
        self._uploads = uploads
        self._workers = workers
        self._tokens = tokens
        self._seats = seats
        self._stall_seconds = stall_seconds
        self._handlers: dict[str, Handler] = {
            "POST": self._begin,
            "HEAD": self._standing,
            "PATCH": self._add,
            "DELETE": self._cancel,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        seat_id = self._tokens.seat(bearer(headers.get("authorization", "").encode("latin-1")))
        with self._workers.admitted():
            who = await self._workers.run(self._who, seat_id)
            status, upload = await self._handlers[scope["method"]](who, scope, headers, receive)
        await _answer(send, status, upload)

    def _who(self, seat_id: bytes) -> Uploader:
        self._seats.check(seat_id)
        return Uploader(seat_id, self._seats.get(seat_id).person)

    async def _begin(
        self, who: Uploader, _: Scope, headers: Headers, receive: Receive
    ) -> tuple[int, Upload | None]:
        length, digest = _number(headers, "upload-length"), _hash(headers, "upload-metadata")
        await read_body(receive, 0, self._stall_seconds)
        return 201, await self._workers.run(self._uploads.begin, who, digest, length)

    async def _standing(
        self, who: Uploader, scope: Scope, _headers: Headers, _receive: Receive
    ) -> tuple[int, Upload | None]:
        return 200, await self._workers.run(self._uploads.standing, who, _upload_of(scope))

    async def _add(
        self, who: Uploader, scope: Scope, headers: Headers, receive: Receive
    ) -> tuple[int, Upload | None]:
        upload, offset = _upload_of(scope), _number(headers, "upload-offset")
        checksum = _hash(headers, "upload-checksum")
        if headers.get("content-type") != PIECE_TYPE:
            raise HttpRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"The content type must be {PIECE_TYPE}.",
                close=True,
            )
        if headers.get("content-encoding", "identity") != "identity":
            raise HttpRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send no content encoding.", close=True
            )
        piece = await read_body(receive, MAX_PIECE_BYTES, self._stall_seconds)
        add = self._uploads.add
        return 204, await self._workers.run(add, who, upload, offset, piece, checksum)

    async def _cancel(
        self, who: Uploader, scope: Scope, _headers: Headers, _receive: Receive
    ) -> tuple[int, Upload | None]:
        await self._workers.run(self._uploads.cancel, who, _upload_of(scope))
        return 204, None


def _upload_of(scope: Scope) -> bytes:
    text = scope["path_params"]["upload"]
    try:
        found = bytes.fromhex(text)
    except ValueError:
        found = b""
    if not is_id(found) or found.hex() != text:
        raise BlobUnknown("There is no such upload.")
    return found


def _number(headers: Headers, name: str) -> int:
    text = headers.get(name, "")
    if not (text.isascii() and text.isdigit()) or len(text) > MAX_DIGITS:
        raise Malformed(f"the header {name} has a number of bytes")
    return int(text)


def _hash(headers: Headers, name: str) -> bytes:
    """Of `sha256 <base64>`, as tus has it in metadata and checksums."""
    algorithm, _, text = headers.get(name, "").partition(" ")
    try:
        found = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        found = b""
    if algorithm != ALGORITHM or len(found) != 32:
        raise Malformed(f"the header {name} has the form: {ALGORITHM} <base64>")
    return found


async def _answer(send: Send, status: int, upload: Upload | None) -> None:
    headers = [(b"cache-control", b"no-store")]
    if status != HTTPStatus.NO_CONTENT:
        headers.append((b"content-length", b"0"))
    if upload is not None:
        headers += [
            (b"location", f"{PATH}/uploads/{upload.id.hex()}".encode("ascii")),
            (b"upload-offset", str(upload.offset).encode("ascii")),
            (b"upload-length", str(upload.length).encode("ascii")),
        ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})

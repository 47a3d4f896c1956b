"""GET /v1/blobs/<SHA-256>: the bytes of an attachment, whole or a range, to whoever sees a row that
refers to it.

They are somebody's bytes: whatever they claim to be, they go out as a file of no type to be saved,
which no browser runs or shows.
"""

from __future__ import annotations

import asyncio
import re
from contextlib import suppress
from http import HTTPStatus

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from server.http.body import Disconnected, read_body
from server.http.seats import SeatCache
from server.http.sync import bearer
from server.http.workers import Workers
from server.tokens import Tokens
from syncengine.model.errors import Busy, SyncError
from syncengine.store.blob_errors import BlobUnknown
from syncengine.store.downloads import Downloads

PIECE_BYTES = 256 * 1024  # of which a download holds one
SHARE = 4  # of the places in flight, downloads take one in so many: syncs do not wait for them
DIGEST = re.compile(r"[0-9a-f]{64}")
RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
SAFE = [
    (b"content-type", b"application/octet-stream"),
    (b"content-disposition", b"attachment"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; sandbox"),
    (b"cache-control", b"no-store"),
    (b"accept-ranges", b"bytes"),
]


class DownloadEndpoint:
    """The ASGI application behind the path."""

    def __init__(
        self,
        downloads: Downloads,
        workers: Workers,
        tokens: Tokens,
        seats: SeatCache,
        stall_seconds: float,
        max_in_flight: int,
    ) -> None:
        self._downloads = downloads
        self._workers = workers
        self._tokens = tokens
        self._seats = seats
        self._stall_seconds = stall_seconds
        self._free = max(1, max_in_flight // SHARE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        seat = self._tokens.seat(bearer(headers.get("authorization", "").encode("latin-1")))
        digest = _digest_of(scope)
        if self._free <= 0:
            raise Busy("Too many downloads are under way: try again shortly.")
        self._free -= 1  # only ever touched on the event loop's thread
        try:
            with self._workers.admitted():
                await read_body(receive, 0, self._stall_seconds)
                length = await self._workers.run(self._length, seat, digest)
                start, end = asked = _range(headers, digest, length)
                await send(_begin(asked, length, digest))
                if scope["method"] == "HEAD" or start >= end:
                    await send({"type": "http.response.body", "body": b""})
                    return
                await self._stream((seat, digest, start, end), receive, send)
        finally:
            self._free += 1

    async def _stream(
        self, what: tuple[bytes, bytes, int, int], receive: Receive, send: Send
    ) -> None:
        """Piece by piece; cut where the person may no longer have it."""
        seat, digest, at, end = what
        gone = asyncio.ensure_future(receive())  # done when the client is
        try:
            while at < end and not gone.done() and not self._workers.closing:
                some = min(PIECE_BYTES, end - at)
                piece = await self._workers.run(self._read, seat, digest, at, some)
                at += len(piece)
                async with asyncio.timeout(self._stall_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": at < end})
        except (TimeoutError, SyncError):
            raise Disconnected from None  # the answer has begun: only its end can say so
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await gone
        if at < end:
            raise Disconnected

    def _length(self, seat: bytes, digest: bytes) -> int:
        self._seats.check(seat)
        return self._downloads.length(self._seats.get(seat).person, digest)

    def _read(self, seat: bytes, digest: bytes, start: int, length: int) -> bytes:
        self._seats.check(seat)
        piece = self._downloads.read(self._seats.get(seat).person, digest, start, length)
        if len(piece) != length:
            raise BlobUnknown("The attachment is shorter than it should be.")
        return piece


def _digest_of(scope: Scope) -> bytes:
    text = scope["path_params"]["digest"]
    if not DIGEST.fullmatch(text):
        raise BlobUnknown("There is no such attachment.")
    return bytes.fromhex(text)


def _range(headers: Headers, digest: bytes, length: int) -> tuple[int, int]:
    """(first byte, byte behind the last) that are wanted, (length, length) when there are none of
    these; all, when no range is asked for, or nothing that is one.
    """
    found = RANGE.fullmatch(headers.get("range", ""))
    other = headers.get("if-range", _tag(digest)) != _tag(digest)
    if found is None or other or found.groups() == ("", ""):
        return 0, length
    first, last = found.groups()
    if not first:
        start, end = max(length - int(last), 0), length
    else:
        start, end = int(first), min(int(last) + 1 if last else length, length)
        if last and int(last) < int(first):
            return 0, length  # no range at all
    return (start, end) if start < end else (length, length)


def _tag(digest: bytes) -> str:
    return f'"{digest.hex()}"'


def _begin(asked: tuple[int, int], length: int, digest: bytes) -> dict[str, object]:
    start, end = asked
    status, more = HTTPStatus.OK, [(b"etag", _tag(digest).encode("ascii"))]
    if start >= end:
        status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
        more.append((b"content-range", f"bytes */{length}".encode("ascii")))
    elif (start, end) != (0, length):
        status = HTTPStatus.PARTIAL_CONTENT
        more.append((b"content-range", f"bytes {start}-{end - 1}/{length}".encode("ascii")))
    more.append((b"content-length", str(end - start).encode("ascii")))
    return {"type": "http.response.start", "status": status, "headers": [*SAFE, *more]}

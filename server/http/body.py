"""Request bodies, bounded while they arrive."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from starlette.types import Message, Receive, Scope

from server.http.errors import HttpRefused, failure_of
from syncengine.model.errors import TooLarge
from syncengine.protocol.enrolment import MEDIA_TYPE

_MEDIA_TYPE = MEDIA_TYPE.encode("ascii")


class Disconnected(Exception):
    """The client went away; nobody is left to answer."""


class Headers:
    """The few headers that matter, found in one walk; names are lower case already (ASGI)."""

    __slots__ = ("authorization", "encoding", "length", "media_type")

    def __init__(self, scope: Scope) -> None:
        self.authorization = self.encoding = self.length = self.media_type = b""
        for name, value in scope["headers"]:
            if name == b"authorization":
                self.authorization = value
            elif name == b"content-type":
                self.media_type = value
            elif name == b"content-length":
                self.length = value
            elif name == b"content-encoding":
                self.encoding = value

    def check(self, limit: int) -> None:
        """Refuse what need not be read: another media type, a coded or a too long body."""
        if self.media_type != _MEDIA_TYPE:
            raise HttpRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                f"The content type must be {MEDIA_TYPE}.",
                close=True,
            )
        if self.encoding not in (b"", b"identity"):
            raise HttpRefused(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                "Bodies carry their own compression: send no content encoding.",
                close=True,
            )
        # no digits means chunked, or a value that the HTTP parser has refused already
        if self.length.isdigit() and int(self.length[:20]) > limit:
            raise _too_long(limit)


def _too_long(limit: int) -> HttpRefused:
    failure = failure_of(TooLarge(f"A request has at most {limit} bytes.", limit=limit))
    return HttpRefused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, failure, close=True)


async def read_body(receive: Receive, limit: int, stall_seconds: float) -> bytes:
    """The whole body, at most `limit` bytes: what arrives is counted, whatever was declared."""
    message = await _piece(receive, stall_seconds)
    body: bytes = message.get("body", b"")
    if not message.get("more_body", False):
        if len(body) > limit:
            raise _too_long(limit)
        return body
    collected = bytearray(body)
    while message.get("more_body", False):
        message = await _piece(receive, stall_seconds)
        collected += message.get("body", b"")
        if len(collected) > limit:
            raise _too_long(limit)
    return bytes(collected)


async def _piece(receive: Receive, stall_seconds: float) -> Message:
    try:
        async with asyncio.timeout(stall_seconds):
            message = await receive()
    except TimeoutError:
        raise HttpRefused(
            HTTPStatus.REQUEST_TIMEOUT, "The request stopped arriving.", close=True
        ) from None
    if message["type"] == "http.disconnect":
        raise Disconnected
    return message

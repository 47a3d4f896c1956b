"""GET /v1/wake: server-sent events that say "there may be something new", and nothing else."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from server.http.body import Disconnected, Headers
from server.http.errors import HttpRefused
from server.http.seats import SeatCache
from server.http.sync import bearer
from server.http.workers import Workers
from server.tokens import Tokens
from server.wake import Waiting, Wake

MEDIA_TYPE = b"text/event-stream"
SIGN_OF_LIFE = b":\n\n"  # a comment: dead connections are noticed, proxies keep live ones


class WakeEndpoint:
    """The ASGI application behind the path. A worker looks the seat up; nobody else waits."""

    def __init__(
        self, wake: Wake, workers: Workers, tokens: Tokens, seats: SeatCache, stall_seconds: float
    ) -> None:
        self._wake = wake
        self._workers = workers
        self._tokens = tokens
        self._seats = seats
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["method"] != "GET":  # the router takes HEAD for GET
            raise HttpRefused(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed.", close=True)
        seat, expires = self._tokens.opened(bearer(Headers(scope).authorization))
        with self._wake.joined(seat, expires) as waiting:
            await self._workers.run(self._seats.check, seat)
            gone = asyncio.create_task(_gone(receive, waiting))
            try:
                await self._stream(waiting, send)
            finally:
                gone.cancel()
                with suppress(asyncio.CancelledError):
                    await gone

    async def _stream(self, waiting: Waiting, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", MEDIA_TYPE),
                    (b"cache-control", b"no-store"),
                    (b"x-accel-buffering", b"no"),  # nginx would keep events back
                ],
            }
        )
        while (hinted := await waiting.next()) is not None:
            event = b"data: %d\n\n" % self._wake.version if hinted else SIGN_OF_LIFE
            await self._send(send, event, True)
        await self._send(send, b"", False)

    async def _send(self, send: Send, piece: bytes, more: bool) -> None:
        try:
            async with asyncio.timeout(self._stall_seconds):
                await send({"type": "http.response.body", "body": piece, "more_body": more})
        except TimeoutError:
            raise Disconnected from None


async def _gone(receive: Receive, waiting: Waiting) -> None:
    """End the stream when the device is gone; what it sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    waiting.end()

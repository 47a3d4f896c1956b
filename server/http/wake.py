"""GET /v1/wake: server-sent events that say "there may be something new", and nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.types import Receive, Scope, Send

from server.http.body import Headers
from server.http.errors import HttpRefused
from server.http.events import SIGN_OF_LIFE, send_events
from server.http.seats import SeatCache
from server.http.sync import bearer
from server.http.workers import Workers
from server.tokens import Tokens
from server.wake import Waiting, Wake


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
            events = self._events(waiting)
            await send_events(receive, send, events, waiting.end, self._stall_seconds)

    async def _events(self, waiting: Waiting) -> AsyncIterator[bytes]:
        while (hinted := await waiting.next()) is not None:
            yield b"data: %d\n\n" % self._wake.version if hinted else SIGN_OF_LIFE

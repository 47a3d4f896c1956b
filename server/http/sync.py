"""POST /v2/sync, and /v1/sync: authenticate, bound, decode, hand to the store, stream its answer.

All that needs a thread happens in one hop for a request whose answer fits one piece, which is
every sync without changes; a longer answer takes one hop a piece, and between two hops the store
holds nothing.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from server.http.body import Disconnected, Headers, read_body
from server.http.errors import log_refusal, send_bytes
from server.http.exchange import Exchange
from server.http.seats import SeatCache
from server.http.workers import Workers
from server.logs import logger
from server.settings import Settings
from server.tokens import Tokens
from syncengine.model.environment import Environment
from syncengine.model.errors import Busy, Unauthenticated
from syncengine.model.ids import to_text
from syncengine.protocol.enrolment import MEDIA_TYPE
from syncengine.protocol.limits import MAX_REQUEST_BYTES
from syncengine.protocol.messages import Failure, Unchanged
from syncengine.store.store import Store
from syncengine.store.sync_log import Sync, SyncLog


class SyncEndpoint:
    """The ASGI application behind the path; errors before the first byte go to its wrapper."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        environment: Environment,
        workers: Workers,
        tokens: Tokens,
        seats: SeatCache,
        log: SyncLog,
        protocol: int,
    ) -> None:
        self._store = store
        self._settings = settings
        self._environment = environment
        self._workers = workers
        self._tokens = tokens
        self._seats = seats
        self._syncs = log
        self._protocol = protocol

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = self._environment.now()
        headers = Headers(scope)
        headers.check(MAX_REQUEST_BYTES)
        seat_id = self._tokens.seat(bearer(headers.authorization))
        with self._workers.admitted():
            body = await read_body(receive, MAX_REQUEST_BYTES, self._settings.stall_seconds)
            exchange = Exchange(
                self._store, self._seats, self._environment, seat_id, self._protocol
            )
            piece = await self._workers.run(exchange.begin, body)
            bytes_in = len(body)
            del body  # a large push is not kept while its answer streams
            if exchange.last is not None:
                await send_bytes(send, 200, piece)
            else:
                await self._stream(exchange, piece, receive, send)
        self._log(exchange, seat_id, bytes_in, started)

    async def _stream(self, exchange: Exchange, piece: bytes, receive: Receive, send: Send) -> None:
        """Send piece by piece; the next one is made while one is sent, so a stream holds two."""
        gone = asyncio.ensure_future(receive())  # done when the client is: nothing else can arrive
        ahead: asyncio.Task[bytes] | None = None
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": 200,
                    "headers": [
                        (b"content-type", MEDIA_TYPE.encode("ascii")),
                        (b"cache-control", b"no-store"),
                    ],
                }
            )
            while True:
                more = exchange.last is None
                ahead = asyncio.create_task(self._next(exchange)) if more else None
                async with asyncio.timeout(self._settings.stall_seconds):
                    await send({"type": "http.response.body", "body": piece, "more_body": more})
                if ahead is None or gone.done():
                    break
                piece = await ahead
        except TimeoutError:
            raise Disconnected from None
        finally:
            gone.cancel()
            with suppress(asyncio.CancelledError):
                await asyncio.shield(self._end(exchange, ahead))

    async def _next(self, exchange: Exchange) -> bytes:
        if self._workers.closing:
            return exchange.stop(Busy("The server is being restarted."))
        return await self._workers.run(exchange.next)

    async def _end(self, exchange: Exchange, ahead: asyncio.Task[bytes] | None) -> None:
        """Close the stream once nothing reads from it any more."""
        if ahead is not None:
            await asyncio.wait([ahead])
        await self._workers.run(exchange.close)

    def _log(self, exchange: Exchange, seat_id: bytes, bytes_in: int, started: int) -> None:
        """Nothing for a sync without changes: a line would cost more than the sync."""
        took = self._environment.now() - started
        milliseconds = took // 1000
        quiet = isinstance(exchange.last, Unchanged) and not exchange.changesets
        if quiet and milliseconds < self._settings.slow_ms:
            return
        if isinstance(exchange.last, Failure):
            log_refusal(
                exchange.last, seat=to_text(seat_id), path=f"/v{self._protocol}/sync", streamed=True
            )
        last, hello = exchange.last, exchange.hello
        if hello is not None:
            ended = last.code if isinstance(last, Failure) else type(last).__name__ if last else ""
            self._syncs.note(
                Sync(
                    seat_id, started, took, exchange.changesets, bytes_in, exchange.bytes_out,
                    ended, hello.client, tuple(hello.modules),
                )
            )  # fmt: skip
        logger().info(
            "sync",
            seat=to_text(seat_id),
            changesets=exchange.changesets,
            bytes_in=bytes_in,
            bytes_out=exchange.bytes_out,
            ms=milliseconds,
            end=type(exchange.last).__name__,
        )


def bearer(authorization: bytes) -> bytes:
    """The token of an Authorization header; Unauthenticated when it holds none."""
    scheme, _, token = authorization.partition(b" ")
    if scheme.lower() != b"bearer" or not token:
        raise Unauthenticated("A bearer token is needed: ask for one.")
    return token

"""Server-sent events: the answer's head, pieces until there are no more, an end when nobody reads.

Nothing here needs a thread: a stream costs what its connection does.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import suppress

from starlette.types import Receive, Send

from server.http.body import Disconnected

MEDIA_TYPE = b"text/event-stream"
SIGN_OF_LIFE = b":\n\n"  # a comment: dead connections are noticed, proxies keep live ones
HEADERS = (
    (b"content-type", MEDIA_TYPE),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),  # nginx would keep events back
)


async def send_events(
    receive: Receive,
    send: Send,
    events: AsyncIterator[bytes],
    end: Callable[[], None],
    stall_seconds: float,
    more_headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send the events to the last one. end: makes the events end; called when the other side is
    gone. Disconnected when a piece is not taken within stall_seconds.
    """
    gone = asyncio.create_task(_gone(receive, end))
    try:
        headers = [*HEADERS, *more_headers]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        async for event in events:
            await _send(send, event, True, stall_seconds)
        await _send(send, b"", False, stall_seconds)
    finally:
        gone.cancel()
        with suppress(asyncio.CancelledError):
            await gone


async def _send(send: Send, piece: bytes, more: bool, stall_seconds: float) -> None:
    try:
        async with asyncio.timeout(stall_seconds):
            await send({"type": "http.response.body", "body": piece, "more_body": more})
    except TimeoutError:
        raise Disconnected from None


async def _gone(receive: Receive, end: Callable[[], None]) -> None:
    """What the other side sends is thrown away."""
    while (await receive())["type"] != "http.disconnect":
        pass
    end()

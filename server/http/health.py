"""GET /health: the process answers. GET /ready: it can do its work, so send it requests."""

from __future__ import annotations

from starlette.types import Receive, Scope, Send

from server.http.workers import Workers
from server.logs import logger
from syncengine.store.store import Store


class Health:
    """200 as long as the event loop turns; touches nothing else."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await _answer(send, 200, b'{"status":"alive"}')


class Ready:
    """200 when the database answers and is migrated; 503 when not, or when stopping."""

    def __init__(self, store: Store, workers: Workers) -> None:
        self._store = store
        self._workers = workers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self._workers.closing:
            await _answer(send, 503, b'{"status":"stopping"}')
            return
        try:
            await self._workers.run(self._store.status)
        except Exception as error:  # whatever keeps the database from answering, the answer is no
            logger().warning("not_ready", error=f"{type(error).__name__}: {error}")
            await _answer(send, 503, b'{"status":"database unavailable"}')
            return
        await _answer(send, 200, b'{"status":"ready"}')


async def _answer(send: Send, status: int, body: bytes) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode("ascii")),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

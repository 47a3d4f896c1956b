"""Streams of open pages, without a browser."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.types import Message

from tests.portal.conftest import Desk, Visitor

PATIENCE = 10.0  # seconds


class Stream:
    """A stream of the running application."""

    def __init__(self, desk: Desk, visitor: Visitor, at: str, **headers: str) -> None:
        self.raw = b""
        self.status = 0
        self.headers: dict[str, str] = {}
        cookie = "; ".join(f"{name}={value}" for name, value in visitor.http.cookies.items())
        named = {"host": "portal.test", "accept": "text/event-stream", "cookie": cookie, **headers}
        self._scope = {
            "type": "http", "method": "GET", "path": "/portal/live", "scheme": "http",
            "query_string": f"at={at}".encode(), "root_path": "", "http_version": "1.1",
            "headers": [(n.replace("_", "-").encode(), v.encode()) for n, v in named.items()],
            "client": ("192.0.2.1", 1), "server": ("portal.test", 80), "app": desk.app,
        }  # fmt: skip
        self.gone = asyncio.Event()
        self.news = asyncio.Event()
        self.ended = asyncio.create_task(desk.app(self._scope, self._receive, self._send))

    async def _receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {n.decode(): v.decode() for n, v in message["headers"]}
        self.raw += message.get("body", b"")
        self.news.set()

    async def told(self) -> str:
        """The panels of the next event."""
        async with asyncio.timeout(PATIENCE):
            while not (found := re.search(rb"id: (.+)\ndata: (.+)\n\n", self.raw)):
                self.news.clear()
                await self.news.wait()
        self.raw = self.raw[found.end() :]
        return found[2].decode()

    async def answered(self) -> int:
        """The status of an answer that ends by itself."""
        async with asyncio.timeout(PATIENCE):
            await self.ended
        return self.status


@asynccontextmanager
async def running(desk: Desk) -> AsyncIterator[None]:
    """The application as a server runs it."""
    async with desk.app.router.lifespan_context(desk.app):
        yield

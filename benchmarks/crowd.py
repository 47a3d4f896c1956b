"""Many seats that wait for hints, in one process; talks JSON lines with the bench.

Started as `python -m benchmarks.crowd URL FOLDER`. A seat here is a connection and nothing else, so
that what is measured is the server.
"""

from __future__ import annotations

import asyncio
import re
import resource
import sys
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.client import serve_commands

AT_ONCE = 50  # connections being made
HINT = re.compile(rb"data: ([0-9]+)\n")


class _Seat(asyncio.Protocol):
    """Sends one request and notes what hints arrive, with the time."""

    def __init__(self, crowd: Crowd, request: bytes) -> None:
        self._crowd = crowd
        self._request = request
        self._transport: asyncio.BaseTransport | None = None
        self.first = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        for version in HINT.findall(data):
            if not self.first.done():
                self.first.set_result(None)
            self._crowd.heard(int(version), time.monotonic())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.first.done():
            self.first.set_exception(RuntimeError("the server refused a seat"))
        self._crowd.lost += 1


class Crowd:
    """The seats, and the hints that they have heard since the last `clear`."""

    def __init__(self, url: str, _folder: Path) -> None:
        self._host, port = url.removeprefix("http://").split(":")
        self._port = int(port)
        self._changed = threading.Condition()
        self._hints: list[tuple[int, float]] = []
        self._loop = asyncio.new_event_loop()
        self.lost = 0
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def heard(self, version: int, at: float) -> None:
        """One hint."""
        with self._changed:
            self._hints.append((version, at))
            self._changed.notify_all()

    def connect(self, tokens: str) -> dict[str, Any]:
        """A seat for each line of a file; each has heard its first hint afterwards."""
        lines = Path(tokens).read_text(encoding="ascii").split()
        asyncio.run_coroutine_threadsafe(self._connect(lines), self._loop).result()
        return {"connected": len(lines)}

    async def _connect(self, tokens: list[str]) -> None:
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(token: str) -> None:
            request = (
                f"GET /v1/wake HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n"
            ).encode("ascii")
            async with gate:
                _, seat = await self._loop.create_connection(
                    lambda: _Seat(self, request), self._host, self._port
                )
                await seat.first

        await asyncio.gather(*(one(token) for token in tokens))

    def clear(self) -> dict[str, Any]:
        """Forget what was heard."""
        with self._changed:
            self._hints.clear()
        return {"lost": self.lost}

    def hints(self, version: int, count: int, seconds: float) -> dict[str, Any]:
        """When so many hints of that version had come, by the machine's monotonic clock."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._at(version)) >= count, seconds)
            return {"at": self._at(version)}

    def _at(self, version: int) -> list[float]:
        return [at for found, at in self._hints if found == version]


if __name__ == "__main__":
    sys.exit(serve_commands(Crowd, sys.argv[1:]))

"""A network that can fail: forwards connections to one of several places, until told otherwise."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from typing import Any, TypeVar

PIECE = 16_384  # bytes that are held of a connection in one direction
SECONDS = 10.0  # for what is told to the thread
T = TypeVar("T")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Place = Callable[[], Awaitable[Streams]]


def tcp(port: int) -> Place:
    """A port of this machine."""
    return lambda: asyncio.open_connection("127.0.0.1", port)


def unix(path: str) -> Place:
    """A socket of this machine."""
    return lambda: asyncio.open_unix_connection(path)


class Proxy:
    """Listens on `port`, in a thread of its own; new connections go to the places in turn.

    cut: ends all connections and takes no new ones. hang: keeps all and passes nothing on, in no
    direction. slow: passes each piece on after so many seconds. heal: all is well again; what hung
    goes on.
    """

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = list(places)
        self._turn = 0
        self._refusing = False
        self._delay = 0.0
        self._writers: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = self._do(self._listen())
        self.port: int = self._server.sockets[0].getsockname()[1]

    def cut(self) -> None:
        """See the class."""
        self._do(self._set(refusing=True))

    def hang(self) -> None:
        """See the class."""
        self._do(self._set(passing=False))

    def slow(self, seconds: float) -> None:
        """See the class."""
        self._do(self._set(delay=seconds))

    def heal(self) -> None:
        """See the class."""
        self._do(self._set())

    def close(self) -> None:
        """End everything."""
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _listen(self) -> asyncio.Server:
        self._passing = asyncio.Event()
        self._passing.set()
        return await asyncio.start_server(self._connected, "127.0.0.1", 0)

    async def _set(self, refusing: bool = False, passing: bool = True, delay: float = 0.0) -> None:
        self._refusing, self._delay = refusing, delay
        if passing:
            self._passing.set()
        else:
            self._passing.clear()
        if refusing:
            for writer in list(self._writers):
                writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        await self._set(refusing=True)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    async def _connected(self, near: asyncio.StreamReader, back: asyncio.StreamWriter) -> None:
        if self._refusing:
            back.transport.abort()
            return
        self._turn += 1
        try:
            far, on = await self._places[self._turn % len(self._places)]()
        except OSError:
            back.transport.abort()
            return
        self._writers |= {back, on}
        await asyncio.gather(self._pass(near, on), self._pass(far, back))
        self._writers -= {back, on}

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(PIECE):
                await self._passing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(piece)
                await writer.drain()
        writer.close()

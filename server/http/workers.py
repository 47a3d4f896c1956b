"""The bridge from the event loop to the synchronous store: few threads, a bounded queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from syncengine.model.errors import Busy

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """A fixed set of threads, so that each keeps its database connection, and the gate before it.

    The gate bounds memory: whoever passes holds at most one request body, or two chunks: one being
    sent and the next one.
    """

    def __init__(self, threads: int, max_in_flight: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="store")
        self._free = max_in_flight
        self.closing = False

    @contextmanager
    def admitted(self) -> Iterator[None]:
        """A place among the requests in flight; Busy when all are taken, or when stopping."""
        if self.closing or self._free <= 0:
            raise Busy("The server has too much to do at the moment: try again shortly.")
        self._free -= 1  # only ever touched on the event loop's thread
        try:
            yield
        finally:
            self._free += 1

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of a call made in one of the threads."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._pool, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Wait for the calls under way and stop the threads."""
        self.closing = True
        self._pool.shutdown(wait=True, cancel_futures=True)

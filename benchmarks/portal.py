"""`syncengine bench portal`: how long the server takes for each page of the portal.

The real application in the bench's own process, with its gate, session and worker threads, and
without a network: from the request to the last byte of the answer. Every page that the routes name
is measured at least once; a further list has what people do with lists and searches.
"""

from __future__ import annotations

import asyncio
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from starlette.applications import Starlette
from starlette.types import Message

from benchmarks.command import run
from benchmarks.data import SCHEMA
from benchmarks.field import FULL_FIELD, SMALL_FIELD, FieldScale, fill
from benchmarks.figures import machine, say
from benchmarks.portal_places import Places
from server.accounts.directory import make_first
from server.accounts.passwords import Cost, Passwords
from server.accounts.sign_in import Accounts
from server.http.app import create_app
from server.logs import configure_logs
from server.portal.routes import portal_routes
from server.settings import load_settings
from syncengine.model.environment import Environment
from syncengine.store import list_reading
from syncengine.store.database import open_engine
from syncengine.store.store import Store

GOAL_MS = 100.0  # p95 of every page
WARM = 2
TIMES = 20
WITHOUT = 3  # times for each list without the list index: only to compare
PASSWORD = "a password for measuring"


class Browser:
    """A session at the application, without a network."""

    def __init__(self, app: Starlette, session: str) -> None:
        self._app = app
        self._session = session

    async def milliseconds(self, address: str) -> tuple[float, float]:
        """Until the last byte, by the clock and of this process's processor time, in which SQLite's
        work is; RuntimeError unless the answer is a page.
        """
        path, _, query = address.partition("?")
        headers = [(b"host", b"localhost"), (b"cookie", f"session={self._session}".encode())]
        scope = {
            "type": "http", "method": "GET", "path": path, "query_string": query.encode(),
            "headers": headers, "scheme": "http", "http_version": "1.1", "root_path": "",
            "client": ("127.0.0.1", 1), "server": ("localhost", 80),
        }  # fmt: skip
        statuses: list[int] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        began, busy = time.perf_counter(), time.process_time()
        await self._app(scope, receive, send)
        took, busy = time.perf_counter() - began, time.process_time() - busy
        if statuses != [200]:
            raise RuntimeError(f"{address} answered {statuses}")
        return took * 1000, busy * 1000


def percentile(values: list[float], share: float) -> float:
    """The smallest value that so many are not above."""
    return sorted(values)[math.ceil(share * len(values)) - 1]


async def timed(
    app: Starlette, session: str, addresses: Iterable[str], times: int
) -> dict[str, Any]:
    """Address -> median and p95 in milliseconds, and the median of the processor's; the slowest
    first.
    """
    found: dict[str, dict[str, float]] = {}
    async with app.router.lifespan_context(app):
        browser = Browser(app, session)
        for address in dict.fromkeys(addresses):
            for _ in range(WARM):
                await browser.milliseconds(address)
            values = [await browser.milliseconds(address) for _ in range(times)]
            clock, busy = zip(*values, strict=True)
            found[address] = {
                "p50": round(statistics.median(clock), 1),
                "p95": round(percentile(list(clock), 0.95), 1),
                "busy": round(statistics.median(busy), 1),
            }
            say(f"  {found[address]['p95']:8.1f} ms  {found[address]['busy']:8.1f}  {address}")
    return dict(sorted(found.items(), key=lambda pair: -pair[1]["p95"]))


def visit(url: str, times: int = TIMES) -> tuple[dict[str, Any], dict[str, Any]]:
    """The figures of a database that was filled, and those of its customers' lists without the
    list index.
    """
    settings = load_settings(None, {}, database=url, log_level="error")
    configure_logs(settings)
    store = Store(open_engine(url), SCHEMA, Environment())
    accounts = Accounts(store, Passwords(store.environment, Cost(1, 8, 1)))
    name = f"bench{time.time_ns() % 10**9}"
    once = accounts.reset_password(None, make_first(store, name, "de"))
    signed_in = accounts.change_password(accounts.sign_in(name, once, "-"), once, PASSWORD, "-")
    routes, places = partial(portal_routes, accounts=accounts), Places(store)
    try:
        app = create_app(store, settings, routes)
        pages = asyncio.run(timed(app, signed_in.token, places.addresses(app), times))
        say("without the list index")
        with mock.patch.object(list_reading, "FRESH", -1):  # as if too much had changed since
            app = create_app(store, settings, routes)
            without = asyncio.run(timed(app, signed_in.token, places.customers(), WITHOUT))
        return pages, without
    finally:
        store.engine.dispose()


def measure(database: str | None, scale: FieldScale, times: int = TIMES) -> dict[str, Any]:
    """All figures of one run."""
    with tempfile.TemporaryDirectory(prefix="portal") as temporary:
        url = database or f"sqlite:///{Path(temporary) / 'server.db'}"
        say(f"loading {scale.customers:,} customers")
        fill(url, scale)
        pages, without = visit(url, times)
    slow = [address for address, figure in pages.items() if figure["p95"] >= GOAL_MS]
    return {
        "pages": pages, "without_index": without, "slow": slow, "goal_ms": GOAL_MS,
        "scale": asdict(scale), "machine": machine(),
    }  # fmt: skip


def _measure(database: str | None, small: bool) -> dict[str, Any]:
    return measure(database, SMALL_FIELD if small else FULL_FIELD)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a page is slower than the goal."""
    result = run("portal", __doc__, arguments, _measure)
    return 1 if result["slow"] else 0


if __name__ == "__main__":
    sys.exit(main())

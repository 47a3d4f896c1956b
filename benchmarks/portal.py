"""`syncengine bench portal`: how long the server takes for each page of the portal.

The real application in the bench's own process, with its gate, session and worker threads, and
without a network: from the request to the last byte of the answer. Every page that the routes name
is measured at least once; a further list has what people do with lists and searches.
"""

from __future__ import annotations

import asyncio
import math
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock
from urllib.parse import quote

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import Message

from benchmarks.command import run
from benchmarks.data import SCHEMA
from benchmarks.field import FULL_FIELD, SMALL_FIELD, FieldScale, fill
from benchmarks.figures import machine, say
from server.accounts.directory import make_first
from server.accounts.passwords import Cost, Passwords
from server.accounts.sign_in import Accounts
from server.http.app import create_app
from server.logs import configure_logs
from server.portal.live import LIVE
from server.portal.routes import portal_routes
from server.settings import load_settings
from syncengine.model.environment import Environment
from syncengine.model.ids import to_text
from syncengine.store import list_reading
from syncengine.store import tables as t
from syncengine.store.database import open_engine, reading
from syncengine.store.listing import sortable
from syncengine.store.store import Store

GOAL_MS = 100.0  # p95 of every page
WARM = 2
TIMES = 20
WITHOUT = 3  # times for each list without the list index: only to compare
PASSWORD = "a password for measuring"
# Many, with and without marks; one; none; ten thousand in the middle; fewer letters than a gram.
SEARCHES = ("berg", "höf", "C00150000", "nothing-like-this", "C0015", "be", "xq", "x")
DESIGN = "/portal/visit_reports/templates/{row}/design"
QUERIES = {  # of pages that need one
    "/portal/why/pick": "entity=customer&row=berg", f"{DESIGN}/question": "key=q299",
    f"{DESIGN}/condition": "key=q299&of=shown_when", f"{DESIGN}/section": "key=all",
}  # fmt: skip
# A stream that does not end, files, redirects, what is nowhere, what a form sends, a part of a
# tree; pages of a file that somebody brought or asked for; of statements: there are no trips here.
OF_A_TRIP = tuple(f"/portal/expenses/{x}" for x in ("trips/{row}/statements", "payroll/{row}"))
NO_PAGES = (
    LIVE, "/portal/data/{entity}/export.{form}", "/portal", "/portal/static/{name:path}",
    "/portal/{rest:path}", "/portal/data/{entity}/bulk", "/portal/imports/{file}",
    "/portal/imports/{file}/columns", "/portal/imports/{file}/findings.{form}",
    "/portal/data/{entity}/tree/{row}", "/portal/data/{entity}/{row}/attachment/{field}",
    "/portal/exports/{errand}", "/portal/exports/{errand}/file",
    "/portal/visit_reports/reports/{row}/reopen", "/portal/visit_reports/evaluation/answers",
    "/portal/visit_reports/evaluation/{table}.{form}", *OF_A_TRIP, f"{OF_A_TRIP[1]}/{{form}}",
)  # fmt: skip
APPOINTMENT = "/portal/masterdata/appointments/{row}"
DOCUMENT = tuple(f"/portal/documents/all/{{row}}{x}" for x in ("", "/edition", "/withdraw"))
ON_INFO = ("", "/remind", "/withdraw", "/receipts/{receipt}")
INFO = tuple(f"/portal/messages/infos/{{row}}{x}" for x in ON_INFO)
TEMPLATE, REPORT = "/portal/visit_reports/templates/{row}", "/portal/visit_reports/reports/{row}"
VISIT = "/portal/visit_reports/visits/{row}"
DRAFT = (DESIGN, *(f"{DESIGN}/{x}" for x in ("section", "question", "condition")),
         f"{TEMPLATE}/publish")  # fmt: skip
TREES = ("/portal/data/{entity}/tree", "/portal/data/{entity}/{row}/move")


class Places:
    """Rows that stand for the placeholders of addresses."""

    def __init__(self, store: Store) -> None:
        self._store = store
        rep = self._first(store.tables["customer"].c.owner)
        customer = self._first(store.tables["customer"].c.id)
        self.customer = to_text(customer)
        self.rep = to_text(rep)
        self.places = {
            "entity": "customer", "row": self.customer, "person": self.rep, "kind": "quarantine",
            "rule": to_text(self._first(store.tables["rule"].c.id)),
            "seat": to_text(self._first(t.seat.c.id)),
            "number": str(self._first(t.review.c.number, t.review.c.kind == "quarantine")),
            "user": to_text(self._first(store.tables["office_user"].c.id)),
            "role": to_text(self._first(store.tables["office_role"].c.id)),
        }  # fmt: skip
        visit = to_text(self._first(store.tables["appointment"].c.id))
        tree = {"entity": "employee", "row": self.rep}
        info = {
            "row": to_text(self._first(store.tables["info"].c.id)),
            "receipt": to_text(self._first(store.tables["info_receipt"].c.id)),
        }
        document = {"row": to_text(self._first(store.tables["document"].c.id))}
        form = {"row": to_text(self._first(store.tables["document_return"].c.id))}
        self.others = {
            APPOINTMENT: {"row": visit}, **dict.fromkeys(TREES, tree), **dict.fromkeys(INFO, info),
            **dict.fromkeys(DOCUMENT, document), "/portal/documents/returns/{row}": form,
            **self._reports(),
        }  # fmt: skip

    def _reports(self) -> dict[str, dict[str, str]]:
        """A draft for what changes one, a template that runs, a report."""
        t, report = self._store.tables["report_template"].c, self._store.tables["report"].c
        draft = {"row": to_text(self._first(t.id, t.status == "draft"))}
        running = {"row": to_text(self._first(t.id, t.status == "published"))}
        one = {"row": to_text(self._first(report.id))}
        visit = {"row": to_text(self._first(report.visit))}
        pages = dict.fromkeys(DRAFT, draft), dict.fromkeys((TEMPLATE, f"{TEMPLATE}/end"), running)
        return {**pages[0], **pages[1], REPORT: one, VISIT: visit}

    def _first(self, column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> Any:  # noqa: ANN401
        with reading(self._store.engine) as connection:
            return connection.scalar(sa.select(column).where(*where).order_by(column).limit(1))

    def address(self, pattern: str) -> str:
        """RuntimeError where nothing is known to stand for a placeholder."""
        places = self.places | self.others.get(pattern, {})
        unknown = set(re.findall(r"{(\w+)}", pattern)) - places.keys()
        if unknown:
            raise RuntimeError(f"{pattern}: benchmarks/portal.py has nothing for {unknown}")
        return pattern.format(**places)

    def addresses(self, app: Starlette) -> Iterator[str]:
        """Every page of the application's routes, then variants."""
        for route in app.routes:
            assert isinstance(route, Route)
            answers = "GET" in (route.methods or ()) and route.path not in NO_PAGES
            if answers and route.path.startswith("/portal"):
                query = QUERIES.get(route.path)
                yield self.address(route.path) + (f"?{query}" if query else "")
        for name in sorted(SCHEMA.entities):
            yield f"/portal/data/{name}"
        yield from self.customers()
        yield "/portal/data/appointment?q=visit+7"
        yield "/portal/data/employee?q=rep0"
        yield f"/portal/data/employee/tree?at={self.rep}"
        yield "/portal/data/employee/tree?q=rep0"
        yield "/portal/reviews?kind=quarantine"
        yield "/portal/reviews?kind=quarantine&decided=1"
        yield "/portal/devices?group=quiet"
        yield "/portal/substitutions?q=rep0"
        yield "/portal/substitutions?away=1"
        yield from self._evaluations()
        yield "/portal/pick/customer?v.customer=Neu"
        yield "/portal/pick/employee?v.owner=rep0"
        yield f"/portal/why?person={self.rep}&entity=customer&row={self.customer}"
        yield "/portal/history?entity=customer&field=phone"
        yield "/portal/history?value=%2B43+2"
        yield "/portal/history?value=nothing-like-this"

    def _evaluations(self) -> Iterator[str]:
        """Of one template, with what is behind a figure."""
        t = self._store.tables["report_template"].c
        of = f"template={self._first(t.family, t.status == 'published')}"
        yield f"/portal/visit_reports/evaluation?{of}"
        yield f"/portal/visit_reports/evaluation?{of}&by=market"
        yield f"/portal/visit_reports/evaluation?{of}&by=employee&employee={self.rep}"
        yield f"/portal/visit_reports/evaluation/answers?{of}&question=q1&kind=yes_no"

    def customers(self) -> Iterator[str]:
        """What people do with a list of 200,000."""
        for search in SEARCHES:
            yield f"/portal/data/customer?q={quote(search)}"
        for field in sortable(SCHEMA.entities["customer"]):
            yield f"/portal/data/customer?sort={field}"
        yield "/portal/data/customer?sort=city&desc=1"
        yield f"/portal/data/customer?f.owner={self.rep}"
        yield f"/portal/data/customer?f.owner={self.rep}&sort=name"
        yield "/portal/data/customer?q=berg&sort=city"
        yield "/portal/data/customer?q=C00150000&sort=name"


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

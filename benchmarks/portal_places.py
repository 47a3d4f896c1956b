"""The addresses of the portal's pages, with rows that stand for their placeholders."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.routing import Route

from benchmarks.data import SCHEMA
from server.portal.live import LIVE
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.listing import sortable
from syncengine.store.store import Store

TRIPS_AT_ONCE = 50  # as many as a page of the list has
# Many, with and without marks; one; none; ten thousand in the middle; fewer letters than a gram.
SEARCHES = ("berg", "höf", "C00150000", "nothing-like-this", "C0015", "be", "xq", "x")
TRIPS, SHEETS = "/portal/expenses/trips", "/portal/timesheets/sheets"
DESIGN = "/portal/visit_reports/templates/{row}/design"
QUERIES = {  # of pages that need one
    "/portal/why/pick": "entity=customer&row=berg", f"{DESIGN}/question": "key=q299",
    f"{DESIGN}/condition": "key=q299&of=shown_when", f"{DESIGN}/section": "key=all",
    f"{TRIPS}/confirm": "step=approve&row={row}",
}  # fmt: skip
# A stream that does not end, files, redirects, what is nowhere, what a form sends, a part of a
# tree; pages of a file that somebody brought or asked for.
NO_PAGES = (
    LIVE, "/portal/data/{entity}/export.{form}", "/portal", "/portal/static/{name:path}",
    "/portal/{rest:path}", "/portal/data/{entity}/bulk", "/portal/imports/{file}",
    "/portal/imports/{file}/columns", "/portal/imports/{file}/findings.{form}",
    "/portal/data/{entity}/tree/{row}", "/portal/data/{entity}/{row}/attachment/{field}",
    "/portal/exports/{errand}", "/portal/exports/{errand}/file",
    "/portal/visit_reports/reports/{row}/reopen", "/portal/visit_reports/evaluation/answers",
    "/portal/visit_reports/evaluation/{table}.{form}", "/portal/expenses/payroll/{row}/{form}",
    "/portal/timesheets/sheets/{row}/days.{form}",
)  # fmt: skip
APPOINTMENT = "/portal/masterdata/appointments/{row}"
DOCUMENT = tuple(f"/portal/documents/all/{{row}}{x}" for x in ("", "/edition", "/withdraw"))
ON_INFO = ("", "/remind", "/withdraw", "/receipts/{receipt}")
INFO = tuple(f"/portal/messages/infos/{{row}}{x}" for x in ON_INFO)
TEMPLATE, REPORT = "/portal/visit_reports/templates/{row}", "/portal/visit_reports/reports/{row}"
VISIT = "/portal/visit_reports/visits/{row}"
DRAFT = (DESIGN, *(f"{DESIGN}/{x}" for x in ("section", "question", "condition")),
         f"{TEMPLATE}/publish")  # fmt: skip
REVIEWED = tuple(f"{TRIPS}{x}" for x in ("/confirm", "/{row}", "/{row}/reject", "/{row}/correct"))
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
            **self._reports(), **self._trips(),
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

    def _trips(self) -> dict[str, dict[str, str]]:
        """A trip under review, one with its statement, a batch for payroll, a sheet with days."""
        tables = self._store.tables
        trip, sheet = tables["trip"].c, tables["timesheet"].c
        reviewed = {"row": to_text(self._first(trip.id, trip.status == "in_review"))}
        stated = {"row": to_text(self._first(tables["trip_statement"].c.trip))}
        batch = {"row": to_text(self._first(tables["payroll_batch"].c.id))}
        month = {"row": to_text(self._first(sheet.id, sheet.status == "in_review"))}
        return {
            **dict.fromkeys(REVIEWED, reviewed), f"{TRIPS}/{{row}}/statements": stated,
            "/portal/expenses/payroll/{row}": batch, f"{SHEETS}/{{row}}": month,
        }  # fmt: skip

    def _first(self, column: sa.Column[Any], *where: sa.ColumnElement[bool]) -> Any:  # noqa: ANN401
        with reading(self._store.engine) as connection:
            return connection.scalar(sa.select(column).where(*where).order_by(column).limit(1))

    def address(self, pattern: str, query: str = "") -> str:
        """RuntimeError where nothing is known to stand for a placeholder."""
        places = self.places | self.others.get(pattern, {})
        unknown = set(re.findall(r"{(\w+)}", pattern)) - places.keys()
        if unknown:
            raise RuntimeError(f"{pattern}: benchmarks/portal_places.py has nothing for {unknown}")
        return (f"{pattern}?{query}" if query else pattern).format(**places)

    def addresses(self, app: Starlette) -> Iterator[str]:
        """Every page of the application's routes, then variants."""
        for route in app.routes:
            assert isinstance(route, Route)
            answers = "GET" in (route.methods or ()) and route.path not in NO_PAGES
            if answers and route.path.startswith("/portal"):
                yield self.address(route.path, QUERIES.get(route.path, ""))
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
        yield from self._of_trips()
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

    def _of_trips(self) -> Iterator[str]:
        """Lists of trips and sheets in other states, one that came back, and many at once."""
        trip = self._store.tables["trip"].c
        for state in ("approved", "rejected"):
            yield f"{TRIPS}?state={state}"
        yield f"{TRIPS}?employee={self.rep}"
        yield f"{TRIPS}/{to_text(self._first(trip.id, trip.status == 'approved'))}"
        yield f"{TRIPS}/{to_text(self._first(trip.id, trip.status == 'rejected'))}"
        with reading(self._store.engine) as connection:
            wanted = sa.select(trip.id).where(trip.status == "in_review").limit(TRIPS_AT_ONCE)
            rows = "".join(f"&row={to_text(row)}" for row in connection.scalars(wanted))
        yield f"{TRIPS}/confirm?step=approve{rows}"
        yield f"{SHEETS}?all=1"

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

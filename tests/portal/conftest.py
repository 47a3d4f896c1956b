"""An office with users, and a browser without a browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx2
import pytest
from starlette.testclient import TestClient

from server import export_errand, leaver_errand, module_tables
from server.errands import Runner
from server.http.app import create_app
from server.importer import works
from server.portal.routes import portal_routes, tables
from server.settings import load_settings
from tests.accounts.office import PASSWORD, Office
from tests.portal.browser import NoBrowser, browser
from tests.portal.screenshots import furnish, place
from tests.portal.stage import Stage

OTHER = "http://elsewhere.example"


@dataclass
class Visitor:
    """Somebody at the portal; `csrf` is that of their session."""

    http: httpx2.Client
    csrf: str = ""

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """A page."""
        return self.http.get(path, headers=headers)

    def post(
        self, path: str, csrf: str | None = None, origin: str | None = None, **fields: str
    ) -> httpx2.Response:
        """A form; in the names of fields, `__` is a dot."""
        named = {name.replace("__", "."): value for name, value in fields.items()}
        headers = {"origin": origin} if origin else {}
        sent = {"csrf": self.csrf if csrf is None else csrf, **named}
        return self.http.post(path, data=sent, headers=headers)

    def save(self, path: str, **fields: str) -> httpx2.Response:
        """Open a row's form, type into some of its inputs, send all of it."""
        return self.send(path, self.form(path), **fields)

    def form(self, path: str) -> dict[str, str]:
        """What the form would send as it is."""
        return inputs(self.get(path).text)

    def send(self, path: str, form: dict[str, str], **fields: str) -> httpx2.Response:
        """A form that was opened before."""
        typed = {f"v.{name}": value for name, value in fields.items()}
        return self.http.post(path, data={**form, **typed})


def inputs(page: str) -> dict[str, str]:
    """Names and values of a page's inputs, as a browser sends them."""
    from html import unescape

    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", page):
        pair = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if pair[0] and pair[1]:
            found[unescape(pair[0][1])] = unescape(pair[1][1])
    for name, inner in re.findall(
        r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', page, re.S
    ):
        found[unescape(name)] = unescape(inner)
    for name, inner in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'value="([^"]*)" selected', inner)
        found[unescape(name)] = unescape(chosen[1]) if chosen else ""
    return found


class Desk:
    """The portal of an office; `boss` leads `a` and `b`, `a` leads `c`."""

    def __init__(self, office: Office, **options: object) -> None:
        self.office = office
        self.world = office.world
        self.store = office.store
        settings = load_settings(None, {}, database=office.world.url, **options)
        pages = partial(portal_routes, accounts=office.accounts)
        errands = works.WORKS | leaver_errand.WORKS | export_errand.WORKS
        errands |= module_tables.works(tables(office.store.schema))
        self.app = create_app(office.store, settings, pages, errands)
        self.errands: Runner = self.app.state.errands

    def visitor(self, base: str = "http://portal.test") -> Visitor:
        """Somebody who is not signed in."""
        return Visitor(TestClient(self.app, base_url=base, follow_redirects=False))

    def signed_in(self, name: str) -> Visitor:
        """A user with PASSWORD, signed in, who reads English."""
        self.office.password(name)
        visitor = self.visitor()
        visitor.http.cookies.set("language", "en", path="/portal")
        answer = visitor.post("/portal/sign-in", name=name, password=PASSWORD)
        assert answer.status_code == 303, answer.text
        token = visitor.http.cookies["session"]
        signed_in = self.office.accounts.session(token)
        assert signed_in is not None
        visitor.csrf = signed_in.csrf
        return visitor

    def administrator(self) -> Visitor:
        """Somebody who may do everything."""
        self.office.role(self.office.user("anna"), administers=True)
        return self.signed_in("anna")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A fresh one, on SQLite: what differs between databases is in test_listing.py."""
    office = Office(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    yield Desk(office)
    office.world.close()


@pytest.fixture(scope="session")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a server with the demo's data: to be copied."""
    folder = tmp_path_factory.mktemp("furnished")
    furnish(folder)
    return folder


@pytest.fixture(scope="package")  # a browser keeps an event loop in this thread
def stage(furnished: Path) -> Iterator[Stage]:
    """A running server and a browser, for all tests in one. Without a browser: a skip, and in CI a
    failure.
    """
    with ExitStack() as stack:
        try:
            found = stack.enter_context(browser())
        except NoBrowser as missing:
            if os.environ.get("CI"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield Stage(*stack.enter_context(place(furnished)), found)

"""The pictures show every page, so whoever looks at them and axe have seen them all."""

from __future__ import annotations

import re

from starlette.routing import Route, compile_path

from tests.portal.conftest import Desk
from tests.portal.screenshots import paths
from tests.portal.stage import Stage

NO_PAGES = {  # parts of a page, files, the stream, what leads elsewhere
    "/portal", "/portal/live", "/portal/pick/{entity}", "/portal/why/pick",
    "/portal/data/{entity}/tree/{row}", "/portal/data/{entity}/export.{form}",
    "/portal/exports/{errand}/file", "/portal/imports/{file}/findings.{form}",
    "/portal/data/{entity}/{row}/attachment/{field}",
}  # fmt: skip
PRESSED = {"/portal/data/{entity}/bulk"}  # by a button of a list, which the pictures press
APART = {"/portal/sign-in"}  # whoever is signed in is led away from it


def test_every_page_is_in_the_pictures(desk: Desk, stage: Stage) -> None:
    shown = [path.partition("?")[0] for path in paths(stage.store).values()]
    routes = [r for r in desk.app.routes if isinstance(r, Route) and "GET" in (r.methods or ())]
    known = [route.path for route in routes if route.path.startswith("/portal")]
    wanted = {p for p in known if ":path}" not in p} - NO_PAGES - PRESSED - APART
    assert wanted > {"/portal/", "/portal/imports/new", "/portal/masterdata/calendar"}
    first = {path: next((p for p in known if matches(p, path)), None) for path in shown}
    assert sorted(wanted - set(first.values())) == []


def matches(route: str, path: str) -> bool:
    pattern, _, _ = compile_path(route)
    return re.match(pattern, path) is not None

"""Which address leads to which page."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from device_sdk.screen import editing, entrance, home, records, work
from device_sdk.screen.asked import Asked
from device_sdk.screen.brought import Page, ScreenInvalid
from device_sdk.screen.gate import HEADERS, Gate
from device_sdk.screen.refusals import NotThere
from device_sdk.screen.screen import Screen

GET, BOTH, POST = ("GET",), ("GET", "POST"), ("POST",)
PUBLIC: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/enrol": (entrance.enrol, BOTH),
    "/sign-in": (entrance.sign_in, BOTH),
    "/language": (entrance.language, POST),
    "/airplane": (home.airplane, POST),  # also before somebody is enrolled, who needs the network
}
PAGES: dict[str, tuple[Page, tuple[str, ...]]] = {
    "/": (home.home, GET),
    "/more": (home.more, GET),
    "/status": (home.status, GET),
    "/sign-out": (entrance.sign_out, POST),
    "/sync": (work.work, BOTH),
    "/sync/{sequence}": (work.item, BOTH),
    "/rows/{entity}/new": (editing.new, BOTH),
    "/rows/{entity}/{row}": (records.record, GET),
    "/rows/{entity}/{row}/edit": (editing.edit, BOTH),
    "/rows/{entity}/{row}/delete": (editing.delete, POST),
    "/attachments/{digest}": (records.attachment, GET),
}
TAKEN = {path.split("/")[1] for path in PUBLIC | PAGES} | {"static"}


def screen_app(screen: Screen) -> Starlette:
    """The application; ScreenInvalid when a module has the name of a page of ours."""
    if taken := sorted(TAKEN & screen.brought.keys()):
        raise ScreenInvalid(f"The screen has pages of its own below /{taken[0]}/.")
    routes = [
        *(_route(screen, path, page, ways, public=True) for path, (page, ways) in PUBLIC.items()),
        *(_route(screen, path, page, ways) for path, (page, ways) in PAGES.items()),
        Route("/attachments", Gate(screen, records.attach, most=records.MAX_FILE), methods=POST),
        Route("/static/{name:path}", _Static(screen), methods=GET),
        *(
            _route(screen, f"/{name}{path}", page, BOTH)
            for name, brought in screen.brought.items()
            for path, page in brought.pages.items()
        ),
        Route("/{path:path}", Gate(screen, _nowhere), methods=BOTH),
    ]
    return Starlette(routes=routes)


def _route(
    screen: Screen, path: str, page: Page, ways: tuple[str, ...], public: bool = False
) -> BaseRoute:
    return Route(path, Gate(screen, page, public), methods=ways)


def _nowhere(_screen: Screen, _asked: Asked) -> Response:
    raise NotThere


class _Static:
    """Files of ours; whoever asks need not be signed in."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        name = Request(scope, receive).path_params["name"]
        found = self._screen.assets.answer(name) or Response(status_code=404)
        for header, value in HEADERS.items():
            found.headers[header] = value
        await found(scope, receive, send)

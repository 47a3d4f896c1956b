"""Which panels of an open page are stale, as server-sent events; the page fetches them by itself.

A stream says names of panels and nothing else: what a user may see is decided where it always is.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Collection

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.http.events import SIGN_OF_LIFE, send_events
from server.live import Live, Look, Marks
from server.portal.asked import Asked
from server.portal.pages import Portal
from server.portal.refusals import Forged, Unclear, Unseen
from syncengine.model.rights import Right, Rights
from syncengine.store.marks import panel_marks

LIVE = "/portal/live"
RETRY = b"retry: 5000\n\n"  # milliseconds until the browser connects again, when cut off
END = b"event: end\ndata:\n\n"  # the browser is not to connect again
MARK_BYTES = 6
MAX_AT = 300  # characters of a page's marks

May = Callable[[Portal, Rights], bool]
# Who may watch a panel: whoever has the page that shows it.
PANELS: dict[str, May] = {
    "devices": lambda portal, rights: rights.may(Right.VIEW, portal.store.schema.people),
    "substitutions": lambda _portal, rights: rights.may(Right.VIEW, "substitution"),
    "reviews": lambda _portal, rights: rights.limit is None,
    "imports": lambda _portal, rights: rights.limit is None,
    "jobs": lambda _portal, rights: rights.administers,
}


def watchable(portal: Portal, rights: Rights, panels: Collection[str]) -> list[str]:
    """Those of the panels that the user may watch."""
    return [panel for panel in panels if _may_watch(portal, rights, panel)]


def _may_watch(portal: Portal, rights: Rights, panel: str) -> bool:
    if panel in PANELS:
        return PANELS[panel](portal, rights)
    return rights.may(Right.VIEW, portal.panels[panel].entity)


def read_at(portal: Portal, text: str) -> dict[str, str]:
    """Panel -> mark, of a page or of an event's id; Unclear."""
    pairs = [pair.partition("-") for pair in text.split(".")]
    found = {panel: mark for panel, _, mark in pairs}
    known = PANELS.keys() | portal.panels.keys()
    if len(text) > MAX_AT or not found.keys() <= known or len(found) < len(pairs):
        raise Unclear
    return found


def look(portal: Portal, panels: Collection[str], sessions: Collection[str]) -> Look:
    """For `Live`, in a worker. Of modules' panels those marks that are asked for."""
    jobs = tuple((status.name, status.began, status.error) for status in portal.jobs.statuses())
    marks = {**panel_marks(portal.store), "jobs": jobs}
    marks |= {
        name: panel.mark(portal.store) for name, panel in portal.panels.items() if name in panels
    }
    return Look(
        {panel: _digest(mark) for panel, mark in marks.items()}, portal.accounts.over(sessions)
    )


def _digest(mark: object) -> str:
    return hashlib.blake2b(repr(mark).encode(), digest_size=MARK_BYTES).hexdigest()


def stream(portal: Portal, asked: Asked) -> Response:
    """The stream for the panels that the page names, with the marks that it was made with."""
    if not asked.from_here:
        raise Forged
    if asked.user is None or asked.user.must_change or asked.method != "GET":
        return Response(status_code=204)  # a browser does not connect again
    told = read_at(portal, asked.last_event or asked.value("at"))
    if len(watchable(portal, asked.user.rights, told)) < len(told):
        raise Unseen
    return _Stream(portal.live, asked.user.user_id, asked.user.token, told,
                   portal.settings.stall_seconds)  # fmt: skip


class _Stream(Response):
    """The answer that goes on."""

    def __init__(
        self, live: Live, user: bytes, session: str, told: Marks, stall_seconds: float
    ) -> None:
        super().__init__(media_type="text/event-stream")
        self._live = live
        self._user = user
        self._session = session
        self._told = told
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._live.joined(self._user, self._session, self._told) as page:

            async def events() -> AsyncIterator[bytes]:
                yield RETRY
                while (stale := await page.next()) is not None:
                    yield _event(page.told, stale) if stale else SIGN_OF_LIFE
                yield END

            own = [(n, v) for n, v in self.raw_headers if n not in _STREAMS_OWN]
            await send_events(receive, send, events(), page.end, self._stall_seconds, own)


def _event(told: Marks, stale: Collection[str]) -> bytes:
    at = ".".join(f"{panel}-{mark}" for panel, mark in told.items())
    return f"id: {at}\ndata: {' '.join(stale)}\n\n".encode()


_STREAMS_OWN = (b"content-type", b"content-length", b"cache-control")

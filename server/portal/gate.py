"""The way to a page: headers, the body's bound, who asks, forged forms, and errors as pages.

A page is a function of the portal and the request; it runs in one of the store's worker threads.
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from server.accounts.refusals import AccessDenied
from server.http.errors import database_failed, unexpected
from server.http.workers import Workers
from server.portal.asked import MAX_BODY, Asked, read_pairs
from server.portal.pages import Page, Portal, own_path, to
from server.portal.refusals import Forged, NotAllowed, Refused, TooMuch, Unclear
from server.portal.upload import Uploaded, Uploads
from server.portal.words import LANGUAGES, Words, negotiated, zone_of
from syncengine.model.errors import Busy, SchemaDiffers

COOKIE = "session"
LIVE_HEADER = "x-live"
EVENTS = "text/event-stream"
FORM = "application/x-www-form-urlencoded"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self' data:; font-src 'self'; connect-src 'self'; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Gate:
    """An ASGI application for one page. public: nobody need be signed in. uploads: its form has a
    file.
    """

    def __init__(
        self,
        portal: Portal,
        workers: Workers,
        page: Page,
        public: bool = False,
        uploads: Uploads | None = None,
    ) -> None:
        self._portal = portal
        self._workers = workers
        self._page = page
        self._public = public
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            with self._workers.admitted():
                if self._uploads is not None and request.method == "POST":
                    answer = await self._received(request, self._uploads)
                else:
                    form = await _body(request) if request.method == "POST" else ""
                    answer = await self._workers.run(self._answer, request, form)
        except Exception as error:
            answer = await self._workers.run(self._failed, request, error)
        for name, value in HEADERS.items():
            answer.headers[name] = value
        answer.headers.setdefault("cache-control", "no-store")
        await answer(scope, receive, send)

    async def _received(self, request: Request, uploads: Uploads) -> Response:
        """The answer to a form with a file; of somebody who is not signed in, none is read."""
        await self._workers.run(self._check_sender, request)
        stall = self._portal.settings.stall_seconds
        async with uploads.received(request, stall) as (form, file):
            return await self._workers.run(self._answer, request, form, file)

    def _check_sender(self, request: Request) -> None:
        _check_host(request, self._portal.settings.portal_origin)
        asked = self._asked(request, "")
        if asked.user is None or asked.user.must_change or not asked.from_here:
            raise Forged

    def _answer(self, request: Request, form: str, file: Uploaded | None = None) -> Response:
        _check_host(request, self._portal.settings.portal_origin)
        asked = replace(self._asked(request, form), file=file)
        if request.method == "POST":
            _check_own(asked)
        if self._public:
            return self._page(self._portal, asked)
        if asked.user is None:
            return _first(asked, f"/portal/sign-in?next={quote(own_path(asked.url))}")
        if asked.user.must_change:
            return _first(asked, "/portal/password")
        return self._page(self._portal, asked)

    def _asked(self, request: Request, form: str) -> Asked:
        token = request.cookies.get(COOKIE, "")
        # what a page fetches by itself does not keep the session from ending
        used = LIVE_HEADER not in request.headers and request.headers.get("accept") != EVENTS
        user = self._portal.accounts.session(token, used) if token else None
        language = request.cookies.get("language", "")
        if language not in LANGUAGES:
            header = request.headers.get("accept-language", "")
            language = user.language if user else negotiated(header)
        query = request.url.query
        method = "POST" if request.method == "POST" else "GET"  # HEAD asks for a page, too
        return Asked(
            method, request.url.path + (f"?{query}" if query else ""),
            request.path_params, read_pairs(query), read_pairs(form), request.cookies,
            request.client.host if request.client else "", self._words(request, language),
            request.headers.get("hx-request") == "true",
            (self._portal.settings.portal_origin or "").startswith("https"), user,
            _from_here(request, self._portal.settings.portal_origin),
            request.headers.get("last-event-id", ""), self._portal.live.marks,
        )  # fmt: skip

    def _words(self, request: Request, language: str) -> Words:
        """In the time zone that the browser is in: the portal's script told it with a cookie."""
        zone = zone_of(request.cookies.get("zone", ""))
        return Words(language, zone, self._portal.catalogues)

    def _failed(self, request: Request, error: Exception) -> Response:
        """The error page; what nobody foresaw goes into the log under a reference."""
        reference = ""
        if isinstance(error, AccessDenied):
            error = NotAllowed()
        if isinstance(error, Refused):
            status, title, said = error.status, error.title, error.said
        elif isinstance(error, Busy | SchemaDiffers) or database_failed(error):
            status, title = 503, "One moment, please"
            said = "There is too much to do at the moment. Try again shortly."
        else:
            failure = unexpected(error, self._portal.store.environment, path=request.url.path)
            status, title = 500, "Something went wrong"
            said = "It is on record and can be looked up with this reference."
            reference = dict(failure.data).get("reference", "")
        language = request.cookies.get("language", "")
        if language not in LANGUAGES:
            language = negotiated(request.headers.get("accept-language", ""))
        asked = Asked(
            "GET", "/portal/", {}, {}, {}, request.cookies, "", self._words(request, language)
        )
        return self._portal.page(
            asked, "error.html", status, title=title, said=said, reference=reference
        )


def _first(asked: Asked, path: str) -> Response:
    """Go there before anything else; a part of a page cannot, so the whole page does."""
    return Response(headers={"HX-Redirect": path}) if asked.partial else to(path)


def _from_here(request: Request, own: str | None) -> bool:
    """Whether a page of ours asks, or nobody's page: by what browsers say of the origin."""
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if origin is not None and origin != (own or f"{urlsplit(origin).scheme}://{host}"):
        return False
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _check_own(asked: Asked) -> None:
    """Forged, unless a page of ours sent the form: its origin, and for a session its token."""
    token = asked.form.get("csrf", [""])[-1]
    if not asked.from_here or (asked.user is not None and not asked.user.sent(token)):
        raise Forged


def _check_host(request: Request, origin: str | None) -> None:
    if origin is not None and request.headers.get("host") != urlsplit(origin).netloc:
        raise Unclear


async def _body(request: Request) -> str:
    """The form's text, bounded while it arrives."""
    if request.headers.get("content-type", "").split(";")[0].strip() != FORM:
        raise Unclear
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > MAX_BODY:
            raise TooMuch
    try:
        return found.decode("ascii")
    except UnicodeDecodeError:
        raise Unclear from None

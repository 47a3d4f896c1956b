"""The way to a page: whose request it is, the body's bound, headers, and errors as pages.

Other sites that the same browser shows can send requests to this machine, too, and give a name of
their own to its address. So the host has to be ours, forms have to come from our pages and to carry
the session's word, and the cookie goes with no request of another site.
"""

from __future__ import annotations

import hmac
import logging
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from device_sdk.screen.asked import MAX_FORM, Asked, read_pairs
from device_sdk.screen.brought import Page
from device_sdk.screen.refusals import Elsewhere, Failed, NoPage, TooMuch, Unclear
from device_sdk.screen.screen import Screen, to
from device_sdk.screen.signed_in import SignedIn
from device_sdk.screen.words import LANGUAGES, Words, negotiated
from syncengine.model.errors import SyncError

COOKIE = "screen"
LANGUAGE = "screen_language"
HOSTS = ("127.0.0.1", "localhost")
FORM = "application/x-www-form-urlencoded"
CSRF_HEADER = "x-csrf"
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "microphone=(), geolocation=()",
}


class Gate:
    """An ASGI application for one page. public: nobody need be signed in. most: bytes of a body
    that is no form.
    """

    def __init__(self, screen: Screen, page: Page, public: bool = False, most: int = 0) -> None:
        self._screen = screen
        self._page = page
        self._public = public
        self._most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            check_sender(request)
            user = self._user(request)
            if user is None and not self._public:
                answer = to("/sign-in")
            else:
                body = await self._body(request, user)
                answer = await run_in_threadpool(self._answer, request, body, user)
        except (NoPage, SyncError) as error:
            answer = self._failed(request, error)
        except Exception:
            logging.getLogger(__name__).exception("a page failed: %s", request.url.path)
            answer = self._failed(request, Failed())
        for name, value in HEADERS.items():
            answer.headers[name] = value
        answer.headers.setdefault("cache-control", "no-store")
        await answer(scope, receive, send)

    def _user(self, request: Request) -> SignedIn | None:
        user, token = self._screen.user, request.cookies.get(COOKIE, "")
        if user is None or not hmac.compare_digest(user.token.encode(), token.encode()):
            return None
        return user

    async def _body(self, request: Request, user: SignedIn | None) -> bytes:
        """Bounded while it arrives; of who may not send it, none is read."""
        if request.method != "POST":
            return b""
        kind = request.headers.get("content-type", "").split(";")[0].strip()
        if self._most:
            if user is None or not _same(user.csrf, request.headers.get(CSRF_HEADER, "")):
                raise Elsewhere
        elif kind != FORM:
            raise Unclear
        found = bytearray()
        async for piece in request.stream():
            found += piece
            if len(found) > (self._most or MAX_FORM):
                raise TooMuch
        return bytes(found)

    def _answer(self, request: Request, body: bytes, user: SignedIn | None) -> Response:
        form = {}
        if not self._most:
            try:
                form = read_pairs(body.decode("ascii"))
            except UnicodeDecodeError:
                raise Unclear from None
            sent = form.get("csrf", [""])[-1]
            if request.method == "POST" and user is not None and not _same(user.csrf, sent):
                raise Elsewhere
        query = request.url.query
        url = request.url.path + (f"?{query}" if query else "")
        method = "POST" if request.method == "POST" else "GET"  # HEAD asks for a page, too
        file = body if self._most else b""
        asked = Asked(method, url, request.path_params, read_pairs(query), form,
                      self._words(request), file, user)  # fmt: skip
        return self._page(self._screen, asked)

    def _words(self, request: Request) -> Words:
        language = request.cookies.get(LANGUAGE, "")
        if language not in LANGUAGES:
            language = negotiated(request.headers.get("accept-language", ""))
        return Words(language, self._screen.catalogues)

    def _failed(self, request: Request, error: NoPage | SyncError) -> Response:
        w = self._words(request)
        if isinstance(error, NoPage):
            status, heading, said = error.status, w(error.title), w(error.said)
        else:
            logging.getLogger(__name__).warning("%s: %s", error.code, error.detail)
            status, heading = 400, w("That did not work")
            said = w.told("problem", error.code, error.detail)
        asked = Asked("GET", "/", {}, {}, {}, w, user=None)
        return self._screen.page(asked, "error.html", status, heading=heading, said=said)


def _same(word: str, sent: str) -> bool:
    return hmac.compare_digest(word.encode(), sent.encode())


def check_sender(request: Request) -> None:
    """Elsewhere, unless it was sent to us by our name, and by a page of ours or by nobody's."""
    host = request.headers.get("host", "")
    port = (request.scope.get("server") or ("", 0))[1]
    if host not in {f"{name}:{port}" for name in HOSTS} and not (port == 80 and host in HOSTS):
        raise Elsewhere
    origin = request.headers.get("origin")
    if origin is not None and (urlsplit(origin).scheme, urlsplit(origin).netloc) != ("http", host):
        raise Elsewhere
    if request.method == "POST":
        site = request.headers.get("sec-fetch-site")
        if site not in (None, "same-origin", "none") or (site is None and origin is None):
            raise Elsewhere

"""The way to a call: who asks, how often, the body's bound, and errors as problems.

A call is a function of the store and the request; it runs in one of the store's worker threads.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from server.accounts.api_tokens import ApiTokens, Carried
from server.api.asked import Asked, read_query
from server.api.bodies import MAX_BODY, read_json
from server.api.rate import Rate
from server.api.refusals import ApiRefused, of_error
from server.http.body import Disconnected, read_body
from server.http.errors import RETRY_AFTER_SECONDS, HttpRefused, database_failed, unexpected
from server.http.workers import Workers
from server.logs import logger
from syncengine.model.errors import Busy, SyncError
from syncengine.store.store import Store

Call = Callable[[Store, Asked], tuple[int, Any]]
REFUSED = "A bearer token that is good is needed: in the header Authorization, and nowhere else."
MEDIA_TYPE, PROBLEM = "application/json", "application/problem+json"
BODIES = ("POST", "PUT")


class Gate:
    """An ASGI application for one address. calls: by method; none: there is nothing there."""

    def __init__(
        self,
        store: Store,
        workers: Workers,
        tokens: ApiTokens,
        rate: Rate,
        calls: Mapping[str, Call],
        stall_seconds: float,
    ) -> None:
        self._store = store
        self._workers = workers
        self._tokens = tokens
        self._rate = rate
        self._calls = calls
        self._stall_seconds = stall_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request = Request(scope, receive)
        try:
            status, data = await self._answer(request, receive)
            headers, media_type = dict[str, str](), MEDIA_TYPE
        except Disconnected:
            raise
        except Exception as error:
            refused = self._refused(error, request)
            if not getattr(request.state, "read", request.method in ("GET", "HEAD")):
                refused.headers["connection"] = "close"  # a body is still on its way
            status, data, headers = refused.status, refused.as_data(), refused.headers
            media_type = PROBLEM
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        await _send(send, status, body.encode("utf-8", "backslashreplace"), media_type, headers)

    async def _answer(self, request: Request, receive: Receive) -> tuple[int, Any]:
        method = "GET" if request.method == "HEAD" else request.method
        with self._workers.admitted():
            bearer = await self._workers.run(self._bearer, request.headers.getlist("authorization"))
            wait = self._rate.take(bearer.token)
            if wait:
                said = f"This token asks too often: try again in {wait} seconds."
                raise ApiRefused("request.too_many", said, headers={"retry-after": str(wait)})
            if not self._calls:
                raise ApiRefused("not.found", "There is nothing at this address.")
            if method not in self._calls:
                allowed = ", ".join(sorted(self._calls))
                said = f"This address takes {allowed}."
                raise ApiRefused("method.unknown", said, headers={"allow": allowed})
            body = await self._body(request, receive) if method in BODIES else None
            return await self._workers.run(self._called, method, request, bearer, body)

    def _bearer(self, sent: list[str]) -> Carried:
        """Whose request it is; one answer for whatever is wrong with the token."""
        scheme, _, token = sent[0].partition(" ") if len(sent) == 1 else ("", "", "")
        found = self._tokens.opened(token.strip()) if scheme.lower() == "bearer" else None
        if found is None:
            raise ApiRefused("auth.required", REFUSED, headers={"www-authenticate": "Bearer"})
        return found

    async def _body(self, request: Request, receive: Receive) -> bytes:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = request.headers.get("content-encoding", "identity")
        if kind != MEDIA_TYPE or coding != "identity":
            said = f"The content type must be {MEDIA_TYPE}, without a content encoding."
            raise ApiRefused("request.media_type", said)
        length = request.headers.get("content-length", "")
        if length.isdigit() and int(length[:20]) > MAX_BODY:
            raise _too_large()
        body = await read_body(receive, MAX_BODY, self._stall_seconds)
        request.state.read = True
        return body

    def _called(
        self, method: str, request: Request, bearer: Carried, body: bytes | None
    ) -> tuple[int, Any]:
        asked = Asked(
            request.path_params,
            read_query(request.url.query),
            bearer,
            f"{method} {request.url.path}",
            None if body is None else read_json(body),
            request.headers.get("idempotency-key"),
        )
        return self._calls[method](self._store, asked)

    def _refused(self, error: Exception, request: Request) -> ApiRefused:
        """The problem; what nobody foresaw goes into the log under a reference."""
        if isinstance(error, HttpRefused):  # while the body was read
            stalled = error.failure.code == "http.408"
            refused = (
                ApiRefused("request.stalled", error.failure.detail) if stalled else _too_large()
            )
        elif isinstance(error, ApiRefused):
            refused = error
        elif isinstance(error, SyncError):
            refused = of_error(error)
        elif database_failed(error):
            refused = of_error(Busy("The database does not answer: try again shortly."))
        else:
            failure = unexpected(error, self._store.environment, path=request.url.path)
            return ApiRefused(failure.code, failure.detail, more=dict(failure.data))
        if refused.status == 503:
            refused.headers["retry-after"] = RETRY_AFTER_SECONDS.decode("ascii")
        audited = "audit.api.refused" if refused.status == 401 else "refused"
        client = request.client.host if request.client else ""
        logger().info(audited, code=refused.code, path=request.url.path, client=client)
        return refused


def _too_large() -> ApiRefused:
    said = f"A body has at most {MAX_BODY} bytes."
    return ApiRefused("request.too_large", said, more={"limit": MAX_BODY})


async def _send(
    send: Send, status: int, body: bytes, media_type: str, headers: Mapping[str, str]
) -> None:
    told = {
        "content-type": media_type,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "x-content-type-options": "nosniff",
        **headers,
    }
    raw = [(name.encode("ascii"), value.encode("ascii")) for name, value in told.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": body})

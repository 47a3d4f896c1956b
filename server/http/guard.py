"""The one layer around the router: what is raised before an answer becomes one, never a trace."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from server.http.body import Disconnected
from server.http.errors import (
    HttpRefused,
    failure_of,
    log_refusal,
    send_failure,
    unexpected,
)
from syncengine.model.environment import Environment
from syncengine.model.errors import SyncError

UNROUTED = {
    404: "There is nothing at this address: check the app's server setting, or update the app.",
    405: "This address does not take this method: check that nothing between rewrites requests.",
}


class Guard:
    """An ASGI application that answers for the errors of `inner`, which sends nothing before."""

    def __init__(self, inner: ASGIApp, environment: Environment) -> None:
        self._inner = inner
        self._environment = environment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        try:
            await self._inner(scope, receive, send)
        except Disconnected:
            return  # the server closes a connection whose answer was never finished
        except Exception as error:
            await self._answer(error, scope, send)

    async def _answer(self, error: Exception, scope: Scope, send: Send) -> None:
        status: int | None = None
        headers: list[tuple[bytes, bytes]] = []
        if isinstance(error, HTTPException):  # from the router: no such path or method
            headers = [(k.lower().encode(), v.encode()) for k, v in (error.headers or {}).items()]
            reason = UNROUTED.get(error.status_code, f"{error.detail}.")
            error = HttpRefused(HTTPStatus(error.status_code), reason, close=True)
        if isinstance(error, HttpRefused):
            failure, status = error.failure, error.status
            headers += [(b"connection", b"close")] if error.close else []
        elif isinstance(error, SyncError):
            failure = failure_of(error)
        else:
            failure = unexpected(error, self._environment, path=scope["path"])
        log_refusal(failure, path=scope["path"], client=(scope.get("client") or ("",))[0])
        await send_failure(send, failure, status, headers)

"""The wrapper around every endpoint: what is raised before an answer becomes one, never a trace."""

from __future__ import annotations

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


class Guard:
    """An ASGI application that answers for the errors of `inner`, which sends nothing before."""

    def __init__(self, inner: ASGIApp, environment: Environment) -> None:
        self._inner = inner
        self._environment = environment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status: int | None = None
        close = False
        try:
            await self._inner(scope, receive, send)
            return
        except Disconnected:
            return  # the server closes a connection whose answer was never finished
        except HttpRefused as refused:
            failure, status, close = refused.failure, refused.status, refused.close
        except SyncError as error:
            failure = failure_of(error)
        except Exception as error:
            failure = unexpected(error, self._environment, path=scope["path"])
        log_refusal(failure, path=scope["path"], client=(scope.get("client") or ("",))[0])
        await send_failure(send, failure, status, close)

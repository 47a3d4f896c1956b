"""The HTTP application: four paths for devices, two for whoever watches the process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from server.http.enrolment import Enrolment, MessageEndpoint
from server.http.guard import Guard
from server.http.health import Health, Ready
from server.http.seats import SeatCache
from server.http.sync import SyncEndpoint
from server.http.workers import Workers
from server.settings import Settings
from server.tokens import Tokens
from syncengine.protocol.enrolment import MEDIA_TYPE, Challenge, Enrol, TokenRequest
from syncengine.protocol.messages import Failure, encode
from syncengine.store.store import Store


def create_app(
    store: Store,
    settings: Settings,
    on_start: Callable[[], None] | None = None,
) -> Starlette:
    """The application around a migrated store.

    on_start runs in a worker thread before the first request is taken: imports that a crash cut
    short are finished there. The caller closes the store. `app.state.workers.closing` set to True
    ends running streams.
    """
    environment = store.environment
    workers = Workers(settings.worker_threads(), settings.max_in_flight)
    tokens = Tokens(
        store.secret, environment.now, settings.token_seconds, settings.challenge_seconds
    )
    seats = SeatCache(store)
    enrolment = Enrolment(store, tokens, seats)
    stall = settings.stall_seconds
    endpoints: dict[
        str, ASGIApp
    ] = {  # the one that is asked for most comes first: the router tries them in order
        "/v1/sync": SyncEndpoint(store, settings, environment, workers, tokens, seats),
        "/v1/token": MessageEndpoint(TokenRequest, enrolment.token, workers, stall),
        "/v1/challenge": MessageEndpoint(Challenge, enrolment.challenge, workers, stall),
        "/v1/enrol": MessageEndpoint(Enrol, enrolment.enrol, workers, stall),
    }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if on_start is not None:
            await workers.run(on_start)
        yield
        workers.close()

    app = Starlette(
        routes=[
            *(
                Route(path, Guard(inner, environment), methods=["POST"])
                for path, inner in endpoints.items()
            ),
            Route("/health", Health(), methods=["GET"]),
            Route("/ready", Ready(store, workers), methods=["GET"]),
        ],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirect would repeat the client's Host header
    app.state.workers = workers
    return app


async def _refused(request: Request, error: Exception) -> Response:
    """Unknown paths and methods, in the words of the protocol."""
    assert isinstance(error, HTTPException)
    failure = Failure(f"http.{error.status_code}", f"{error.detail}.", [])
    headers = {**(error.headers or {}), "connection": "close"}  # a body was possibly left unread
    return Response(encode(failure), error.status_code, headers, media_type=MEDIA_TYPE)

"""The HTTP application: the paths for devices, two for whoever watches the process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp

from server.blobs import attachments_of
from server.errands import Runner, Work
from server.http.downloads import DownloadEndpoint
from server.http.enrolment import Enrolment, MessageEndpoint
from server.http.guard import Guard
from server.http.health import Health, Ready
from server.http.process import Pages, Process, Streams
from server.http.seats import SeatCache
from server.http.sync import SyncEndpoint
from server.http.uploads import PATH, UploadEndpoint
from server.http.wake import WakeEndpoint
from server.http.workers import Workers
from server.jobs import Jobs, retention_of
from server.settings import Settings
from server.tokens import Tokens
from server.wake import Pace, Wake, listen
from syncengine.protocol.enrolment import Challenge, Enrol, TokenRequest
from syncengine.protocol.limits import SPOKEN
from syncengine.store.news import Reader
from syncengine.store.signals import notifications, notifies
from syncengine.store.store import Store
from syncengine.store.sync_log import SyncLog


def create_app(
    store: Store,
    settings: Settings,
    pages: Pages | None = None,
    works: Mapping[str, Work] | None = None,
) -> Starlette:
    """The application around a migrated store. pages: for people, beside the paths for devices.
    works: what is done as an errand, by its kind.

    Before the first request is taken jobs finish what a crash cut short; from then on they run by
    the clock. The caller closes the store.
    `app.state.workers.closing` set to True ends running answers to syncs; each of
    `app.state.streams` has a `close()` for the others.
    """
    environment = store.environment
    workers = Workers(settings.worker_threads(), settings.max_in_flight)
    tokens = Tokens(
        store.secret, environment.now, settings.token_seconds, settings.challenge_seconds
    )
    seats = SeatCache(store)
    enrolment = Enrolment(store, tokens, seats)
    stall = settings.stall_seconds
    wake = _wake(store, settings, workers)
    log = SyncLog(store)
    attachments = attachments_of(store, settings)
    jobs = Jobs(store, retention_of(settings), log, attachments.collector, attachments.files)
    errands = Runner(store, works or {})
    process = Process(store, settings, workers, jobs, errands, attachments, [wake])
    # the one that is asked for most comes first: the router tries them in order
    endpoints: dict[str, ASGIApp] = {
        f"/v{version}/sync": SyncEndpoint(
            store, settings, environment, workers, tokens, seats, log, version
        )
        for version in sorted(SPOKEN, reverse=True)
    } | {
        "/v1/token": MessageEndpoint(TokenRequest, enrolment.token, workers, stall),
        "/v1/challenge": MessageEndpoint(Challenge, enrolment.challenge, workers, stall),
        "/v1/enrol": MessageEndpoint(Enrol, enrolment.enrol, workers, stall),
    }

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        await workers.run(jobs.start)
        errands.start()
        try:
            async with _waking(wake, process.streams, store):
                yield
        finally:
            await workers.run(errands.stop)
            await workers.run(jobs.stop)
            workers.close()

    app = Starlette(
        routes=[
            *(Route(path, inner, methods=["POST"]) for path, inner in endpoints.items()),
            Route("/v1/wake", WakeEndpoint(wake, workers, tokens, seats, stall), methods=["GET"]),
            *_blobs(process, tokens, seats),
            Route("/health", Health(), methods=["GET"]),
            Route("/ready", Ready(store, workers), methods=["GET"]),
            *(pages(process) if pages else ()),
        ],
        lifespan=lifespan,
    )
    # one layer instead of Starlette's two, which would cost a no-change sync 5 %
    app.middleware_stack = Guard(app.router, environment)
    app.router.redirect_slashes = False  # a redirect would repeat the client's Host header
    app.state.workers = workers
    app.state.streams = process.streams
    app.state.errands = errands
    return app


def _wake(store: Store, settings: Settings, workers: Workers) -> Wake:
    reader = Reader(store.engine, store.schema)
    pace = Pace(
        settings.wake_seats,
        settings.wake_hints_per_second,
        settings.wake_poll_seconds,
        settings.wake_beat_seconds,
    )
    return Wake(
        lambda seats: workers.run(reader.read, seats),
        lambda seats: workers.run(store.seats.locked, seats),
        store.environment.now,
        pace,
    )


def _blobs(process: Process, tokens: Tokens, seats: SeatCache) -> list[Route]:
    """Where attachments come from devices and go to them."""
    settings, workers, there = process.settings, process.workers, process.attachments
    stall, most = settings.stall_seconds, settings.max_in_flight
    upload = UploadEndpoint(there.uploads, workers, tokens, seats, stall)
    download = DownloadEndpoint(there.downloads, workers, tokens, seats, stall, most)
    return [
        Route(PATH, upload, methods=["POST"]),
        Route(PATH + "/{digest}", download, methods=["GET"]),
        Route(PATH + "/uploads/{upload}", upload, methods=["HEAD", "PATCH", "DELETE"]),
    ]


@asynccontextmanager
async def _waking(wake: Wake, streams: Sequence[Streams], store: Store) -> AsyncIterator[None]:
    """Hints go out during the block, and all streams hear of commits."""

    def signal() -> None:
        for some in streams:
            some.signal()

    heard = partial(asyncio.get_running_loop().call_soon_threadsafe, signal)
    await wake.look()
    with store.signals.heard_by(heard):
        tasks = [asyncio.create_task(wake.running())]
        if notifies(store.engine):
            others = partial(notifications, store.engine)
            tasks.append(asyncio.create_task(listen(others, signal)))
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

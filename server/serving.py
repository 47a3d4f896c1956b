"""Running the application: one uvicorn process that stops without losing anything.

On SIGTERM or Ctrl-C: no new connections; requests under way are answered; a stream ends after the
piece being sent with a Failure that says "try again" (the device goes on at its last chunk), one of
hints at once; then the store closes. A second Ctrl-C does not wait.
"""

from __future__ import annotations

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from server import export_errand, leaver_errand, module_tables
from server.api.routes import api_routes
from server.http.app import create_app
from server.http.process import Process
from server.http.protocol import bounded_protocol
from server.importer import works
from server.logs import logger
from server.portal.routes import portal_routes, tables
from server.problem import Problem
from server.settings import Settings
from syncengine.store.store import Store

BACKLOG = 1_024
OTHER_FILES = 200  # libraries, logs, the database's connections


class Server(uvicorn.Server):
    """uvicorn's server, which tells running streams to end before it waits for them."""

    def __init__(self, config: uvicorn.Config, app: Starlette) -> None:
        super().__init__(config)
        self._app = app

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """uvicorn's, after closing the gate."""
        logger().info("stopping")
        self._app.state.workers.closing = True
        for streams in self._app.state.streams:
            streams.close()
        await super().shutdown(sockets)
        logger().info("stopped")


def listen(settings: Settings) -> socket.socket:
    """The listening socket; Problem when the address cannot be had."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((settings.host, settings.port))
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        where = f"{settings.host}:{settings.port}"
        raise Problem("server.address", f"Cannot listen on {where}: {error.strerror}.") from None
    return found


def raise_file_limit(settings: Settings) -> None:
    """Let this process have as many connections open as the settings allow, as far as the system
    does. The usual limit, 1,024 files, is for programs that count on it; nothing here does.
    """
    if sys.platform == "win32":
        return
    import resource

    streams = settings.wake_seats + settings.live_pages
    needed = streams + settings.max_in_flight + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        logger().warning("file_limit_low", limit=hard, needed=needed)
        needed = hard
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def make_server(store: Store, settings: Settings) -> Server:
    """A server that does not run yet: call `run(sockets=[listen(settings)])`, also in a thread."""
    errands = works.WORKS | leaver_errand.WORKS | export_errand.WORKS
    errands |= module_tables.works(tables(store.schema))
    app = create_app(store, settings, _pages, errands)
    config = uvicorn.Config(
        app,
        http=bounded_protocol(settings.max_header_bytes),
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=settings.graceful_seconds,
        backlog=BACKLOG,
    )
    return Server(config, app)


def _pages(process: Process) -> list[BaseRoute]:
    """For people, and for other systems."""
    return [*api_routes(process), *portal_routes(process)]


def url_of(listener: socket.socket) -> str:
    """How a device on this machine reaches a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

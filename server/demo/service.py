"""The demo's server: the real one, on a free loopback port, in a thread of this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from server.problem import Problem
from server.serving import listen, make_server, url_of
from server.settings import Settings
from syncengine.store.store import Store


@contextmanager
def serving(store: Store, settings: Settings) -> Iterator[str]:
    """The server's URL, as long as the block runs; then it stops as it does on SIGTERM."""
    listener = listen(settings)
    server = make_server(store, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="server")
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise Problem("demo.server", "The demo's server did not start.")
            time.sleep(0.01)
        yield url_of(listener)
    finally:
        server.should_exit = True
        thread.join()

"""The screen as a process of its own would run it, in a thread of the tests."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.screen import Offered, Screen
from device_sdk.screen.serve import HOST, listen, server_for

PATIENCE = 20.0  # seconds until a test gives up


@contextmanager
def running(folder: Path, offered: Offered | None = None) -> Iterator[tuple[str, Screen]]:
    """(its address, the screen), until the block ends."""
    screen = Screen(Place(folder), found_screens(), offered)
    with served(screen) as address:
        yield address, screen


@contextmanager
def served(screen: Screen) -> Iterator[str]:
    """The address of a screen that was made already."""
    server, listener = server_for(screen), listen(0)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="screen")
    thread.start()
    try:
        until(lambda: server.started)
        yield f"http://{HOST}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        screen.sign_out()
        listener.close()


def until(holds: object) -> None:
    """Wait for something that another thread does."""
    assert callable(holds)
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def in_step(screen: Screen) -> bool:
    """Whether somebody is signed in, and a sync has worked since the last edit."""
    user = screen.user
    if user is None:
        return False
    status = user.device.status()
    whole = status.synced is not None and not status.coming
    return whole and not status.syncing and not status.pending

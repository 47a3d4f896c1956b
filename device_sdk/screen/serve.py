"""Running the screen: one process for one folder, on this machine's own address alone."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from device_sdk.screen.brought import found_screens
from device_sdk.screen.place import Place
from device_sdk.screen.routes import screen_app
from device_sdk.screen.screen import Offered, Screen
from syncengine.model.errors import Advice, SyncError

HOST = "127.0.0.1"
PORT = 8321


class AddressTaken(SyncError):
    """Something else listens there, maybe this screen itself."""

    code = "screen.address"
    advice = Advice.FIX


def listen(port: int) -> socket.socket:
    """A socket that this machine alone reaches; 0: any free port. AddressTaken."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((HOST, port))
        found.listen()
    except OSError as error:
        found.close()
        raise AddressTaken(f"Cannot listen on {HOST}:{port}: {error.strerror}.") from None
    return found


def server_for(screen: Screen) -> uvicorn.Server:
    """One that does not run yet: call `run(sockets=[listen(port)])`, also in a thread."""
    config = uvicorn.Config(
        screen_app(screen), log_config=None, access_log=False, server_header=False, ws="none",
        proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
    return uvicorn.Server(config)


def run(folder: Path, offered: Offered, port: int, told: Callable[[str], None]) -> None:
    """Until somebody stops it. told: hears the address. PlaceUnreadable, ScreenInvalid,
    AddressTaken.
    """
    screen = Screen(Place(folder), found_screens(), offered)
    server = server_for(screen)
    listener = listen(port)
    told(f"http://{HOST}:{listener.getsockname()[1]}/")
    try:
        server.run(sockets=[listener])
    finally:
        screen.sign_out()
        listener.close()

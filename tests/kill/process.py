"""A server or a device as a process that kills itself at a point: `kill -9`, no clean-up.

    python -m tests.kill.process server DATABASE PORT POINT SKIP
    python -m tests.kill.process device FOLDER URL POINT SKIP STEP...

POINT "-" is never reached. A device does its steps in order: `enrol:CODE`, `note:TEXT`, `sync`.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from device_sdk import Device
from syncengine.model.environment import Environment


def killing(point: str, skip: int) -> Environment:
    """An environment that ends the process when `point` is reached for the (skip + 1)th time."""
    left = [skip]

    def reached(here: str) -> None:
        if here != point:
            return
        if left[0]:
            left[0] -= 1
            return
        os.kill(os.getpid(), signal.SIGKILL)

    return Environment(reached=reached)


def serve(database: str, port: str, environment: Environment) -> None:
    """The real server on a loopback port. Devices start without what it imports."""
    from server.compose import open_store
    from server.logs import configure_logs
    from server.serving import listen, make_server
    from server.settings import load_settings

    settings = load_settings(None, {}, database=database, port=int(port), log_level="error")
    configure_logs(settings, sys.stderr)
    with open_store(settings, environment, migrated=True) as store:
        make_server(store, settings).run(sockets=[listen(settings)])


def drive(folder: str, url: str, environment: Environment, steps: list[str]) -> None:
    """The real device; prints what it holds as JSON."""
    device: Device | None = None
    for step in steps:
        name, _, argument = step.partition(":")
        if name == "enrol":
            device = Device.enrol(Path(folder), url, argument, "tablet", environment=environment)
            continue
        device = device or Device.open(Path(folder), url, environment=environment)
        if name == "note":
            with device.changeset() as changes:
                changes.insert("note", author=device.person, text=argument)
        elif name == "sync":
            device.sync()
    assert device is not None
    notes = sorted(str(note.text) for note in device.rows("note"))
    print(json.dumps({"counts": device.counts(), "notes": notes, "pending": device.pending()}))  # noqa: T201
    device.close()


def main(arguments: list[str]) -> None:
    """See the module's text."""
    role, place, address, point, skip, *steps = arguments
    environment = killing(point, int(skip))
    if role == "server":
        serve(place, address, environment)
    else:
        drive(place, address, environment, steps)


if __name__ == "__main__":
    main(sys.argv[1:])

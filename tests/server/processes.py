"""`syncengine serve` as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

SYNCENGINE = [sys.executable, "-c", "from server.cli import main; main()"]


@dataclass
class Process:
    """`syncengine serve` and what it logged."""

    popen: subprocess.Popen[str]
    url: str
    lines: list[str] = field(default_factory=list)

    def events(self) -> list[str]:
        """The names of the events logged so far."""
        return [json.loads(line)["event"] for line in self.lines]


Serve = Callable[..., Process]


@contextmanager
def processes(database_url: str) -> Iterator[Serve]:
    """Start processes on the database, settings by name; killed at the end when still running."""
    running: list[Process] = []

    def _serve(**settings: object) -> Process:
        given = {f"SYNCENGINE_{name.upper()}": str(value) for name, value in settings.items()}
        popen = subprocess.Popen(
            [*SYNCENGINE, "serve", "--database", database_url, "--port", "0"],
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "SYNCENGINE_GRACEFUL_SECONDS": "10", **given},
        )
        assert popen.stderr is not None
        first = json.loads(popen.stderr.readline())
        assert first["event"] == "serving", first
        process = Process(popen, first["url"])
        threading.Thread(
            target=lambda: process.lines.extend(popen.stderr or ()), daemon=True
        ).start()
        running.append(process)
        return process

    yield _serve
    for process in running:
        process.popen.kill()
        process.popen.wait()
        assert process.popen.stderr is not None
        process.popen.stderr.close()

"""The processes of a measurement: a real server, and clients with the SDK."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 30.0


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def peak_megabytes(pid: int) -> float:
    """The largest resident size that a process has had (Linux: VmHWM)."""
    return _status(pid, "VmHWM")


def _status(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError("this system does not tell a process's memory")


def resident_megabytes(pid: int) -> float:
    """The resident size of a process now."""
    return _status(pid, "VmRSS")


def forget_peak(pid: int) -> None:
    """Let the peak of a process count anew, from its present size on (Linux: clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


@contextmanager
def serving(database: str, log: Path | None = None) -> Iterator[tuple[str, int]]:
    """A server on the database, as users start it; gives (URL, process id). log: where it writes
    what it logs; without one it logs errors alone, to nowhere.
    """
    port = free_port()
    level = "info" if log else "error"
    environment = {**os.environ, "SYNCENGINE_LOG_LEVEL": level, "SYNCENGINE_PORT": str(port)}
    command = [sys.executable, "-c", "from server.cli import main; main()", "serve"]
    with (log or Path(os.devnull)).open("wb") as out:
        process = subprocess.Popen(
            [*command, "--database", database],
            env=environment,
            stdout=out,
            stderr=out if log else None,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(f"{url}/ready", process)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


@contextmanager
def serving_bare() -> Iterator[str]:
    """The yardstick application of benchmarks.bare; gives its URL."""
    port = free_port()
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.bare", str(port)])
    url = f"http://127.0.0.1:{port}"
    try:
        _wait(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except (urllib.error.URLError, OSError):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the server did not start") from None
            time.sleep(0.05)


class ClientProcess:
    """A process of benchmarks.client, or of what else takes commands; `ask` sends one and waits for
    its answer.
    """

    def __init__(self, url: str, folder: Path, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", f"benchmarks.{module}", url, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **arguments: object) -> dict[str, Any]:
        """The answer; RuntimeError when the client died."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps({"do": do, **arguments}) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the client ended during {do}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def close(self) -> None:
        """End the client."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@contextmanager
def client(url: str, folder: Path, module: str = "client") -> Iterator[ClientProcess]:
    """A client process for the block."""
    started = ClientProcess(url, folder, module)
    try:
        yield started
    finally:
        started.close()


def replayed(path: Path, seconds: float) -> float:
    """Requests a second by a replay process of its own."""
    command = [sys.executable, "-m", "benchmarks.replay", str(path), str(seconds)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return float(json.loads(answer)["requests_s"])

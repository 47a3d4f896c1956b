"""The SDK's side of a measurement, in a process of its own; talks JSON lines with the bench.

Started as `python -m benchmarks.client URL FOLDER`; each line on standard input is a command.
"""

from __future__ import annotations

import json
import sys
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from benchmarks.replay import Recorded
from device_sdk import Device, HttpTransport, Response
from syncengine.model.fields import Stored
from syncengine.model.ids import to_text


class Recorder:
    """A transport that remembers its last sync request, to be replayed without the SDK."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._inner = HttpTransport(url)
        self.last: Recorded | None = None

    @contextmanager
    def post(self, path: str, headers: Mapping[str, str], body: bytes) -> Iterator[Response]:
        """As the HTTP transport."""
        if path == "/v1/sync":
            self.last = Recorded(self._url + path, dict(headers), body)
        with self._inner.post(path, headers, body) as response:
            yield response

    def listen(self, path: str, headers: Mapping[str, str]) -> AbstractContextManager[Response]:
        """As the HTTP transport."""
        return self._inner.listen(path, headers)

    def close(self) -> None:
        """As the HTTP transport."""
        self._inner.close()


class Client:
    """The devices of one client process, by name."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url = url
        self._folder = folder
        self._devices: dict[str, Device] = {}
        self._recorders: dict[str, Recorder] = {}
        self._changed = threading.Condition()
        self._shown: dict[str, float] = {}  # text of the watched query -> since when

    def enrol(self, name: str, code: str) -> dict[str, Any]:
        """A new device."""
        self._recorders[name] = Recorder(self._url)
        self._devices[name] = Device.enrol(self._folder / name, self._recorders[name], code, name)
        return {}

    def sync(self, name: str) -> dict[str, Any]:
        """One sync: milliseconds, rows, bytes."""
        report = self._devices[name].sync()
        return {
            "ms": report.milliseconds,
            "rows": report.rows_received,
            "bytes": report.bytes_received,
            "verdicts": report.verdicts,
            "held": self._devices[name].counts()["customer"],
        }

    def edit(self, name: str, count: int) -> dict[str, Any]:
        """`count` changesets of one new row each, made offline; seconds for making them."""
        device = self._devices[name]
        began = time.perf_counter()
        for number in range(count):
            with device.changeset() as changes:
                changes.insert(
                    "note", author=device.person, text=f"Visit {number}: ask again in May"
                )
        return {"seconds": time.perf_counter() - began}

    def idle(self, name: str, seconds: float) -> dict[str, Any]:
        """Syncs a second with nothing to do, one after the other."""
        device = self._devices[name]
        began = time.perf_counter()
        done = 0
        while time.perf_counter() - began < seconds:
            device.sync()
            done += 1
        return {"syncs_s": done / (time.perf_counter() - began)}

    def change(self, name: str, row: str, phone: str) -> dict[str, Any]:
        """An edit of a customer, sent at once; `began`: when, by the machine's monotonic clock."""
        device = self._devices[name]
        device.sync()  # else it would conflict with what was changed elsewhere
        began = time.monotonic()
        with device.changeset() as changes:
            changes.update("customer", uuid.UUID(row), phone=phone)
        device.sync()
        return {"began": began}

    def run(self, name: str, query: str) -> dict[str, Any]:
        """Sync in the background from now on, and watch a query of one text."""
        device = self._devices[name]
        device.watch(query, self._show)
        thread = threading.Thread(target=device.run, args=(threading.Event(),), daemon=True)
        thread.start()
        return {}

    def _show(self, rows: list[tuple[Stored, ...]]) -> None:
        at = time.monotonic()
        with self._changed:
            for (text,) in rows:
                self._shown.setdefault(str(text), at)
            self._changed.notify_all()

    def shown(self, text: str, seconds: float) -> dict[str, Any]:
        """When the watched query first had that text."""
        with self._changed:
            if not self._changed.wait_for(lambda: text in self._shown, seconds):
                raise RuntimeError(f"{text} was never shown")
            return {"at": self._shown[text]}

    def record(self, names: list[str], path: str) -> dict[str, Any]:
        """Write the last sync request of each device to a file."""
        found = [self._recorders[name].last for name in names]
        Path(path).write_bytes(msgspec.msgpack.encode(found))
        return {}

    def rows(self, name: str, count: int) -> dict[str, Any]:
        """Ids of `count` customers that the device holds."""
        found = self._devices[name].query("SELECT id FROM customer LIMIT ?", (count,))
        return {"ids": [to_text(i) for (i,) in found if isinstance(i, bytes)]}


def serve_commands(made: Callable[[str, Path], object], arguments: list[str]) -> int:
    """One JSON answer a line, by the method that the command names."""
    url, folder = arguments
    client = made(url, Path(folder))
    for line in sys.stdin:
        command = json.loads(line)
        answer = getattr(client, command.pop("do"))(**command)
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(serve_commands(Client, sys.argv[1:]))

"""A device as a process: works and syncs until it is told to stop, and writes down what it saw.

    python -m tests.partitions.worker FOLDER URL HISTORY SEED

The store is enrolled. Each line of the history is a JSON object with `at`, in seconds of the
machine's monotonic clock, which all processes share. It is written when what it tells has
happened, so a kill loses at most the last one; `try` alone is written before.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Any, TextIO

from device_sdk import Device
from device_sdk.database import fetch
from syncengine.model.errors import SyncError

WORK_SHARE = 0.7
PAUSE_SECONDS = 0.05


class Worker:
    """One device and its history."""

    def __init__(self, device: Device, history: TextIO, seed: str) -> None:
        self._device = device
        self._history = history
        self._random = random.Random(seed)
        self._answered = 0
        self.stopped = False

    def run(self) -> None:
        """Until `stopped`, or whoever started this is gone; what waits is left as it is."""
        self._say("began", notes=self._notes())
        parent = os.getppid()
        while not self.stopped and os.getppid() == parent:
            if self._random.random() < WORK_SHARE:
                self._work()
            self.sync()
            time.sleep(self._random.random() * PAUSE_SECONDS)

    def _work(self) -> None:
        """A note, or a remark about a customer, each with a text that no other has."""
        text = f"{self._random.getrandbits(64):016x}"
        customers = self._device.query("SELECT id FROM customer ORDER BY id")
        row = bytes(self._random.choice(customers)[0]) if customers else None  # type: ignore[arg-type]
        about = row if self._random.random() < 0.4 else None
        self._say("try", text=text, row=about.hex() if about else None)
        with self._device.changeset() as changes:
            if about is None:
                changes.insert("note", author=self._device.person, text=text)
            else:
                changes.update("customer", about, remark=text)
        ((sequence,),) = self._ask("SELECT max(sequence) FROM outbox")
        self._say("made", text=text, sequence=sequence)

    def sync(self) -> bool:
        """One sync, and what the device shows then; whether it worked."""
        began = time.monotonic()
        try:
            report = self._device.sync()
        except SyncError as error:
            self._say("failed", code=error.code)
            self._answers()
            return False
        self._answers()
        self._say("synced", began=began, version=report.version, notes=self._notes())
        return report.complete and self._device.pending() == 0

    def _answers(self) -> None:
        rows = self._ask(
            "SELECT sequence, decided FROM outbox WHERE verdict IS NOT NULL AND sequence>?"
            " ORDER BY sequence", self._answered,
        )  # fmt: skip
        for sequence, version in rows:
            self._say("answered", sequence=sequence, version=version)
            self._answered = sequence

    def _notes(self) -> list[str]:
        return [str(text) for (text,) in self._device.query("SELECT text FROM note")]

    def _ask(self, sql: str, *values: object) -> Any:
        return fetch(self._device._store.database.connection, sql, values)

    def _say(self, do: str, **more: object) -> None:
        print(
            json.dumps({"at": time.monotonic(), "do": do, **more}), file=self._history, flush=True
        )


def main(arguments: list[str]) -> None:
    """See the module's text."""
    place, url, written, seed = arguments
    folder = Path(place)
    with Path(written).open("a") as history, Device.open(folder, url) as device:
        worker = Worker(device, history, seed)

        def stop(*_: object) -> None:
            worker.stopped = True

        signal.signal(signal.SIGTERM, stop)
        worker.run()


if __name__ == "__main__":
    main(sys.argv[1:])

"""The real process: what it answered before it was stopped or killed is there afterwards."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx2
import pytest
import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.protocol.messages import Signed
from syncengine.store.store import Store
from tests.server.conftest import HOUR, NOTE, fill
from tests.server.processes import Process
from tests.server.wire import Client, Device, enrol


@dataclass
class Rep:
    """A device that pushes notes, and what it has been told."""

    device: Device
    acknowledged: set[bytes] = field(default_factory=set)
    pending: tuple[bytes, Signed] | None = None

    def push_until_cut(self) -> None:
        """Push notes one by one for as long as the server answers."""
        while True:
            row = self.device.new_id()
            fields: dict[int, Stored] = {1: self.device.person, 3: "a note"}
            signed = self.device.changeset(Operation(Action.INSERT, NOTE, row, fields))
            self.pending = (row, signed)
            try:
                answer = self.device.sync(signed)
            except httpx2.TransportError:
                return
            if answer.status != 200:
                assert answer.failure.code == "server.busy"
                return
            self.acknowledged.add(row)
            self.pending = None

    def push_pending(self, client: Client) -> None:
        """Send again what was not answered, to another server."""
        assert self.pending is not None
        row, signed = self.pending
        self.device.client = client
        answer = self.device.sync(signed)
        assert answer.status == 200, answer.messages
        self.acknowledged.add(row)


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGKILL], ids=["stop", "kill"])
def test_what_was_answered_survives_and_what_was_not_counts_once(
    store: Store, serve: Callable[[], Process], sign: signal.Signals
) -> None:
    people, _ = fill(store)
    process = serve()
    clients = [Client(process.url) for _ in range(3)]
    reps = [Rep(enrol(c, store.seats.create_code(people["279"], HOUR))) for c in clients]
    threads = [threading.Thread(target=rep.push_until_cut) for rep in reps]
    for thread in threads:
        thread.start()
    while min(len(rep.acknowledged) for rep in reps) < 20:
        time.sleep(0.01)
    process.popen.send_signal(sign)
    for thread in threads:
        thread.join()
    assert process.popen.wait(20) in (0, -sign)
    for client in clients:
        client.http.close()
    if sign is signal.SIGTERM:
        assert "stopping" in process.events()
        assert process.events()[-1] == "stopped"

    with Client(serve().url) as again:
        for rep in reps:
            rep.push_pending(again)
    notes = store.tables["note"]
    with store.engine.connect() as connection:
        kept = [bytes(row) for row in connection.scalars(sa.select(notes.c.id))]
    assert sorted(kept) == sorted(row for rep in reps for row in rep.acknowledged)

"""What happens to an answer while it is under way, and to a server that has too much to do."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.errors import Busy
from syncengine.protocol.frames import FrameReader
from syncengine.protocol.messages import (
    Checkpoint,
    Chunk,
    Cursor,
    Hello,
    Signed,
    Struct,
    Unchanged,
    Welcome,
    decode_response,
)
from syncengine.store.seats import Seat
from tests.server.conftest import CUSTOMER, IMPORT, Served, Start
from tests.server.wire import WORLD

PIECES = 12


class Script:
    """Stands in for Store.sync: plays messages, calls and errors; notes whether it was closed."""

    def __init__(self, *steps: Struct | Exception | Callable[[], object]) -> None:
        self.steps = steps
        self.closed = threading.Event()

    def __call__(self, seat: Seat, hello: Hello, pushed: Sequence[Signed]) -> Iterator[Struct]:
        try:
            for step in self.steps:
                if isinstance(step, Exception):
                    raise step
                if isinstance(step, Struct):
                    yield step
                else:
                    step()
        finally:
            self.closed.set()


WELCOME = Welcome(bytes(16), 1, False, None, 0, 1, 0)


def chunk() -> Chunk:
    """A chunk that does not compress and is large enough to be sent alone."""
    return Chunk([], [Cursor(i, 2**62 - i, 1, WORLD.random_bytes(16)) for i in range(12_000)])


@pytest.fixture
def served(start: Start) -> Served:
    return start()


def until(holds: Callable[[], bool]) -> None:
    """Wait for what comes soon; fail when it does not."""
    for _ in range(1_000):
        if holds():
            return
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def play(served: Served, monkeypatch: pytest.MonkeyPatch, *steps: object) -> Script:
    script = Script(*steps)  # type: ignore[arg-type]
    monkeypatch.setattr(served.store, "sync", script)
    return script


def fill(served: Served, rows: int) -> None:
    person = served.people["279"]
    served.store.write(
        IMPORT,
        [
            Operation(
                Action.INSERT, CUSTOMER, WORLD.new_id(),
                {1: f"x{i}", 2: WORLD.random_bytes(90).hex(), 3: person, 19: True},
            )
            for i in range(rows)
        ],
    )  # fmt: skip


def test_a_long_answer_is_streamed_whole(served: Served) -> None:
    fill(served, 8_000)
    device = served.device("279")
    answer = device.sync()
    assert answer.headers.get("transfer-encoding") == "chunked"
    assert isinstance(answer.messages[-1], Checkpoint)
    assert answer.messages[-1].count > 8_000
    assert isinstance(device.sync().messages[-1], Unchanged)


def test_an_error_before_the_first_message_is_a_status(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = served.device("279")
    play(served, monkeypatch, Busy("The queue is full."))
    answer = device.sync()
    assert (answer.status, answer.failure.code) == (503, "server.busy")
    assert answer.headers["retry-after"] == "2"


def test_an_error_in_the_stream_ends_it_with_a_failure(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = served.device("279")
    for steps in ((WELCOME, Busy("Later.")), (WELCOME, chunk(), chunk(), Busy("Later."))):
        script = play(served, monkeypatch, *steps)
        answer = device.sync()
        assert (answer.status, answer.failure.code) == (200, "server.busy")
        assert len(answer.messages) == len(steps)
        assert script.closed.wait(10)


def test_what_nobody_foresaw_gives_a_reference_and_no_trace(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = served.device("279")
    for steps in ((ValueError("secret"),), (WELCOME, ValueError("secret")), (WELCOME,)):
        play(served, monkeypatch, *steps)
        answer = device.sync()
        assert answer.status == (500 if len(steps) == 1 and steps[0] is not WELCOME else 200)
        assert answer.failure.code == "internal"
        assert b"secret" not in answer.raw
        reference = dict(answer.failure.data)["reference"]
        assert reference in served.log.getvalue()


def test_a_lock_ends_a_running_stream(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    device = served.device("279")
    rest = [chunk() for _ in range(PIECES)]

    def lock() -> None:
        served.store.seats.lock(device.seat)

    script = play(served, monkeypatch, WELCOME, chunk(), lock, *rest)
    answer = device.sync()
    assert answer.failure.code == "auth.seat_locked"
    assert len(answer.messages) < PIECES
    assert script.closed.wait(10)


def test_a_client_that_goes_away_stops_the_work(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, made = served.device("279"), []
    big = chunk()

    def endless(*_: object) -> Iterator[Struct]:
        try:
            yield WELCOME
            while True:
                made.append(1)
                yield big
        finally:
            made.append(0)

    monkeypatch.setattr(served.store, "sync", endless)
    with device.stream() as response:
        next(response.iter_raw())
    until(lambda: made[-1] == 0)
    assert len(made) < 100
    assert served.client.http.get("/health").status_code == 200


def test_a_full_house_sends_the_next_one_away(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = start(max_in_flight=2)
    device, gate = served.device("279"), threading.Event()
    begun: list[int] = []
    play(served, monkeypatch, lambda: begun.append(1), lambda: gate.wait(20), WELCOME, Unchanged())
    statuses: list[int] = []
    others = [
        threading.Thread(target=lambda: statuses.append(device.sync().status)) for _ in range(2)
    ]
    for thread in others:
        thread.start()
    until(lambda: len(begun) == 2)
    answer = device.sync()
    assert (answer.status, answer.failure.code) == (503, "server.busy")
    assert served.client.http.get("/health").status_code == 200
    gate.set()
    for thread in others:
        thread.join()
    assert statuses == [200, 200]


def test_a_body_that_stops_arriving(start: Start) -> None:
    served = start(stall_seconds=0.3)
    device = served.device("279")
    top = (
        f"POST /v2/sync HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {device.token}\r\n"
        "Content-Type: application/vnd.syncengine.v1+msgpack\r\nContent-Length: 100\r\n\r\n"
    )
    raw = served.client.raw(top.encode() + b"abc")
    assert raw.startswith(b"HTTP/1.1 408")


def test_stopping_answers_what_is_under_way_and_cuts_streams_between_pieces(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = served.device("279")
    rest = [chunk() for _ in range(PIECES)]

    def stop() -> None:
        served.server.should_exit = True
        until(lambda: served.server.config.app.state.workers.closing)  # type: ignore[union-attr]

    script = play(served, monkeypatch, WELCOME, chunk(), stop, *rest)
    answer = device.sync()
    assert answer.failure.code == "server.busy"
    assert 2 <= len(answer.messages) < PIECES
    assert script.closed.wait(10)


def test_frames_of_a_stream_arrive_as_they_are_made(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first chunk is with the device while the store still works on the second."""
    device, gate = served.device("279"), threading.Event()
    play(served, monkeypatch, WELCOME, chunk(), lambda: gate.wait(20), chunk(), Unchanged())
    seen: list[Struct] = []
    with device.stream() as response:
        reader = FrameReader(2**30)
        for piece in response.iter_raw():
            seen += [decode_response(m) for m in reader.feed(piece)]
            if len(seen) == 2:
                gate.set()
    assert [type(m) for m in seen] == [Welcome, Chunk, Chunk, Unchanged]

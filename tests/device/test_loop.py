"""The background loop: hints bring a sync forward, never more often than stated, and are not
needed.
"""

from __future__ import annotations

import datetime as dt
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_sdk import Device, SyncReport, loop
from device_sdk.errors import Offline
from device_sdk.listener import MAX_LINE_BYTES, Listen, Listener, hints
from device_sdk.testing import Faults, Server
from device_sdk.transport import Response
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.errors import Malformed, SyncError

NOW = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)
SOON = 30.0  # seconds after which a test fails; nothing waits for it otherwise


class Stop(threading.Event):
    """Waits for nothing, and is set after so many waits; `waits` are the seconds asked for."""

    def __init__(self, after: int) -> None:
        super().__init__()
        self.waits: list[float] = []
        self._after = after

    def wait(self, timeout: float | None = None) -> bool:
        """Note how long it was to be."""
        assert timeout is not None
        self.waits.append(timeout)
        if len(self.waits) >= self._after:
            self.set()
        return self.is_set()


def report(version: int) -> SyncReport:
    return SyncReport(version, 1, 0, {}, 0, 0, 0, 0, 0.0, (), True)


def unheard(_path: str) -> AbstractContextManager[Response]:
    raise Offline("no hints")


def listen_to(pieces: Callable[[threading.Event], Iterator[bytes]]) -> Listen:
    """A stream made by `pieces`, which ends when its event is set."""

    @contextmanager
    def listen(_path: str) -> Iterator[Response]:
        cancelled = threading.Event()
        yield Response(200, pieces(cancelled), cancelled.set)

    return listen


def full(count: int) -> bytes:
    """Randomness that gives every pause its whole length."""
    return b"\xff" * count


def test_many_hints_bring_no_more_syncs_than_stated() -> None:
    """A server that never stops hinting gets a sync a second."""

    def endless(cancelled: threading.Event) -> Iterator[bytes]:
        for version in itertools.count(1000):
            if cancelled.is_set():
                return
            yield b"data: %d\n\n" % version

    stop, syncs = Stop(after=20), itertools.count(1)
    loop.run(lambda: report(next(syncs)), listen_to(endless), stop, full)
    assert stop.waits == [loop.LEAST_SECONDS] * 20
    assert next(syncs) == 21


def test_a_hint_of_what_is_there_already_brings_no_sync() -> None:
    """A device's own changeset comes back to it as a hint."""
    told = threading.Event()

    def own(cancelled: threading.Event) -> Iterator[bytes]:
        yield b"data: 7\n\n"
        told.set()
        cancelled.wait(SOON)

    with Listener(listen_to(own), lambda _: 0.0) as listener:
        assert told.wait(SOON)
        assert listener.woken.is_set(), "before the first sync it may be news"
        listener.synced(8)
        assert listener.woken.is_set(), "after a restore a lower version is news, too"
        listener.synced(7)
        assert not listener.woken.is_set()


def test_without_hints_the_pauses_are_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regular after a success, growing after failures: no stream shortens those."""
    monkeypatch.setattr(loop, "STOP_SECONDS", loop.REGULAR_SECONDS)
    rests: list[float] = []

    def rest(_stop: threading.Event, _woken: threading.Event, seconds: float) -> None:
        rests.append(seconds)

    monkeypatch.setattr(loop, "_rest", rest)
    outcomes: Iterator[SyncReport | SyncError] = iter(
        [Offline("1"), Offline("2"), Offline("3"), report(1), Offline("4")]
    )

    def sync() -> SyncReport:
        outcome = next(outcomes)
        if isinstance(outcome, SyncError):
            raise outcome
        return outcome

    stop = Stop(after=5)
    loop.run(sync, unheard, stop, full)
    assert stop.waits == [1.0, 2.0, 4.0, loop.LEAST_SECONDS, 1.0]
    assert rests == [loop.REGULAR_SECONDS]


def test_a_stream_that_fails_is_opened_again_after_growing_pauses() -> None:
    """One that said something counts from the start again."""
    asked: list[int] = []
    enough = threading.Event()
    streams: list[Offline | bytes] = [
        Offline("no"),
        Offline("no"),
        b"data: 1\n\n",
        b"nonsense\ndata: x\n\n",
        Offline(""),
    ]

    @contextmanager
    def listen(_path: str) -> Iterator[Response]:
        stream = streams[len(asked)] if len(asked) < len(streams) else Offline("no")
        if isinstance(stream, Offline):
            raise stream
        yield Response(200, iter([stream]))

    def pause(failures: int) -> float:
        asked.append(failures)
        if len(asked) == len(streams):
            enough.set()
        return SOON if enough.is_set() else 0.0

    with Listener(listen, pause):
        assert enough.wait(SOON)
    assert asked == [1, 2, 1, 2, 3]


@given(st.lists(st.integers(0, 2**63 - 1)), st.lists(st.integers(0, 200)))
def test_hints_may_arrive_in_any_pieces(versions: list[int], cuts: list[int]) -> None:
    raw = b"".join(b":\n\ndata: %d\n\n" % version for version in versions)
    places = sorted({0, len(raw), *(cut for cut in cuts if cut < len(raw))})
    pieces = [raw[a:b] for a, b in itertools.pairwise(places)]
    assert list(hints(pieces)) == versions


@pytest.mark.parametrize("raw", [b"data: x\n", b"data: -1\n", b"data:\n", b"data: " + b"1" * 20
                                 + b"\n", b"x" * (MAX_LINE_BYTES + 1)])  # fmt: skip
def test_what_is_no_stream_of_hints_is_not_read_on(raw: bytes) -> None:
    with pytest.raises(Malformed):
        list(hints([raw]))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, [MASTERDATA], NOW) as made:
        yield made


def test_the_server_of_apps_tests_gives_hints(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one the device would sync in an hour; offline the stream breaks, too."""
    monkeypatch.setattr(loop, "REGULAR_SECONDS", 3_600.0)
    monkeypatch.setattr(loop, "LEAST_SECONDS", 0.01)
    monkeypatch.setattr(loop, "FIRST_PAUSE_SECONDS", 0.01)
    anna = server.insert("employee", number="7", active=True)
    faults, stop, changed = Faults(), threading.Event(), threading.Event()
    heard: list[SyncReport | SyncError] = []

    def told(outcome: SyncReport | SyncError) -> None:
        heard.append(outcome)
        changed.set()

    def shows(device: Device, count: int) -> bool:
        while len(device.rows("customer")) != count:
            if not changed.wait(SOON):
                return False
            changed.clear()
        return True

    with server.enrol(anna, "tablet", faults) as device:
        thread = threading.Thread(target=device.run, args=(stop, told))
        thread.start()
        assert shows(device, 0)
        for number in (1, 2):
            server.insert("customer", number=str(number), name="x", owner=anna, active=True)
            assert shows(device, number)
        faults.offline = True
        server.insert("customer", number="3", name="x", owner=anna, active=True)
        faults.offline = False
        assert shows(device, 3)
        stop.set()
        thread.join(SOON)
        assert not thread.is_alive()

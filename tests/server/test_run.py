"""`Device.run` against a real server: hints bring its syncs forward, a stop ends both threads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device, SyncReport, loop
from syncengine.model.errors import SeatLocked, SyncError
from tests.server.conftest import HOUR, Served, Start
from tests.server.test_streams import until
from tests.server.test_wake import LONG, edit


@pytest.fixture
def sdk(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Served, Device]]:
    """A device that would sync once an hour without hints."""
    monkeypatch.setattr(loop, "REGULAR_SECONDS", LONG)
    monkeypatch.setattr(loop, "LEAST_SECONDS", 0.01)
    served = start(wake_beat_seconds=0.1)
    code = served.store.seats.create_code(served.people["279"], HOUR)
    with Device.enrol(tmp_path / "sdk", served.client.url, code, "tablet") as device:
        yield served, device


def test_run_syncs_at_a_hint_and_ends_when_told(sdk: tuple[Served, Device]) -> None:
    served, device = sdk
    heard: list[SyncReport | SyncError] = []
    stop = threading.Event()
    thread = threading.Thread(target=device.run, args=(stop, heard.append))
    thread.start()
    until(lambda: bool(heard))
    for phone in ("1", "2", "3"):
        edit(served.store, served.customers["2790"], phone)
        until(lambda phone=phone: phones(device) == {phone, None})  # type: ignore[misc]
    stop.set()
    thread.join(30)
    assert not thread.is_alive()
    assert all(isinstance(report, SyncReport) for report in heard)
    assert [t for t in threading.enumerate() if t.name == "listener"] == []


def phones(device: Device) -> set[object]:
    """What the device shows."""
    return {phone for (phone,) in device.query("SELECT phone FROM customer")}


def test_run_hears_at_once_that_the_seat_is_locked(sdk: tuple[Served, Device]) -> None:
    served, device = sdk
    heard: list[SyncReport | SyncError] = []
    thread = threading.Thread(target=device.run, args=(threading.Event(), heard.append))
    thread.start()
    until(lambda: bool(heard))
    (seat,) = served.store.seats.list()
    served.store.seats.lock(seat.seat.id)
    thread.join(30)
    assert not thread.is_alive()
    assert isinstance(heard[-1], SeatLocked)

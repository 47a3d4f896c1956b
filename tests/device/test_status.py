"""What a status line shows, also after the app was started anew, and that it decides nothing."""

from __future__ import annotations

import asyncio
import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from device_sdk import AsyncDevice, Device, DeviceStatus
from device_sdk.errors import Offline
from device_sdk.status import MAX_DETAIL
from device_sdk.testing import Faults, Server
from modules.masterdata.manifest import MASTERDATA
from syncengine.model.errors import Busy, SeatLocked, SyncError, UpgradeRequired

NOW = dt.datetime(2026, 11, 25, 8, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)
NOTHING = DeviceStatus(NOW, None, False, None, None, 0, None, {}, 0, ("main", "catalogue"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path, [MASTERDATA], NOW) as made:
        yield made


@pytest.fixture
def anna(server: Server) -> uuid.UUID:
    return server.insert("employee", number="7", active=True)


@pytest.fixture
def shop(server: Server, anna: uuid.UUID) -> uuid.UUID:
    return server.insert("customer", number="1", name="Shop", owner=anna, active=True)


def attempt(device: Device, faults: Faults, refusal: SyncError | None = None) -> DeviceStatus:
    """A sync that fails: with that answer, or without one."""
    faults.refuse, faults.offline = refusal, refusal is None
    with pytest.raises(SyncError):
        device.sync()
    faults.offline = False
    return device.status()


def test_before_the_first_sync_there_is_nothing_to_tell(server: Server, anna: uuid.UUID) -> None:
    with server.enrol(anna, "tablet") as device:
        assert device.status() == NOTHING
        assert device.status().age is None


def test_the_last_sync_is_known_after_a_restart(server: Server, anna: uuid.UUID) -> None:
    with server.enrol(anna, "tablet") as device:
        device.sync()
        server.now += MINUTE
        device.sync()  # nothing was new: it counts all the same
    server.now += 2 * MINUTE
    with server.open("tablet", Faults(offline=True)) as device:
        status = device.status()
        assert (status.synced, status.age) == (NOW + MINUTE, 2 * MINUTE)
        server.now -= 9 * MINUTE  # somebody sets the clock back
        assert device.status().age == dt.timedelta(0)


def test_an_error_stands_until_a_sync_works(server: Server, anna: uuid.UUID) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        device.sync()
        server.now += MINUTE
        problem = attempt(device, faults).problem
        assert problem is not None
        assert (problem.code, problem.advice) == ("device.offline", "retry")
        assert (problem.detail, problem.at) == ("The server was not reached.", NOW + MINUTE)
        server.now += MINUTE
        assert attempt(device, faults, Busy("x" * 1_000)).problem == replace(
            problem, code="server.busy", detail="x" * MAX_DETAIL, at=NOW + 2 * MINUTE
        )
        assert device.status().synced == NOW
    with server.open("tablet") as device:
        assert device.status().problem is not None
        device.sync()
        assert device.status().problem is None


def test_what_a_person_has_to_solve_stays_while_there_is_no_network(
    server: Server, anna: uuid.UUID
) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        locked = attempt(device, faults, SeatLocked("Call the office."))
        assert locked.locked
        assert not locked.must_update
        assert attempt(device, faults).problem == locked.problem
        update = attempt(device, faults, UpgradeRequired("Update the app."))
        assert update.must_update
        assert not update.locked
        device.sync()
        assert not device.status().must_update


def test_what_waits_and_what_was_refused(server: Server, anna: uuid.UUID, shop: uuid.UUID) -> None:
    with server.enrol(anna, "tablet", faults := Faults()) as device:
        device.sync()
        for phone in "12":
            server.now += MINUTE
            with device.changeset() as changes:
                changes.update("customer", shop, phone=phone)
                changes.insert("contact", customer=shop, name=phone, active=True)
        status = attempt(device, faults)
        assert (status.pending, status.pending_since) == (2, NOW + MINUTE)
        assert status.pending_rows == {"customer": 1, "contact": 2}
        server.update("customer", shop, owner=server.insert("employee", number="8", active=True))
        device.sync()
        status = device.status()
        assert (status.pending, status.pending_since, status.pending_rows) == (0, None, {})
        assert status.inbox == len(device.inbox()) == 2
        device.dismiss(device.inbox()[0].sequence)
        assert device.status().inbox == 1


@pytest.mark.parametrize(("minutes", "wrong"), [(0, False), (4, False), (6, True), (-90, True)])
def test_a_wrong_clock_is_told_and_changes_nothing(
    server: Server, anna: uuid.UUID, shop: uuid.UUID, minutes: int, wrong: bool
) -> None:
    """Invariant 19. It is known also when the sync fails after the server's greeting."""
    with server.enrol(anna, "tablet", faults := Faults(), ahead=minutes * MINUTE) as device:
        faults.cut_after = 150
        with pytest.raises(Offline):
            device.sync()
        status = device.status()
        assert (status.clock_ahead, status.clock_is_wrong) == (minutes * MINUTE, wrong)
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", shop, phone="1")
        assert device.sync().verdicts == {"accepted": 1}
        assert attempt(device, faults).clock_ahead == minutes * MINUTE


def test_a_sync_that_is_under_way_shows(server: Server, anna: uuid.UUID) -> None:
    seen = []
    with server.enrol(anna, "tablet") as device:
        device.sync(lambda _: seen.append(device.status()))
        assert [(status.syncing, status.synced) for status in seen] == [(True, None)]
        assert not device.status().syncing


def test_the_asyncio_device_tells_the_same(server: Server, anna: uuid.UUID) -> None:
    with server.enrol(anna, "tablet") as device:
        assert asyncio.run(AsyncDevice(device).status()) == device.status()

"""A disk that is full or fails: the app hears so by a code, and nothing is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest

from device_sdk import Device
from device_sdk.errors import DiskFailed, DiskFull, SyncError
from tests.simulation.disk import NAME, Disk
from tests.simulation.faults import Fault
from tests.support.world import World


@pytest.mark.parametrize(("kind", "told"), [("disk_full", DiskFull), ("disk_failed", DiskFailed)])
def test_nothing_is_lost_and_the_next_try_works(
    world: World, kind: str, told: type[SyncError]
) -> None:
    """Neither a piece of work that could not be saved nor a sync leaves anything half done."""
    mine = world.customer("a", "1")
    device = world.enrol("a")
    device.close()
    disk = Disk(world.folder / "a", Random(1), Counter())
    environment = replace(world.device_environment(None), disk=NAME)
    device = Device.open(world.folder / "a", device._transport, environment=environment)
    disk.arm(Fault(kind))
    with pytest.raises(told):
        device.sync()
    disk.arm(None)
    device.sync()
    disk.arm(Fault(kind))
    with pytest.raises(told), device.changeset() as changes:
        changes.update("customer", mine, phone="lost")
    disk.arm(None)
    assert device.pending() == 0
    with device.changeset() as changes:
        changes.update("customer", mine, phone="1")
    assert device.sync().verdicts == {"accepted": 1}
    assert device.query("SELECT phone FROM customer") == [("1",)]
    device.close()

"""An answer that arrives again, long after the one to which it belonged (invariant 14)."""

from __future__ import annotations

import pytest

from device_sdk import Device
from device_sdk.errors import Busy, Offline
from syncengine.protocol.messages import Failure, Struct
from tests.device.fake import Fake, shown


def kept_of_the_next(fake: Fake) -> list[Struct]:
    """The messages of the next answer, once it was given."""
    kept: list[Struct] = []

    def keep(messages: list[Struct]) -> list[Struct]:
        kept.extend(messages)
        return messages

    fake.mangle = [keep]
    return kept


def test_an_old_answer_changes_nothing(fake: Fake, device: Device) -> None:
    """Found by the simulator: its checkpoint adds up, so nothing else tells that it is old."""
    kept = kept_of_the_next(fake)
    fake.customer("one")
    device.sync()
    moved = fake.customer("two")
    device.sync()
    before = shown(device), device.version
    fake.mangle = [lambda _: kept]
    with pytest.raises(Offline):
        device.sync()
    assert (shown(device), device.version) == before
    fake.remove("customer", moved)
    device.sync()
    assert list(shown(device).values()) == ["one"]


def test_an_old_answer_changes_nothing_in_an_unfinished_pull(fake: Fake, device: Device) -> None:
    """Found by the simulator: as old as the checkpoint, but older than what came since."""
    kept = kept_of_the_next(fake)
    fake.customer("one")
    device.sync()
    fake.customer("two")
    fake.mangle = [lambda messages: [*messages[:-1], Failure("server.busy", "", [])]]
    with pytest.raises(Busy):
        device.sync()
    fake.mangle = [lambda _: kept]
    with pytest.raises(Offline):
        device.sync()
    device.sync()
    assert sorted(shown(device).values()) == ["one", "two"]

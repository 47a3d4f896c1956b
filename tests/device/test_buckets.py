"""Rows and the buckets that hold them: what leaves, what stays, what comes anew."""

from __future__ import annotations

from device_sdk import Device
from tests.device.fake import Fake, shown
from tests.device.feed import Bucket


def test_a_dropped_bucket_takes_its_rows_but_not_the_shared_ones(
    fake: Fake, device: Device
) -> None:
    """Invariant 8, and D6's overlap."""
    fake.buckets[3] = Bucket("business", fake.environment.new_id(), "substitution")
    mine, shared = fake.customer("mine"), fake.customer("shared", [2, 3])
    fake.customer("theirs", [3])
    fake.granted = [1, 2, 3]
    device.sync()
    assert len(shown(device)) == 3
    fake.granted = [1, 2]
    device.sync()
    assert set(shown(device)) == {mine, shared}
    fake.granted = [1]
    device.sync()
    assert shown(device) == {}


def test_a_primary_bucket_that_goes_leaves_the_row_to_the_other(fake: Fake, device: Device) -> None:
    fake.buckets[3] = Bucket("business", fake.environment.new_id(), "substitution")
    shared = fake.customer("shared", [2, 3])
    fake.granted = [1, 2, 3]
    device.sync()
    fake.granted = [1, 3]
    device.sync()
    assert shown(device) == {shared: "shared"}
    fake.put("customer", [3], shared, name="edited")
    device.sync()
    assert shown(device) == {shared: "edited"}

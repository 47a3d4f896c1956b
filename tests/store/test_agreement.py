"""A store never conflicts with itself, also where its earlier edit agreed with somebody else's."""

from __future__ import annotations

from tests.support.world import World


def test_an_edit_after_an_agreement_is_no_conflict(world: World) -> None:
    """Both write "2"; the device goes on from that before it has pulled. The simulator found it."""
    customer = world.customer("a", "1", phone="1")
    with world.enrol("a", name="agreeing") as device:
        device.sync()
        for phone in ("2", "3"):
            with device.changeset() as changes:
                changes.update("customer", customer, phone=phone)
        world.update("customer", customer, phone="2")
        device.sync()
        assert not list(device.inbox())
        assert device.query("SELECT phone FROM customer WHERE id=?", (customer,)) == [("3",)]

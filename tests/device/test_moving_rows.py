"""Rows that move while an answer is under way, so that one pull tells both that they left and that
they came.
"""

from __future__ import annotations

import pytest

from syncengine.store import pull
from tests.support.world import World


def test_a_row_that_was_not_here_leaves_and_then_comes_in_one_pull(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found by the simulator: nothing has to be repaired.

    The row was here once, came and left again since, which the first chunk tells, and comes while
    the answer goes on.
    """
    monkeypatch.setattr(pull, "CHUNK_BYTES", 1)
    row = world.customer("a", "1")
    device = world.enrol("a")
    device.sync()
    world.update("customer", row, owner=None)
    device.sync()
    world.update("customer", row, owner=world.people["a"])
    world.update("customer", row, owner=None)
    other = world.customer("a", "2")
    arrived = 0

    def come_back(_piece: bytes) -> None:
        nonlocal arrived
        arrived += 1
        if arrived == 2:  # behind the first chunk, which says that the row left
            world.update("customer", row, owner=world.people["a"])

    monkeypatch.setattr(world.transports[-1], "arrived", come_back)
    report = device.sync()
    assert report.repaired == ()
    assert {found for (found,) in device.query("SELECT id FROM customer")} == {row, other}
    device.close()

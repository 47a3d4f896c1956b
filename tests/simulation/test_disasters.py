"""Acts on a device's disk, one by one."""

from __future__ import annotations

from tests.simulation.acts import Act
from tests.simulation.run import lived_through


def test_a_deleted_journal_may_take_work_with_it() -> None:
    """Work that is in the -wal alone is lost with it: the device goes on without."""
    acts: list[Act] = [("sync", [0]), ("edit", [128800, -2, ""]), ("lose_journal", [189144])]
    assert lived_through(1795772672538, acts)["journal_deleted"] == 1

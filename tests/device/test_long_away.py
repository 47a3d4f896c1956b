"""A device that comes back after what it lacks is no longer kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.store.compaction import Retention, compact
from tests.support.leaving import flat, held
from tests.support.world import DAY, Faults, World

BEGIN = 1_790_000_000_000_000
KEPT = Retention(180 * DAY, 180 * DAY)


class Away:
    """A rep with ten customers goes offline, works, and loses some of them; half a year passes."""

    def __init__(self, folder: Path) -> None:
        self.days = 0
        self.faults = Faults()
        url = f"sqlite:///{folder / 'server.db'}"
        self.world = World(url, folder, now=lambda: BEGIN + self.days * DAY)
        self.mine = self.world.customers("a", 10)
        self.device = self.world.enrol("a", self.faults)
        self.device.sync()

    def work(self) -> None:
        """Offline: a note, an edit of a customer that stays, one of a customer that goes."""
        with self.device.changeset() as changes:
            changes.insert("note", author=self.device.person, text="offline")
        for row in (self.mine[0], self.mine[9]):
            with self.device.changeset() as changes:
                changes.update("customer", row, phone="offline")

    def lose(self) -> None:
        """The office gives three customers to somebody else, and enters one."""
        for row in self.mine[7:]:
            self.world.update("customer", row, owner=self.world.people["b"])
        self.world.update("customer", self.mine[1], phone="office")
        self.world.customer("a", "new")

    def compact(self) -> None:
        """Half a year later."""
        self.days += 200
        assert compact(self.world.store, KEPT)["left records"] == 3

    def is_whole(self) -> None:
        """The device holds its slice: what a new one gets."""
        with self.world.enrol("a", name="new tablet") as fresh:
            fresh.sync()
            assert flat(held(self.device)) == flat(held(fresh))
            phones = "SELECT id, phone FROM customer ORDER BY id"
            assert list(self.device.query(phones)) == list(fresh.query(phones))


@pytest.fixture
def away(tmp_path: Path) -> Iterator[Away]:
    made = Away(tmp_path)
    yield made
    made.device.close()
    made.world.close()


def _phone(device: Device, row: bytes) -> object:
    ((phone,),) = device.query("SELECT phone FROM customer WHERE id=?", (row,))
    return phone


def test_pending_edits_are_sent_and_the_bucket_comes_anew(away: Away) -> None:
    """Invariants 1, 2, 5, 16: nothing is lost, and the late edit waits for the office."""
    away.work()
    away.lose()
    away.compact()
    assert away.device.pending() == 3
    report = away.device.sync()
    assert report.verdicts == {"accepted": 2, "quarantined": 1}
    assert report.repaired == ()
    assert away.device.pending() == 0
    assert _phone(away.device, away.mine[0]) == "offline"
    away.is_whole()
    (item,) = away.device.inbox()
    assert item.outcome == "quarantined"


def test_nothing_changes_on_screen_before_all_of_it_has_come(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer breaks off again and again; each sync goes on where the last one stopped."""
    away.work()
    away.lose()
    away.compact()
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)
    before = held(away.device)["customer"]
    cuts = 0
    while cuts < 50:
        away.faults.cut_after = 600
        try:
            away.device.sync()
            break
        except Offline:
            cuts += 1
            assert held(away.device)["customer"] == before
    away.faults.cut_after = None
    assert 2 < cuts < 50
    away.is_whole()


def test_a_pull_that_began_before_and_goes_on_after_is_repaired(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows that it has staged have left, and no record says so any more: the sums do."""
    monkeypatch.setattr("syncengine.store.pull.CHUNK_BYTES", 1)
    new = away.world.enrol("a", faults := Faults(), name="new")
    faults.cut_after = 1_550  # all but the checkpoint's end
    with pytest.raises(Offline):
        new.sync()
    away.lose()
    away.compact()
    assert new.sync().repaired != ()
    away.device.close()
    away.device = new
    away.is_whole()

"""Two devices and the office work on one row, offline; all that was entered counts or is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from syncengine.model.fields import Value
from syncengine.store.doctor import doctor
from syncengine.store.history import history
from tests.device.test_custom_fields import without_the_last
from tests.support.world import World
from tests.tallies.module import SCHEMA

TALLY = SCHEMA.tags["tally"]


class Pair:
    """Devices of two people that have the row, and what the server has."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.row = world.insert(
            "tally",
            pieces=10,
            topics='["dairy","ice"]',
            notes="one\ntwo\nthree",
            due="2026-12-24",
            offer=1000,
        )
        self.a, self.b = world.enrol("a"), world.enrol("b")
        self.sync()

    def sync(self) -> None:
        """Each device twice: what one brings reaches the other."""
        for device in (self.a, self.b, self.a, self.b):
            device.sync()

    def edit(self, device: Device, **values: Value) -> None:
        """Offline, in a changeset of its own."""
        with device.changeset() as changes:
            changes.update("tally", self.row, **values)

    def shown(self, device: Device, field: str) -> object:
        """What the person sees."""
        row = device.get("tally", self.row)
        assert row is not None
        return dict(row)[field]

    def everywhere(self, field: str) -> object:
        """The value that both devices show after their syncs, with no doubt at the server."""
        self.sync()
        assert doctor(self.world.store).findings == []
        found = self.shown(self.a, field)
        assert self.shown(self.b, field) == found
        return found


@pytest.fixture
def pair(database_url: str, tmp_path: Path) -> Iterator[Pair]:
    world = World(database_url, tmp_path, schema=SCHEMA)
    made = Pair(world)
    yield made
    made.a.close()
    made.b.close()
    world.close()


def test_counts_of_both_devices_and_the_office_add_up(pair: Pair) -> None:
    """Several edits of one device count as it saw them, not from what they were merged to."""
    pair.edit(pair.a, pieces=11)
    pair.edit(pair.a, pieces=12)
    pair.edit(pair.b, pieces=11)
    pair.world.update("tally", pair.row, pieces=20)
    assert pair.a.sync().verdicts == {"merged": 2}
    assert pair.b.sync().verdicts == {"merged": 1}
    assert pair.everywhere("pieces") == 23
    assert pair.a.inbox() == pair.b.inbox() == []


def test_work_in_several_pushes_counts_from_what_was_shown(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first is answered and not pulled when the second is made."""
    pair.world.update("tally", pair.row, pieces=20)
    pair.edit(pair.a, pieces=11)
    with monkeypatch.context() as network:
        network.setattr(pair.world.transports[0], "_cut", without_the_last)
        with pytest.raises(Offline):
            pair.a.sync()
    assert pair.shown(pair.a, "pieces") == 11
    pair.edit(pair.a, pieces=int(str(pair.shown(pair.a, "pieces"))) + 5)
    pair.sync()
    assert pair.everywhere("pieces") == 26


def test_two_edits_in_one_changeset_count_once_each(pair: Pair) -> None:
    pair.world.update("tally", pair.row, pieces=20)
    with pair.a.changeset() as changes:
        changes.update("tally", pair.row, pieces=11)
        changes.update("tally", pair.row, pieces=13)
    assert pair.everywhere("pieces") == 23


def test_a_count_out_of_range_is_told_and_kept(pair: Pair) -> None:
    pair.world.update("tally", pair.row, pieces=2)
    pair.edit(pair.a, pieces=5)
    assert pair.everywhere("pieces") == 2
    (told,) = pair.a.inbox()
    assert [(x.field, x.lost, x.kept) for x in told.losses] == [("pieces", 5, 2)]
    entries = history(pair.world.store, TALLY, pair.row)
    losses = [loss for entry in entries for loss in entry.losses]
    assert [(x["lost"], x["kept"]) for x in losses] == [(5, 2)]


def test_additions_to_a_set_stay_and_removals_count(pair: Pair) -> None:
    pair.edit(pair.a, topics=["dairy", "ice", "wine"])
    pair.edit(pair.a, topics=["wine"])
    pair.edit(pair.b, topics=["tea", "ice", "dairy"])
    assert pair.a.sync().verdicts == {"accepted": 2}
    assert pair.b.sync().verdicts == {"merged": 1}
    assert pair.everywhere("topics") == ["tea", "wine"]
    assert pair.a.inbox() == pair.b.inbox() == []


def test_later_edits_of_a_text_do_not_undo_the_others(pair: Pair) -> None:
    pair.world.update("tally", pair.row, notes="ONE\ntwo\nthree")
    pair.edit(pair.a, notes="one\ntwo\nthree\nfour")
    pair.edit(pair.a, notes="one\ntwo\nthree\nfour\nfive")
    assert pair.everywhere("notes") == "ONE\ntwo\nthree\nfour\nfive"
    assert pair.a.inbox() == []


def test_the_earliest_day_and_the_highest_offer_stand(pair: Pair) -> None:
    pair.edit(pair.a, due="2026-12-01", offer="12.50")
    pair.edit(pair.b, due="2026-12-08", offer="13.00")
    pair.a.sync()
    assert pair.b.sync().verdicts == {"merged": 1}
    assert str(pair.everywhere("due")) == "2026-12-01"
    assert str(pair.everywhere("offer")) == "13.00"
    (told,) = pair.b.inbox()
    assert {(x.field, str(x.lost), str(x.kept)) for x in told.losses} == {
        ("due", "2026-12-08", "2026-12-01"),
        ("offer", "12.50", "13.00"),
    }

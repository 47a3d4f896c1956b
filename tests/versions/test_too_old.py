"""Work of a version that is no longer read: refused whole, handed in, taken once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from syncengine.model.errors import BadSignature, Malformed, SeatLocked, UpgradeRequired
from syncengine.store.doctor import doctor
from syncengine.store.handed_in import take
from syncengine.store.history import refused
from syncengine.store.review_queue import ReviewUnreadable, accept, entries, reject
from syncengine.store.reviews import Kind
from tests.support.world import World
from tests.versions.module import SCHEMAS
from tests.versions.test_servers import ONE, THREE, TWO, edit, shown


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[World]:
    made = World(database_url, tmp_path, schema=SCHEMAS[1])
    yield made
    made.close()


def test_an_outbox_that_is_too_old_is_handed_in(world: World, tmp_path: Path) -> None:
    """Nothing of it is lost, and the updated app goes on behind it."""
    row = world.insert("visit", person="Ada King", fee=10)
    file = tmp_path / "outbox"
    with world.enrol("a", made_for=ONE) as device:
        device.sync()
        edit(device, row, person="Ada Lovelace")
        world.install(SCHEMAS[2])
        world.install(SCHEMAS[3])
        with pytest.raises(UpgradeRequired) as told:
            device.sync()
        assert told.value.data == {"module": "tours", "version": "1", "speaks": "3"}
        assert device.pending() == 1
    with world.reopen("a", made_for=THREE) as device:  # updated, its work is as old as before
        with pytest.raises(UpgradeRequired):
            device.sync()
        assert device.hand_in(file) == 1
        before = world.store.status()
        for _ in range(2):
            answers = list(take(world.store, file.read_bytes()).answers)
            assert [a.verdict.objections[0].code for a in answers] == ["module.too_old"]
        assert world.store.status() == before
        (kept,) = refused(world.store)
        assert kept.outcome == "quarantined"
        assert [o["values"] for o in kept.entered] == [{"person": "Ada Lovelace"}]
        (waiting,), _ = entries(world.store, Kind.QUARANTINE, False, 10)
        with pytest.raises(ReviewUnreadable):
            accept(world.store, Kind.QUARANTINE, waiting.number)
        reject(world.store, Kind.QUARANTINE, waiting.number, "entered anew")
        assert device.sync().verdicts == {"quarantined": 1}
        (item,) = device.inbox()
        assert item.entered[0].values == {"person": "Ada Lovelace"}
        edit(device, row, last="Lovelace")
        assert device.sync().verdicts == {"accepted": 1}
        assert shown(device, row)["last"] == "Lovelace"
    assert doctor(world.store).findings == []


def test_what_can_be_read_of_a_file_is_judged(world: World, tmp_path: Path) -> None:
    """Work of two versions in one outbox; the device never came back, another one sees it."""
    row = world.insert("visit", person="Ada King")
    with world.enrol("a", made_for=ONE) as device:
        device.sync()
        edit(device, row, tel="1")
    world.install(SCHEMAS[2])
    with world.reopen("a", made_for=TWO) as device:
        device.sync()
        edit(device, row, first="Bea")
        device.hand_in(tmp_path / "outbox")
    world.install(SCHEMAS[3])
    data = (tmp_path / "outbox").read_bytes()
    outcomes = [str(a.verdict.outcome) for a in take(world.store, data).answers]
    assert outcomes == ["accepted"]
    with world.enrol("b") as other:
        other.sync()
        seen = shown(other, row)
        assert (seen["first"], seen["last"], seen["phone"]) == ("Bea", "King", "1")


def test_a_file_of_a_newer_app_waits_for_the_server(world: World, tmp_path: Path) -> None:
    newer = World(f"sqlite:///{tmp_path / 'other.db'}", tmp_path / "other", schema=SCHEMAS[2])
    with newer.enrol("a", name="x") as device:
        with device.changeset() as changes:
            changes.insert("stop", place="here")
        device.hand_in(tmp_path / "outbox")
    data = (tmp_path / "outbox").read_bytes()
    with pytest.raises(Exception, match="not enrolled"):
        take(world.store, data)
    newer.close()
    older = World.beside(newer)
    older.store.wordings = world.store.wordings  # what a server of version 1 reads
    with pytest.raises(UpgradeRequired):
        list(take(older.store, data).answers)
    assert refused(older.store) == []
    older.close()


def test_a_file_that_is_none_changes_nothing(world: World, tmp_path: Path) -> None:
    with world.enrol("a") as device:
        with device.changeset() as changes:
            changes.insert("flag", title="x")
        device.hand_in(tmp_path / "outbox")
        seat = device._store.seat
    data = (tmp_path / "outbox").read_bytes()
    with pytest.raises(Malformed):
        take(world.store, data[:-1])
    with pytest.raises(BadSignature):
        take(world.store, data[:-1] + bytes([data[-1] ^ 1]))
    world.store.seats.lock(seat)
    with pytest.raises(SeatLocked):
        take(world.store, data)

"""Restored servers, changed schemas, cloned stores: the outbox outlives them all."""

from __future__ import annotations

import shutil
import uuid
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.database import STORE_VERSION
from device_sdk.errors import AlreadyEnrolled, StoreInUse, StoreTooNew, StoreUnreadable
from device_sdk.keys import Keys
from syncengine.model.entity import Action
from syncengine.model.errors import Fenced
from syncengine.store.backup import backup, restore
from syncengine.store.database import open_engine
from syncengine.store.store import Store
from tests.support.world import SCHEMA, World


def _note(device: Device, text: str) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text=text)


def _texts(device: Device) -> list[str]:
    return sorted(str(note.text) for note in device.rows("note"))


def _restored(world: World, path: Path) -> Store:
    """The world's server, back from a backup in a new database."""
    engine = open_engine(f"sqlite:///{path.parent / 'restored.db'}")
    restore(path, engine, SCHEMA, world.environment)
    world.store = Store(engine, SCHEMA, world.environment)
    return world.store


def test_the_fleet_heals_a_server_restored_from_an_older_backup(
    world: World, tmp_path: Path
) -> None:
    """Nothing acknowledged is missing: answered changesets that no backup covers go out again."""
    customer = world.customer("a", "1", phone="old")
    with world.enrol("a") as device:
        device.sync()
        _note(device, "before")
        device.sync()
        backup(world.store, tmp_path / "backup")
        _note(device, "after the backup")
        with device.changeset() as changes:
            changes.update("customer", customer, phone="new")
        assert device.sync().verdicts == {"accepted": 2}
        device._transport.store = _restored(world, tmp_path / "backup")  # type: ignore[attr-defined]
        report = device.sync()
        assert report.verdicts == {"accepted": 2}
        assert _texts(device) == ["after the backup", "before"]
        assert device.pending() == 0
        with world.enrol("boss") as manager, world.enrol("a", name="fresh") as fresh:
            manager.sync()
            found = manager.get("customer", customer)
            assert found is not None
            assert found.phone == "new"
            fresh.sync()
            assert _texts(fresh) == ["after the backup", "before"]


def test_new_work_behind_lost_answers_waits_for_them(world: World, tmp_path: Path) -> None:
    """The restored server expects an older sequence: the device goes back to it by itself."""
    with world.enrol("a") as device:
        backup(world.store, tmp_path / "backup")
        _note(device, "lost answer")
        device.sync()
        device._transport.store = _restored(world, tmp_path / "backup")  # type: ignore[attr-defined]
        _note(device, "made later")
        assert device.sync().verdicts == {"accepted": 2}
        assert _texts(device) == ["lost answer", "made later"]


def test_a_clone_is_fenced_and_loses_nothing(world: World, tmp_path: Path) -> None:
    with world.enrol("a") as device:
        device.sync()
    shutil.copytree(tmp_path / "a", tmp_path / "clone")
    with world.reopen("a") as device:
        _note(device, "first")
        device.sync()
    with world.reopen("clone") as clone:
        _note(clone, "second")
        with pytest.raises(Fenced):
            clone.sync()
        assert clone.pending() == 1
        assert _texts(clone) == ["second"]


def test_a_store_of_a_newer_sdk_is_left_alone(world: World, tmp_path: Path) -> None:
    with world.enrol("a") as device:
        _note(device, "kept")
        device._store.database.connection.execute(f"PRAGMA user_version={STORE_VERSION + 1}")
    with pytest.raises(StoreTooNew):
        world.reopen("a")


def test_a_store_is_open_once(world: World) -> None:
    with world.enrol("a"), pytest.raises(StoreInUse):
        world.reopen("a")


def test_a_wrong_key_says_so_at_once(world: World, tmp_path: Path) -> None:
    with world.enrol("a"):
        pass

    class Other:
        def load(self) -> Keys:
            return Keys(bytes(32), bytes(range(32)))

        def save(self, keys: Keys) -> None: ...

    with pytest.raises(StoreUnreadable):
        Device.open(tmp_path / "a", world.transport(None), keys=Other())


def test_enrolling_twice_keeps_the_first_store(world: World) -> None:
    with world.enrol("a") as device:
        _note(device, "kept")
    with pytest.raises(AlreadyEnrolled):
        world.enrol("a")
    with world.reopen("a") as device:
        assert _texts(device) == ["kept"]


def test_refused_work_can_be_corrected_and_sent_again_with_what_builds_on_it(world: World) -> None:
    customer = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        # The office takes the customer away before the visit is known: it never was on this device
        # as far as the server can tell, once the row is deleted altogether.
        gone = world.customer("a", "2")
        device.sync()
        with device.changeset() as changes:
            changes.insert("contact", customer=uuid.UUID(bytes=gone), name="Ann", active=True)
        world.write([world.operation(Action.DELETE, "customer", gone)])
        assert device.sync().verdicts == {"rejected": 1}
        (item,) = device.inbox()
        assert item.entered[0].values["name"] == "Ann"
        assert {r.code for r in item.reasons} <= {"row.unknown", "reference.unknown"}
        device.correct(item.sequence, customer=uuid.UUID(bytes=customer))
        assert device.inbox() == []
        assert device.sync().verdicts == {"accepted": 1}
        assert [c.name for c in device.rows("contact")] == ["Ann"]

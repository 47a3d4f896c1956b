"""A server that came back from a backup: its rows count, and own work is not lost."""

from __future__ import annotations

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from tests.device.fake import Fake, shown


def test_an_older_row_of_a_restored_server_replaces_the_newer_one(
    fake: Fake, device: Device
) -> None:
    """The office's edit after the backup is lost; a device must not keep it."""
    row = fake.customer("saved")
    backup = fake.backup()
    fake.put("customer", [2], row, name="lost")
    later = fake.customer("made after the backup")
    device.sync()
    assert shown(device) == {row: "lost", later: "made after the backup"}
    fake.restore(backup)
    assert device.sync().repaired == ()
    assert shown(device) == {row: "saved"}


def test_answers_that_no_backup_covers_are_sent_again_with_the_same_bytes(
    fake: Fake, device: Device
) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="one")
    device.sync()
    backup = fake.backup()
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="two")
    device.sync()
    first = fake.requests[-1].pushed
    fake.restore(backup)
    device.sync()
    assert [r.pushed for r in fake.requests if r.pushed][-1] == first
    assert sorted(shown(device, "note").values()) == ["one", "two"]
    assert device.pending() == 0


def test_covered_answers_are_forgotten(fake: Fake, device: Device) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="one")
    device.sync()
    stored = device._store.outbox.entries("1")
    assert len(stored) == 1
    fake.covered = fake.version
    device.sync()
    assert device._store.outbox.entries("1") == []


def test_restart_replaces_everything_and_keeps_the_outbox(fake: Fake, device: Device) -> None:
    row = fake.customer("one")
    backup = fake.backup()
    fake.customer("gone")
    device.sync()
    with device.changeset() as changes:
        changes.update("customer", row, phone="1")
    fake.restore(backup)
    device.sync()
    assert shown(device) == {row: "one"}
    assert device.query("SELECT phone FROM customer") == [("1",)]


def test_a_lost_edit_meets_its_row_again(fake: Fake, device: Device) -> None:
    """The row is away for one checkpoint; when it is back its edit shows and settles."""
    with device.changeset() as changes:
        note = changes.insert("note", author=device.person, text="one")
    device.sync()
    with device.changeset() as changes:
        changes.update("note", note, text="two")
    backup = fake.backup()
    fake.remove("note", note.bytes)
    fake.cut = 3
    with pytest.raises(Offline):
        device.sync()
    fake.restore(backup)
    device.sync()
    assert shown(device, "note") == {note.bytes: "two"}

"""Crashes and cuts at every point: start again, same final state. Invariants 2, 3, 8, 11."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from device_sdk import Device
from device_sdk.errors import Offline
from tests.support.plain import decrypted
from tests.support.world import Crash, Faults, World

POINTS = [
    "device.committed",
    "device.mid_send",
    "device.answered",
    "device.chunk_staged",
    "device.before_publish",
    "device.after_publish",
    "server.decoded",
    "server.locked",
    "server.merged",
    "server.before_commit",
    "server.committed",
]


def _abandon(device: Device) -> None:
    """End the process, as far as files go: nothing is written, locks are released."""
    device._reader.close()
    device._store.database.close()


def _note(device: Device) -> None:
    with device.changeset() as changes:
        changes.insert("note", author=device.person, text="kept")


def _visible(device: Device) -> dict[str, list[tuple[object, ...]]]:
    return {
        entity: sorted(device.query(f'SELECT * FROM "{entity}"'), key=repr)
        for entity in device.counts()
    }


@pytest.mark.parametrize("point", POINTS)
def test_after_a_crash_at_any_point_the_end_is_the_same(world: World, point: str) -> None:
    mine = world.customers("a", 4_500)  # three chunks
    faults = Faults()
    device = world.enrol("a", faults)
    side = world.server_faults if point.startswith("server") else faults
    edited = uuid.UUID(bytes=mine[0])
    if point != "device.committed":
        _note(device)
    side.crash_at = point
    with pytest.raises(Crash):
        _note(device) if point == "device.committed" else device.sync()
    _abandon(device)
    with world.reopen("a") as again:
        assert [note.text for note in again.rows("note")] == ["kept"]
        again.sync()
        with again.changeset() as changes:
            changes.update("customer", edited, phone="1")
        again.sync()
        assert again.pending() == 0
        assert again.counts()["customer"] == 4_500
        assert len(again.rows("note")) == 1
        with world.enrol("a", name="fresh") as fresh:
            fresh.sync()
            assert _visible(again) == _visible(fresh)  # invariant 23


@pytest.mark.parametrize("share", [0.0, 0.001, 0.3, 0.6, 0.95, 0.999])
def test_a_cut_answer_goes_on_where_it_stopped(world: World, share: float) -> None:
    world.customers("a", 6_000)
    with world.enrol("a", name="whole") as whole:
        whole.want(["main"])
        size = whole.sync().bytes_received
    faults = Faults(cut_after=max(1, int(size * share)))
    with world.enrol("a", faults) as device:
        device.want(["main"])
        with pytest.raises(Offline):
            device.sync()
        assert device.counts()["customer"] == 0  # nothing shows before the checkpoint
        rest = device.sync()
        assert device.counts()["customer"] == 6_000
        assert rest.bytes_received <= size * (1 - share) + size / 2


def test_a_broken_pull_of_one_large_changeset_sends_at_most_one_chunk_again(world: World) -> None:
    """50,000 rows of one version: the cursor is finer than a version, no row is lost."""
    count = 50_000
    world.customers("a", count)
    faults = Faults()
    with world.enrol("a", faults) as device:
        for cut in (100_000, 30_000, 250_000):
            faults.cut_after = cut
            with pytest.raises(Offline):
                device.sync()
        ((staged,),) = device._store.database.connection.execute(
            "SELECT count(*) FROM row_customer"
        ).fetchall()
        assert isinstance(staged, int)
        assert staged >= 10_000
        report = device.sync()
        assert device.counts()["customer"] == count
        # What is durable is not sent again: chunks are whole or not there.
        assert report.rows_received == count - staged


def test_everything_on_disk_is_encrypted(world: World, tmp_path: Path) -> None:
    """Invariant 8: no canary in any file of the store, while it is open and after."""
    world.customer("a", "1", remark="canary-in-a-row")
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text="canary-in-a-note")
        for path in (tmp_path / "a").iterdir():
            if path.is_file():
                assert b"canary" not in path.read_bytes(), path
                assert b"SQLite format" not in path.read_bytes(), path


def test_revoked_rows_leave_nothing_behind_in_the_file(world: World) -> None:
    """Invariant 8: decrypted, not a page of the database still has the row."""
    customer = world.customer("a", "1", remark="canary-in-a-row")
    world.customers("a", 300)
    with world.enrol("a") as device:
        device.sync()
        world.update("customer", customer, owner=world.people["b"])
        device.sync()
        plain = decrypted(device)
        assert b"Shop 2" in plain
        assert b"canary" not in plain

"""Backups: one snapshot, either database, accepted whole or not at all; what devices do then."""

from __future__ import annotations

import stat
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from syncengine.model.entity import Action
from syncengine.model.manifest import Module, Schema
from syncengine.protocol.messages import Unchanged, Verdicts, Welcome
from syncengine.store import backup as backups
from syncengine.store import backup_file
from syncengine.store import tables as t
from syncengine.store.backup import BackupUnusable, all_tables, backup, restore
from syncengine.store.database import open_engine, reading, writing
from syncengine.store.doctor import doctor
from syncengine.store.migration import migrate
from syncengine.store.store import Store
from tests.store_tools.oracle import assert_converged, due
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World


def _contents(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Every record of every table but the clock and the epochs."""
    with reading(store.engine) as connection:
        return {
            table.name: sorted(
                (tuple(row) for row in connection.execute(sa.select(table))), key=repr
            )
            for table in all_tables(store.tables)
            if table is not t.clock and table is not t.epoch
        }


def _welcome(device: NaiveDevice) -> Welcome:
    (first, *_) = device.messages
    assert isinstance(first, Welcome)
    return first


def _put_back(world: World, path: Path, engine: sa.Engine) -> None:
    """The server goes on from its backup, in a database of the other kind."""
    restore(path, engine, SCHEMA, world.environment)
    world.store = Store(engine, SCHEMA, world.environment)


def test_everything_is_back_in_a_database_of_the_other_kind(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    customer = world.customer("a", "1", annual_sales=-(2**62), name="Zoë \U0001f980")
    world.write([world.operation(Action.DELETE, "customer", world.customer("a", "2"))])
    device = NaiveDevice(world, "a")
    foreign = device.insert("note", author=world.people["b"], text="refused, kept whole")
    device.sync(device.changeset(device.update("customer", customer, phone="1")))
    device.sync(device.changeset(foreign))
    before, status = _contents(world.store), world.store.status()
    told: list[tuple[str, int]] = []
    info = backup(world.store, tmp_path / "file", lambda *step: told.append(step))
    assert dict(told)["record"] == len(before["record"])
    assert info.rows == sum(map(len, before.values())) + 2
    original = world.store
    _put_back(world, tmp_path / "file", other)
    assert _contents(world.store) == before
    assert doctor(world.store).findings == []
    after = world.store.status()
    assert (after.version, after.backed_up) == (status.version, status.version)
    with reading(other) as connection:
        (forked,) = connection.execute(sa.select(t.epoch).where(t.epoch.c.parent.is_not(None)))
    assert (forked.id, forked.parent) == (after.epoch, status.epoch)
    assert forked.fork_version == status.version
    assert original.status().epoch == status.epoch
    assert_converged(world, device)


def test_a_device_at_or_below_the_fork_goes_on_without_restart(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    early, at = NaiveDevice(world, "a"), NaiveDevice(world, "a")
    world.customers("a", 3)
    early.sync()
    world.customers("a", 2)
    at.sync()
    backup(world.store, tmp_path / "file")
    world.customers("a", 5)
    _put_back(world, tmp_path / "file", other)
    for device, received in ((at, 0), (early, 2)):
        assert_converged(world, device)
        assert not _welcome(device).restart
        assert _welcome(device).epoch == world.store.status().epoch
        assert device.received() == received
    assert any(isinstance(message, Unchanged) for message in at.messages)


def test_what_was_acknowledged_after_the_backup_is_sent_again_and_nothing_is_missing(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    """Issue: restore an older backup, let devices sync, nothing acknowledged is missing."""
    customer = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync(device.changeset(device.note("before")))
    device.sync()
    backup(world.store, tmp_path / "file")
    later = [
        device.changeset(device.update("customer", customer, phone="later")),
        device.changeset(device.note("later")),
    ]
    device.sync(*later)
    device.sync()
    acknowledged = {key: record[2:] for key, record in device.records.items()}
    old_epoch = world.store.status().epoch
    _put_back(world, tmp_path / "file", other)
    device.sequence = 1  # as the device says that it has nothing unanswered: whatever it says
    device.sync()
    assert _welcome(device).restart
    assert _welcome(device).epoch != old_epoch
    assert _welcome(device).expected == 2
    assert _welcome(device).covered < device.base.version + 1
    device.sync(*later)
    (verdicts,) = [m.verdicts for m in device.messages if isinstance(m, Verdicts)]
    assert {v.outcome for v in verdicts} <= {"accepted", "merged"}
    assert_converged(world, device)
    assert {key: record[2:] for key, record in device.records.items()} == acknowledged
    (again,) = device.push(later[0])
    assert again == verdicts[0]
    assert doctor(world.store).findings == []


def test_a_refusal_at_the_backups_own_version_is_not_called_covered(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    """It takes no version, so the backup may lack it: forgotten, it would block the line."""
    with world.enrol("a") as device:
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text="before")
        device.sync()
        backup(world.store, tmp_path / "file")
        with device.changeset() as changes:
            changes.insert("note", author=world.people["b"], text="foreign")
        assert device.sync().verdicts == {"rejected": 1}
        (item,) = device.inbox()
        device.dismiss(item.sequence)
        with device.changeset() as changes:
            changes.insert("note", author=device.person, text="after")
        device.sync()
        device.sync()
        _put_back(world, tmp_path / "file", other)
        device._transport.store = world.store  # type: ignore[attr-defined]
        assert device.sync().verdicts == {"rejected": 1, "accepted": 1}
        assert sorted(str(n.text) for n in device.rows("note")) == ["after", "before"]
        world.customers("a", 1)
        backup(world.store, tmp_path / "next")
        device.sync()
        assert device._store.outbox.entries("1") == [], "the next backup covers it"


def test_two_restores_of_one_backup_are_two_histories(world: World, tmp_path: Path) -> None:
    """Whoever followed the first one begins anew with the second, and loses nothing."""
    device = NaiveDevice(world, "a")
    world.customers("a", 2)
    backup(world.store, tmp_path / "file")
    for name in ("first", "second"):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db")
        _put_back(world, tmp_path / "file", engine)
        world.customers("a", 2)
        assert_converged(world, device)
        assert _welcome(device).restart is (name == "second")
        engine.dispose()


def test_a_backup_is_one_snapshot_while_others_write(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    world.customers("a", 5)
    version, rows = world.store.status().version, due(world, "a")

    def interfere(_table: str, _rows: int) -> None:
        world.customers("a", 3)

    info = backup(world.store, tmp_path / "file", interfere)
    assert info.version == version < world.store.status().version
    assert world.store.status().backed_up == version
    _put_back(world, tmp_path / "file", other)
    assert due(world, "a") == rows
    assert doctor(world.store).findings == []


def test_an_older_backup_that_ends_later_uncovers_nothing(world: World, tmp_path: Path) -> None:
    def overtake(table: str, _rows: int) -> None:
        if table == "clock":
            world.customers("a", 1)
            backup(world.store, tmp_path / "newer")

    backup(world.store, tmp_path / "older", overtake)
    assert world.store.status().backed_up == world.store.status().version


def test_large_rows_go_in_frames_of_their_own(
    world: World, other: sa.Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "FRAME_BYTES", 2_000)
    world.customers("a", 50)
    before = _contents(world.store)
    backup(world.store, tmp_path / "file")
    _put_back(world, tmp_path / "file", other)
    assert _contents(world.store) == before


def test_only_the_owner_reads_it_and_a_failure_leaves_nothing(world: World, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()

    def fail(_table: str, _rows: int) -> None:
        raise RuntimeError("no more room")

    with pytest.raises(RuntimeError):
        backup(world.store, folder / "file", fail)
    assert list(folder.iterdir()) == []
    assert world.store.status().backed_up == 0
    backup(world.store, folder / "file")
    assert [path.name for path in folder.iterdir()] == ["file"]
    assert stat.S_IMODE((folder / "file").stat().st_mode) == 0o600


def test_every_damaged_or_missing_byte_is_refused_before_anything_changes(
    world: World, tmp_path: Path
) -> None:
    world.customers("a", 3)
    backup(world.store, tmp_path / "file")
    whole = (tmp_path / "file").read_bytes()
    engine = open_engine(f"sqlite:///{tmp_path / 'target.db'}")
    flipped = [
        whole[:place] + bytes([whole[place] ^ (1 << place % 8)]) + whole[place + 1 :]
        for place in range(0, len(whole), 13)
    ]
    cut = [whole[:length] for length in range(0, len(whole), 211)]
    for damaged in [*flipped, *cut, whole + b"\x00", whole + whole]:
        (tmp_path / "damaged").write_bytes(damaged)
        with pytest.raises(BackupUnusable):
            restore(tmp_path / "damaged", engine, SCHEMA)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()


def test_a_database_that_was_used_is_left_alone(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    world.customers("a", 3)
    backup(world.store, tmp_path / "file")
    before = _contents(world.store)
    with pytest.raises(BackupUnusable, match="not empty"):
        restore(tmp_path / "file", world.store.engine, SCHEMA)
    assert _contents(world.store) == before
    migrate(other, SCHEMA)
    seat = {"id": bytes(16), "person": bytes(16), "device": "x", "public_key": bytes(32)}
    with writing(other) as connection:
        connection.execute(sa.insert(t.seat).values(**seat, state="active", enrolled=0))
    with pytest.raises(BackupUnusable, match="not empty"):
        restore(tmp_path / "file", other, SCHEMA)
    with writing(other) as connection:
        connection.execute(sa.delete(t.seat))
    restore(tmp_path / "file", other, SCHEMA)


def test_a_restore_that_fails_midway_can_be_repeated(
    world: World, other: sa.Engine, tmp_path: Path
) -> None:
    world.customers("a", 3)
    backup(world.store, tmp_path / "file")

    def fail(table: str, _rows: int) -> None:
        if table == "record":
            raise RuntimeError("the power is gone")

    with pytest.raises(RuntimeError):
        restore(tmp_path / "file", other, SCHEMA, world.environment, fail)
    _put_back(world, tmp_path / "file", other)
    assert doctor(world.store).findings == []


def test_other_modules_or_migrations_are_refused(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(world.store, tmp_path / "file")
    engine = open_engine(f"sqlite:///{tmp_path / 'target.db'}")
    wider = Schema((*SCHEMA.modules, Module(9, "wider", 1, ())))
    with pytest.raises(BackupUnusable, match="other modules or versions"):
        restore(tmp_path / "file", engine, wider)
    monkeypatch.setattr(backups, "FORMAT", 2)
    with pytest.raises(BackupUnusable, match="no backup of this version"):
        restore(tmp_path / "file", engine, SCHEMA)
    monkeypatch.undo()
    header = backups._header

    def older(store: Store, connection: sa.Connection) -> backup_file.Header:
        made = header(store, connection)
        return backup_file.Header(
            made.format, made.schema, made.epoch, made.version, ["core_0000"], made.tables
        )

    monkeypatch.setattr(backups, "_header", older)
    backup(world.store, tmp_path / "old")
    with pytest.raises(BackupUnusable, match="other modules or versions"):
        restore(tmp_path / "old", engine, SCHEMA)
    assert sa.inspect(engine).get_table_names() == []
    engine.dispose()

"""What restore refuses: damaged files, used databases, other versions; it changes nothing then."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.store import backup as backups
from syncengine.store import backup_file
from syncengine.store import tables as t
from syncengine.store.backup import BackupUnusable, backup, restore
from syncengine.store.database import open_engine, writing
from syncengine.store.doctor import doctor
from syncengine.store.migration import migrate
from syncengine.store.store import Store
from tests.store_tools.contents import contents, put_back
from tests.support.world import SCHEMA, World


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
    before = contents(world.store)
    with pytest.raises(BackupUnusable, match="not empty"):
        restore(tmp_path / "file", world.store.engine, SCHEMA)
    assert contents(world.store) == before
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
    put_back(world, tmp_path / "file", other)
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

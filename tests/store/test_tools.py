"""explain, history, doctor, backup and restore, on both databases."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from syncengine.store import tables as t
from syncengine.store.backup import BackupUnusable, backup, restore
from syncengine.store.database import open_engine, writing
from syncengine.store.doctor import doctor
from syncengine.store.explain import explain
from syncengine.store.history import history, refused
from syncengine.store.store import Store
from tests.support.world import SCHEMA, World


def _explained(world: World, person: str, entity: str, row_id: bytes) -> tuple[bool, str]:
    found = explain(world.store, world.people[person], SCHEMA.tags[entity], row_id)
    assert found.as_data()["held"] == found.held
    return found.held, "\n".join(found.lines)


def test_explain_names_every_way_or_what_failed_on_each(world: World) -> None:
    """D3, D6."""
    customer = world.customer("a", "1")
    contact = world.insert("contact", customer=customer, name="Ann", active=True)
    note = world.insert("note", author=world.people["a"], text="private")
    held, said = _explained(world, "a", "customer", customer)
    assert held
    assert "owned by a" in said
    assert "own rows of a" in said
    held, said = _explained(world, "boss", "contact", contact)
    assert held
    assert "follows its customer -> customer 1 -> owned by a" in said
    assert "boss leads a" in said
    held, said = _explained(world, "b", "customer", customer)
    assert not held
    assert "no active substitution names b as substitute of a" in said
    assert "a is not below b" in said
    held, said = _explained(world, "boss", "note", note)
    assert not held
    assert "for a alone" in said
    world.insert(
        "substitution", absent=world.people["a"], substitute=world.people["b"], active=True
    )
    held, said = _explained(world, "b", "customer", customer)
    assert held
    assert "b substitutes a now" in said
    assert _explained(world, "a", "customer", world.environment.new_id()) == (
        False,
        "not because: there is no such row",
    )


def test_history_tells_who_what_and_what_was_lost(world: World) -> None:
    customer = world.customer("a", "1", phone="old")
    with world.enrol("a") as device:
        device.sync()
        with device.changeset() as changes:
            changes.update("customer", customer, phone="from the field")
        world.update("customer", customer, phone="from the office")
        device.sync()
    newest, office, first = history(world.store, SCHEMA.tags["customer"], customer)
    assert newest.actor == "a"
    assert newest.losses == [
        {"field": "phone", "lost": "from the field", "kept": "from the office"}
    ]
    assert (office.before, office.after) == ({"phone": "old"}, {"phone": "from the office"})
    assert first.action == "insert"
    assert newest.as_data()["received"].startswith("20")
    assert refused(world.store) == []


@pytest.mark.parametrize(
    "damage",
    [
        sa.update(t.record).values(payload=b"\x92\x01\x02"),
        sa.update(t.record).values(version=t.record.c.version + 1),
        sa.update(t.record).values(holders=7),
        sa.delete(t.membership).where(t.membership.c.tag == SCHEMA.tags["customer"]),
        sa.update(t.membership).values(gone=True),
        sa.update(t.bucket).values(count=t.bucket.c.count + 1),
        sa.update(t.bucket).values(sum=3),
        sa.update(t.record).values(payload=b"\x92\x01\xc0"),
    ],
)
def test_the_doctor_finds_and_heals_damage_to_what_is_derived(
    world: World, damage: sa.Update | sa.Delete
) -> None:
    """Invariant 5: after healing, devices converge."""
    world.customers("a", 20)
    world.insert("contact", customer=world.customer("b", "x"), name="Ann", active=True)
    with world.enrol("a") as device:
        device.sync()
        assert doctor(world.store).findings == []
        with writing(world.store.engine) as connection:
            connection.execute(damage)
        report = doctor(world.store)
        assert report.findings
        assert not report.ok
        assert doctor(world.store, heal=True).ok
        assert doctor(world.store).findings == []
        device.sync()
        assert device.counts()["customer"] == 20


def test_the_doctor_reports_a_forged_history_and_leaves_it(world: World) -> None:
    """Invariant 26."""
    world.customer("a", "1")
    with writing(world.store.engine) as connection:
        forged = sa.update(t.changeset).where(t.changeset.c.version == 2)
        connection.execute(forged.values(body_hash=bytes(32)))
    report = doctor(world.store, heal=True)
    assert report.findings == ["the history is broken at version 2"]
    assert not report.ok


def test_a_backup_restores_into_either_database(world: World, tmp_path: Path) -> None:
    """Invariant 24; a new epoch names its parent and the version it forked at."""
    customer = world.customer("a", "1", annual_sales=12345)
    before = world.store.status()
    info = backup(world.store, tmp_path / "backup")
    assert (info.epoch, info.version) == (before.epoch, before.version)
    assert world.store.status().backed_up == before.version
    engine = _other(tmp_path)
    restore(tmp_path / "backup", engine, SCHEMA)
    restored = Store(engine, SCHEMA, world.environment)
    assert restored.status().version == before.version
    assert restored.status().epoch != before.epoch
    assert doctor(restored).findings == []
    assert explain(restored, world.people["a"], SCHEMA.tags["customer"], customer).held
    with pytest.raises(BackupUnusable, match="not empty"):
        restore(tmp_path / "backup", engine, SCHEMA)


def _other(folder: Path) -> sa.Engine:
    return open_engine(f"sqlite:///{folder / 'other.db'}")


@pytest.mark.parametrize("damage", ["cut", "flip", "empty"])
def test_a_damaged_backup_changes_nothing(world: World, tmp_path: Path, damage: str) -> None:
    world.customers("a", 30)
    backup(world.store, tmp_path / "backup")
    whole = (tmp_path / "backup").read_bytes()
    middle = len(whole) // 2
    damaged = {
        "cut": whole[:-5],
        "flip": whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :],
        "empty": b"",
    }[damage]
    (tmp_path / "backup").write_bytes(damaged)
    engine = _other(tmp_path)
    with pytest.raises(BackupUnusable):
        restore(tmp_path / "backup", engine, SCHEMA)
    assert not sa.inspect(engine).get_table_names()

"""A module's package is gone: its data stay, work on its rows is refused, nothing else changes, and
all goes on when it is back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidSchema
from syncengine.model.manifest import Schema
from syncengine.store.absent import with_absent
from syncengine.store.backup import BackupUnusable, backup, restore
from syncengine.store.database import open_engine
from syncengine.store.deadlines import take_deadlines
from syncengine.store.doctor import doctor
from syncengine.store.migration import MigrationUnknown, migrate
from syncengine.store.review_queue import ReviewRefused, accept, entries
from syncengine.store.reviews import Kind
from syncengine.store.store import Store
from tests.absent.scene import WITH, WITHOUT, Shrinking, shown
from tests.lifecycles.module import LIFECYCLES
from tests.support.world import DAY, World
from tests.versions.module import SCHEMAS


@pytest.fixture
def world(database_url: str, tmp_path: Path) -> Iterator[Shrinking]:
    made = Shrinking(database_url, tmp_path)
    yield made
    made.close()


def refused(world: Shrinking, code: str, **fields: object) -> bool:
    """Whether the office's edit of the first errand is refused with that code."""
    verdict = world.update("errand", world.errands()[0]["id"], **fields)  # type: ignore[arg-type]
    return verdict.version is None and [o.code for o in verdict.objections] == [code]


def test_rows_stay_and_only_their_work_is_refused(world: Shrinking) -> None:
    errand = world.errand("a")
    shop = world.customer("a", "1")
    device = world.enrol("a")
    device.sync()
    world.install(WITHOUT)
    assert shown(device) == {"as planned": "open"}
    with device.changeset() as changes:
        changes.update("errand", errand, title="while it was away")
    with device.changeset() as changes:
        changes.update("customer", shop, city="Graz")
    assert device.sync().verdicts == {"rejected": 1, "accepted": 1}
    (item,) = device.inbox()
    assert [o.code for o in item.reasons] == ["module.absent"]
    assert item.entered[0].values == {"title": "while it was away"}
    assert shown(device) == {"as planned": "open"}
    assert refused(world, "module.absent", title="by the office")
    assert world.errands()[0]["title"] == "as planned"

    world.install(WITH)
    device.correct(item.sequence)
    assert device.sync().verdicts == {"accepted": 1}
    assert shown(device) == {"while it was away": "open"}
    assert device.inbox() == []


def test_devices_notice_nothing_of_the_change_itself(world: Shrinking) -> None:
    """The schema is the same, so nothing is sent again and no table of a device changes."""
    world.errand("a")
    device = world.enrol("a")
    device.sync()
    before = world.store.schema.hash
    world.install(WITHOUT)
    assert world.store.schema.hash == before
    Store(world.store.engine, world.store.schema, world.environment)  # without `migrate`, too
    report = device.sync()
    assert (report.rows_received, report.rows_left) == (0, 0)


def test_slices_go_on(world: Shrinking) -> None:
    """D6: a substitute gets errands of the absent module, new devices do, and they leave again."""
    world.errand("a")
    world.install(WITHOUT)
    device = world.enrol("b")
    device.sync()
    assert shown(device) == {}
    row = world.substitute("a", "b")
    device.sync()
    assert shown(device) == {"as planned": "open"}
    world.update("substitution", row, active=False)
    device.sync()
    assert shown(device) == {}
    assert not doctor(world.store).findings


def test_what_is_refused_includes_inserts_and_deletes(world: Shrinking) -> None:
    errand = world.errand("a", False)
    task = world.tasks(errand)[0]
    device = world.enrol("a")
    device.sync()
    world.install(WITHOUT)
    with device.changeset() as changes:
        changes.insert("task", errand=errand, title="one more", mandatory=False, done=False)
    with device.changeset() as changes:
        changes.delete("task", task)
    assert device.sync().verdicts == {"rejected": 2}
    assert {o.code for item in device.inbox() for o in item.reasons} == {"module.absent"}
    assert world.tasks(errand) == [task]


def test_the_system_takes_no_steps_meanwhile(world: Shrinking) -> None:
    errand = world.errand("a", due=world.at + DAY)
    world.install(WITHOUT)
    world.later(2)
    assert take_deadlines(world.store, 10) == 0
    assert world.state("errand", errand) == "open"
    world.install(WITH)
    assert take_deadlines(world.store, 10) == 1
    assert world.state("errand", errand) == "overdue"


def test_what_errands_refer_to_is_still_in_use(world: Shrinking) -> None:
    """Invariant 13, without the package."""
    world.errand("a")
    world.install(WITHOUT)
    delete = world.operation(Action.DELETE, "employee", world.people["a"])
    verdict = world.write([delete])
    assert {o.code for o in verdict.objections} == {"row.in_use"}


def test_migrating_again_changes_nothing(world: Shrinking) -> None:
    world.errand("a")
    before = revisions(world)
    world.install(WITHOUT)
    world.install(WITHOUT)
    assert revisions(world) == before
    assert "lifecycles_0001" in before
    assert len(world.errands()) == 1


def test_another_module_cannot_take_its_number(world: Shrinking) -> None:
    other = replace(LIFECYCLES, name="other")
    with pytest.raises(InvalidSchema, match="of the module lifecycles"):
        with_absent(world.store.engine, (MASTERDATA, other))


def test_a_revision_that_nobody_knows_is_named(world: Shrinking) -> None:
    """A later release was here, or the package went before the database kept its modules."""
    world.errand("a")
    with world.store.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM module WHERE name = 'lifecycles'"))
    with pytest.raises(MigrationUnknown, match="lifecycles_0001"):
        migrate(world.store.engine, WITHOUT, world.environment)
    assert "lifecycles_0001" in revisions(world)


def test_a_backup_has_the_data_and_wants_the_package_back(world: Shrinking, tmp_path: Path) -> None:
    world.errand("a")
    world.install(WITHOUT)
    backup(world.store, tmp_path / "b")
    for name, schema in (("without", WITHOUT), ("with", WITH)):
        engine = open_engine(f"sqlite:///{tmp_path / name}.db")
        if schema is WITHOUT:
            with pytest.raises(BackupUnusable, match="other modules"):
                restore(tmp_path / "b", engine, schema)
        else:
            restore(tmp_path / "b", engine, schema)
            with engine.connect() as connection:
                table = world.store.tables["errand"]
                assert connection.execute(table.select()).one().title == "as planned"
            assert Schema(with_absent(engine, WITHOUT.modules)).hash == WITH.hash
        engine.dispose()


def revisions(world: Shrinking) -> list[str]:
    """What alembic has on record."""
    wanted = sa.text("SELECT version_num FROM alembic_version ORDER BY version_num")
    with world.store.engine.connect() as connection:
        return list(connection.scalars(wanted))


def test_what_waits_for_the_office_waits_on(world: Shrinking) -> None:
    """Late work on errands was quarantined before; without the package nobody can accept it."""
    errand = world.errand("a")
    device = world.enrol("a")
    device.sync()
    world.update("errand", errand, owner=world.people["b"])
    with device.changeset() as changes:
        changes.update("errand", errand, title="late")
    assert device.sync().verdicts == {"quarantined": 1}
    ((waiting,), _) = entries(world.store, Kind.QUARANTINE, decided=False, limit=9)
    world.install(WITHOUT)
    with pytest.raises(ReviewRefused, match="missing on its server"):
        accept(world.store, Kind.QUARANTINE, waiting.number)
    world.install(WITH)
    accept(world.store, Kind.QUARANTINE, waiting.number)
    assert world.errands()[0]["title"] == "late"


def test_a_later_version_may_take_over(tmp_path: Path) -> None:
    """Removed as version 1, put back as version 2: its steps are taken then."""
    url = f"sqlite:///{tmp_path / 'server.db'}"
    world = World(url, tmp_path, schema=SCHEMAS[1])
    world.insert("visit", person="Eva Berg", tel="1")
    world.install(Schema(with_absent(world.store.engine, (MASTERDATA,))))
    assert world.store.schema.hash == SCHEMAS[1].hash
    world.install(SCHEMAS[2])
    table = world.store.tables["visit"]
    with world.store.engine.connect() as connection:
        found = connection.execute(table.select()).one()
    assert (found.first, found.last, found.phone, found.rank) == ("Eva", "Berg", "1", 1)
    world.close()

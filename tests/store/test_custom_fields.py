"""Custom fields in the database: columns, layouts of payloads, what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from syncengine.model.changeset import Loss, Operation, Outcome
from syncengine.model.custom import InvalidField
from syncengine.model.entity import Action, Field
from syncengine.model.errors import InvalidValue, SchemaDiffers
from syncengine.model.fields import Bool, Enum, Reference, Stored, Text
from syncengine.model.manifest import Schema
from syncengine.store import tables as t
from syncengine.store.backup import backup, restore
from syncengine.store.compaction import Retention, compact
from syncengine.store.database import open_engine, reading
from syncengine.store.doctor import doctor
from syncengine.store.entity_tables import whole_tables
from syncengine.store.history import history
from syncengine.store.migration import migrate
from syncengine.store.payloads import BATCH
from syncengine.store.store import Store
from syncengine.store.working import read_payload
from tests.support.upgrades import CLASS, VISITS, grown, newer_module, with_fields
from tests.support.world import SCHEMA, World

TAG = SCHEMA.tags["customer"]


def stored(world: World, row_id: bytes) -> tuple[int, dict[str, object]]:
    """(version, values by name) of a customer's payload."""
    entity = world.store.schema.entities["customer"]
    with reading(world.store.engine) as connection:
        version, payload = connection.execute(
            sa.select(t.record.c.version, t.record.c.payload).where(t.record.c.row_id == row_id)
        ).one()
    values = read_payload(entity, payload)
    return version, dict(zip([f.name for f in entity.fields], values, strict=True))


def versions(world: World) -> set[tuple[bytes, int]]:
    with reading(world.store.engine) as connection:
        rows = connection.execute(sa.select(t.record.c.row_id, t.record.c.version))
        return {(row_id, version) for row_id, version in rows}


def test_a_new_field_is_a_typed_column_and_old_rows_are_empty_there(world: World) -> None:
    old = world.customer("a", "1", phone="5")
    chief = Field(153, "chief", Reference("employee"))
    world.install(with_fields(CLASS, VISITS, chief))
    assert stored(world, old)[1]["loyalty_class"] is None
    world.update("customer", old, loyalty_class="A", visits=3, chief=world.people["b"])
    new = world.customer("b", "2", visits=7)
    with reading(world.store.engine) as connection:
        c = world.store.tables["customer"].c
        rows = connection.execute(sa.select(c.loyalty_class, c.visits).order_by(c.number)).all()
        declared = next(iter(world.store.tables.values())).metadata
        options = {"include_name": lambda name, kind, _: kind != "table" or name in declared.tables}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, declared) == []
    assert [tuple(row) for row in rows] == [("A", 3), (None, 7)]
    assert stored(world, new)[1]["visits"] == 7
    assert stored(world, old)[1]["phone"] == "5"
    assert doctor(world.store).findings == []


def test_a_module_that_grows_in_front_of_a_custom_field(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Positions shift, values and versions do not; more rows than one batch."""
    world.install(with_fields(CLASS))
    many = world.customers("a", BATCH + 10)
    first = world.customer("a", "x", loyalty_class="A", active=False)
    before, clock = versions(world), world.store.status()
    world.install(grown(newer_module(tmp_path, monkeypatch), CLASS))
    assert versions(world) == before
    assert world.store.status() == clock
    values = stored(world, first)[1]
    assert (values["loyalty_class"], values["website"], values["active"]) == ("A", None, False)
    world.update("customer", many[0], website="w", loyalty_class="B")
    assert stored(world, many[0])[1]["website"] == "w"
    assert doctor(world.store).findings == []


def test_a_field_behind_all_others_writes_no_payload(world: World) -> None:
    world.customer("a", "1")
    migrate(world.store.engine, SCHEMA)
    statements: list[str] = []
    sa.event.listen(world.store.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    migrate(world.store.engine, with_fields(CLASS))
    assert not [s for s in statements if "UPDATE record" in s]


def test_a_removed_field_leaves_rows_and_keeps_its_column(world: World, tmp_path: Path) -> None:
    world.install(with_fields(CLASS, VISITS))
    row = world.customer("a", "1", loyalty_class="A", visits=4)
    before = versions(world)
    gone = with_fields(VISITS, removed=(CLASS,))
    world.install(gone)
    assert versions(world) == before
    assert "loyalty_class" not in stored(world, row)[1]
    assert stored(world, row)[1]["visits"] == 4
    world.update("customer", row, visits=5)
    assert kept_class(world.store) == "A"
    assert history(world.store, TAG, row)[-1].after["loyalty_class"] == "A"
    assert doctor(world.store).findings == []
    backup(world.store, tmp_path / "file")
    engine = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    restore(tmp_path / "file", engine, gone)
    assert kept_class(Store(engine, gone, world.environment)) == "A"
    engine.dispose()


def test_work_that_does_not_know_of_the_removal_counts_without_it(world: World) -> None:
    """Whoever did it: an import that was staged before, a device offline."""
    world.install(with_fields(CLASS))
    row = world.customer("a", "1")
    fields: dict[int, Stored] = {CLASS.number: "B", 12: "5"}
    late = Operation(Action.UPDATE, TAG, row, fields)
    world.install(with_fields(removed=(CLASS,)))
    verdict = world.write([late])
    assert verdict.outcome is Outcome.MERGED
    assert [(o.code, o.field) for o in verdict.objections] == [("field.removed", CLASS.name)]
    assert verdict.losses == (Loss(0, CLASS.number, "B", None),)
    assert stored(world, row)[1]["phone"] == "5"
    assert history(world.store, TAG, row)[0].after == {"phone": "5"}
    with pytest.raises(InvalidValue, match="one of: A, B"):
        world.write([replace(late, fields={CLASS.number: "Z"})])


def kept_class(store: Store) -> str | None:
    """What the removed column still has."""
    with reading(store.engine) as connection:
        table = whole_tables(store.schema)["customer"]
        return connection.scalar(sa.select(table.c.loyalty_class))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (with_fields(VISITS), "is installed and must stay declared"),
        (with_fields(replace(CLASS, name="other"), VISITS), "belongs to loyalty_class"),
        (with_fields(replace(CLASS, type=Text()), VISITS), "installed as Enum"),
        (with_fields(replace(CLASS, type=Enum(("A",))), VISITS), "only become wider"),
    ],
)
def test_what_is_installed_cannot_become_something_else(
    world: World, schema: Schema, reason: str
) -> None:
    """And nothing is changed by the attempt, not even by a good field beside the bad one."""
    world.install(with_fields(CLASS))
    with pytest.raises(InvalidField, match=reason):
        migrate(world.store.engine, schema)
    columns = sa.inspect(world.store.engine).get_columns("masterdata_customer")
    assert "visits" not in {c["name"] for c in columns}
    Store(world.store.engine, with_fields(CLASS), world.environment)


def test_a_removed_field_does_not_come_back(world: World) -> None:
    world.install(with_fields(CLASS))
    world.install(with_fields(removed=(CLASS,)))
    with pytest.raises(InvalidField, match="cannot come back"):
        migrate(world.store.engine, with_fields(CLASS))


def test_a_type_may_grow(world: World) -> None:
    world.install(with_fields(CLASS))
    row = world.customer("a", "1", loyalty_class="A")
    world.install(with_fields(replace(CLASS, type=Enum(("A", "B", "C")))))
    world.update("customer", row, loyalty_class="C")
    assert stored(world, row)[1]["loyalty_class"] == "C"


def test_processes_with_another_schema_are_turned_away(world: World) -> None:
    """Those that run already, and those that start before the migration or with an old file."""
    row = world.customer("a", "1")
    with world.enrol("a") as device:
        device.sync()
        migrate(world.store.engine, with_fields(Field(151, "x", Bool())))
        with pytest.raises(SchemaDiffers):
            world.update("customer", row, phone="1")
        with pytest.raises(SchemaDiffers):
            device.sync()
        with pytest.raises(SchemaDiffers):
            world.enrol("b")
        with pytest.raises(SchemaDiffers):
            Store(world.store.engine, SCHEMA, world.environment)


def test_processes_with_another_schema_neither_back_up_nor_compact(
    world: World, tmp_path: Path
) -> None:
    """Found by the simulator: what it would write cannot be restored, and devices would forget the
    work that it covers.
    """
    world.customer("a", "1")
    migrate(world.store.engine, with_fields(CLASS))
    with pytest.raises(SchemaDiffers):
        backup(world.store, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
    with pytest.raises(SchemaDiffers):
        compact(world.store, Retention(left=0, answers=0))
    current = Store(world.store.engine, with_fields(CLASS), world.environment)
    assert current.status().backed_up == 0

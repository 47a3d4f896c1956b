"""What a write and a pull cost: statements and rows, independent of all other data. And
migrations.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from itertools import count

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.database import reading
from syncengine.store.entity_tables import entity_tables
from syncengine.store.export_table import EXPORTS
from syncengine.store.list_tables import LISTS
from syncengine.store.migration import migrate
from tests.support.statements import statements
from tests.support.wire import NaiveDevice
from tests.support.world import SCHEMA, World

OTHER = (f"value {number}" for number in count())  # always a change


def _statements(world: World, work: Callable[[], object]) -> list[str]:
    """The statements that `work` sends."""
    with statements(world.store.engine) as sent:
        work()
    return sent


def _costs(world: World, device: NaiveDevice, row: bytes) -> list[int]:
    """Statements of an office write, a push, a delta and a sync without changes."""
    device.sync()
    office = _statements(world, lambda: world.update("customer", row, phone=next(OTHER)))
    device.sync()
    push = device.changeset(device.update("customer", row, city=next(OTHER)))
    pushed = _statements(world, lambda: device.push(push))
    device.sync()
    world.update("customer", row, street=next(OTHER))
    delta = _statements(world, device.sync)
    assert device.received() == 1
    device.sync()
    idle = _statements(world, device.sync)
    return [len(office), len(pushed), len(delta), len(idle)]


def test_costs_do_not_depend_on_other_data(world: World) -> None:
    row = world.customer("a", "1")
    device = NaiveDevice(world, "a")
    device.sync()
    small = _costs(world, device, row)
    world.customers("b", 3_000)
    world.customers("a", 3_000)
    assert _costs(world, device, row) == small
    office, pushed, delta, idle = small
    assert office <= 20
    assert pushed <= 32
    assert delta <= 16
    assert idle <= 4


def test_an_edit_writes_the_columns_that_it_changes(world: World) -> None:
    """So it costs the indexes of the others nothing."""
    row = world.customer("a", "1")
    sent = _statements(world, lambda: world.update("customer", row, phone=next(OTHER)))
    (update,) = (one for one in sent if one.startswith("UPDATE masterdata_customer "))
    columns = update.partition(" WHERE ")[0].partition(" SET ")[2]
    assert [column.partition("=")[0] for column in columns.split(", ")] == ["version", "phone"]


def test_a_push_of_many_takes_as_many_statements_as_a_push_of_one(world: World) -> None:
    device = NaiveDevice(world, "a")
    counts = []
    for number in (1, 1, 300):
        device.sync()
        device.sync()  # acknowledges the first one
        changesets = [device.changeset(device.note()) for _ in range(number)]
        counts.append(len(_statements(world, partial(device.push, *changesets))))
    assert counts[1] == counts[2]


def test_buckets_without_news_cost_a_delta_nothing(world: World) -> None:
    """A manager's device has a bucket for each person below."""
    row = world.customer("a", "1")
    device = NaiveDevice(world, "boss")
    few = _costs(world, device, row)[2]
    for number in range(40):
        below = world.insert(
            "employee", number=f"n{number}", active=True, manager=world.people["b"]
        )
        world.insert("customer", number=f"c{number}", name="x", owner=below, active=True)
    assert _costs(world, device, row)[2] == few


def test_a_moved_hierarchy_is_read_level_by_level(world: World) -> None:
    """D3: what a rule asks about the rows below is not read row by row."""
    asked, top = (world.insert("market", number=n, name=n) for n in ("asked", "top"))
    audience = world.insert("audience", number="1", name="x")
    condition = {"field": "market", "in_subtree_of": to_text(asked), "parent": "parent"}
    world.insert(
        "rule", number="1", name="x", target="customer", active=True, audience=audience,
        condition=json.dumps(condition, sort_keys=True, separators=(",", ":")),
    )  # fmt: skip
    costs = []
    for first, last in ((0, 3), (3, 60)):
        for number in range(first, last):
            market = world.insert("market", number=f"{number}", name="x", parent=top)
            world.customer("a", f"{number}", market=market)
        # The first time makes the rule's bucket.
        for parent in (asked, None, asked):
            statements = _statements(world, partial(world.update, "market", top, parent=parent))
        costs.append(len(statements))
        world.update("market", top, parent=None)
    assert costs[0] == costs[1]


def test_the_switch_costs_one_small_write(world: World) -> None:
    """D6: nothing is copied, whatever the absent rep owns."""
    world.customers("a", 2_000)
    before = world.store.status().version
    names = {"absent": world.people["a"], "substitute": world.people["b"]}
    statements = _statements(world, lambda: world.insert("substitution", active=True, **names))
    assert world.store.status().version == before + 1
    assert len(statements) <= 20
    assert not [s for s in statements if "masterdata_customer" in s and "INSERT" in s]


def test_not_yours_and_not_there_cost_the_same_statements(world: World) -> None:
    """Invariant 9: nor does the time of the answer tell whether there is such a row."""
    device = NaiveDevice(world, "a")
    world.customer("a", "1")
    device.sync()
    foreign, nowhere = world.customer("b", "9"), world.environment.new_id()
    device.sync()
    device.push(device.changeset(device.note()))

    def pushed(operation: Operation) -> list[str]:
        changeset = device.changeset(operation)
        return _statements(world, lambda: device.push(changeset))

    asks: tuple[Callable[[bytes], Operation], ...] = (
        lambda row: device.update("customer", row, phone="1"),
        lambda row: world.operation(Action.DELETE, "contact", row),
        lambda row: device.insert("contact", customer=row, name="Ann", active=True),
    )
    for ask in asks:
        assert pushed(ask(foreign)) == pushed(ask(nowhere))


@pytest.mark.parametrize("kind", ["core", "lists", "exports", "entities"])
def test_migrations_make_what_is_declared(world: World, kind: str) -> None:
    entities = next(iter(entity_tables(SCHEMA).values())).metadata
    kinds = {"core": t.CORE, "lists": LISTS, "exports": EXPORTS, "entities": entities}
    declared = kinds[kind]
    wanted = set(declared.tables)
    migrate(world.store.engine, SCHEMA)  # again: harmless
    with reading(world.store.engine) as connection:
        # The index on trigrams is there where PostgreSQL has the extension.
        options = {
            "include_name": lambda name, kind, _: (
                name in wanted if kind == "table" else name != "list_text_grams"
            )
        }
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, declared) == []

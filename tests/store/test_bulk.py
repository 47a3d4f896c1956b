"""Large changes of the office: decided whole, written in steps, finished after a crash (3, 5, 10,
11).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa

from server.jobs import Jobs
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import bulk
from syncengine.store.bulk import BulkUnfinished, ChangeRefused, keep, write_change
from syncengine.store.bulk_steps import Written, encoded, finish, resume
from syncengine.store.compaction import Retention
from syncengine.store.database import reading
from syncengine.store.doctor import doctor
from tests.store_tools.oracle import assert_converged
from tests.support.wire import NaiveDevice
from tests.support.world import OFFICE, Crash, World

ROWS = 12
STEP = 5


@pytest.fixture(autouse=True)
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """A step of few operations: what matters is how many steps there are."""
    monkeypatch.setattr(bulk, "STEP_OPERATIONS", STEP)


def _shops(world: World) -> list[bytes]:
    """Those of `a`, some with a contact, then four of `b`."""
    shops = [*world.customers("a", ROWS), *world.customers("b", 4)]
    for shop in shops[:3]:
        world.insert("contact", customer=shop, name="Anna", active=True)
    return shops


def _change(world: World, shops: list[bytes]) -> list[Operation]:
    """In four steps: everything of `a` goes to `b`, named last; and some edits, named first."""
    operation, made = world.operation, world.environment.new_id()
    b = world.people["b"]
    return [
        *(operation(Action.UPDATE, "customer", shop, phone="1") for shop in shops[-4:]),
        operation(Action.INSERT, "contact", made, customer=shops[0], name="New", active=True),
        operation(Action.UPDATE, "contact", made, role="Buyer"),
        *(operation(Action.UPDATE, "customer", shop, owner=b) for shop in shops[:ROWS]),
    ]


def _rows(world: World) -> list[tuple[object, ...]]:
    """Every customer and contact by what people see of it."""
    names = {row: name for name, row in world.people.items()}
    c, k = (world.store.tables[name].c for name in ("customer", "contact"))
    with reading(world.store.engine) as connection:
        shops = connection.execute(sa.select(c.id, c.number, c.owner, c.phone)).all()
        contacts = connection.execute(sa.select(k.customer, k.name, k.role)).all()
    numbers = {shop.id: shop.number for shop in shops}
    found = [("customer", s.number, names[s.owner], s.phone) for s in shops]
    return sorted(
        [*found, *(("contact", numbers[k.customer], k.name, k.role) for k in contacts)], key=repr
    )


@pytest.fixture
def expected(tmp_path: Path) -> Iterator[list[tuple[object, ...]]]:
    """What the change comes to in one changeset, in a world of its own."""
    (tmp_path / "twin").mkdir()
    twin = World(f"sqlite:///{tmp_path / 'twin.db'}", tmp_path / "twin")
    assert twin.write(_change(twin, _shops(twin))).version is not None
    yield _rows(twin)
    twin.close()


@pytest.mark.parametrize(
    ("point", "skip"),
    [
        ("bulk.kept", 0),
        *(("bulk.step_noted", step) for step in range(4)),
        *(("bulk.step_written", step) for step in range(4)),
        ("server.before_commit", 2),
        ("server.committed", 2),
    ],
)
def test_a_crash_is_made_good(
    world: World, expected: list[tuple[object, ...]], point: str, skip: int
) -> None:
    change, shops = world.environment.new_id(), _shops(world)
    operations = _change(world, shops)
    before = world.store.status().version
    world.server_faults.crash_at, world.server_faults.skip = point, skip
    with pytest.raises(Crash):
        write_change(world.store, OFFICE, operations, change)
    Jobs(world.store, Retention(0, 0)).run("changes")
    assert _rows(world) == expected
    assert world.store.status().version == before + 4, "each step once"
    assert resume(world.store) == []
    again = write_change(world.store, OFFICE, operations, change)
    assert again.versions == tuple(range(before + 1, before + 5))
    assert world.store.status().version == before + 4
    assert doctor(world.store).findings == []


def test_a_device_in_between_holds_what_is_done_so_far(world: World) -> None:
    """A consistent checkpoint after each step, and what was taken away is gone from the first."""
    shops = _shops(world)
    a, b = NaiveDevice(world, "a"), NaiveDevice(world, "b")
    held: list[tuple[int, int]] = []
    tablet = world.enrol("a")
    tablet.sync()

    def look(_what: str, _operations: int) -> None:
        for device in (a, b):
            assert_converged(world, device)
        tablet.sync()
        assert {row.id.bytes for row in tablet.rows("customer")} == a.ids("customer")
        held.append((len(a.ids("customer")), len(b.ids("customer"))))

    look("", 0)
    write_change(world.store, OFFICE, _change(world, shops), progress=look)
    assert held == [(12, 4), (7, 9), (2, 14), (0, 16), (0, 16)]
    assert tablet.counts().get("contact", 0) == 0
    tablet.close()


def test_what_is_like_that_already_changes_nothing(world: World) -> None:
    operations = _change(world, _shops(world))
    written = write_change(world.store, OFFICE, operations)
    assert (written.operations, len(written.versions), written.refused) == (18, 4, ())
    version = world.store.status().version
    edits = [o for o in operations if o.action is not Action.INSERT]
    assert write_change(world.store, OFFICE, edits).versions == ()
    assert world.store.status().version == version


def test_up_to_a_step_it_is_one_changeset(world: World) -> None:
    shops = _shops(world)
    few = [world.operation(Action.UPDATE, "customer", s, phone="2") for s in shops[:STEP]]
    version = world.store.status().version
    assert write_change(world.store, OFFICE, few).versions == (version + 1,)
    assert not _kept(world)


def _kept(world: World) -> int:
    with reading(world.store.engine) as connection:
        return connection.scalar(sa.text("SELECT count(*) FROM bulk_change")) or 0


@pytest.mark.parametrize("rows", [1, ROWS])
def test_what_cannot_be_is_refused_before_anything_is_written(world: World, rows: int) -> None:
    shops, nobody = _shops(world), world.environment.new_id()
    wrong = [world.operation(Action.UPDATE, "customer", s, owner=nobody) for s in shops[:rows]]
    before = (world.store.status(), _rows(world))
    with pytest.raises(ChangeRefused) as refused:
        write_change(world.store, OFFICE, wrong)
    assert [o.operation for o in refused.value.objections] == list(range(rows))
    assert (world.store.status(), _rows(world), _kept(world)) == (*before, 0)


def _meanwhile(world: World, shops: list[bytes], shop: bytes) -> Written:
    """Write the change; after its first step somebody deletes the shop."""
    gone: list[bytes] = []

    def interfere(_what: str, _operations: int) -> None:
        if not gone:
            gone.append(shop)
            world.write([world.operation(Action.DELETE, "customer", shop)])

    return write_change(world.store, OFFICE, _change(world, shops), progress=interfere)


def test_what_somebody_made_impossible_is_told_and_the_rest_goes_on(world: World) -> None:
    shops = _shops(world)
    written = _meanwhile(world, shops, shops[ROWS - 1])
    assert [(r.position, r.code) for r in written.refused] == [(17, "row.unknown")]
    assert (written.operations, len(written.versions)) == (17, 4)
    c = world.store.tables["customer"].c
    with reading(world.store.engine) as connection:
        owners = set(connection.scalars(sa.select(c.owner)))
    assert owners == {world.people["b"]}


@pytest.mark.parametrize(("point", "skip"), [("bulk.set_apart", 0), ("server.committed", 3)])
def test_a_crash_after_something_was_set_apart(world: World, point: str, skip: int) -> None:
    """The rest of that step is another changeset than was decided, and still written once."""
    shops = _shops(world)
    before = world.store.status().version
    world.server_faults.crash_at, world.server_faults.skip = point, skip
    with pytest.raises(Crash):
        _meanwhile(world, shops, shops[9])
    world.server_faults.crash_at = None
    (done,) = resume(world.store)
    assert [(r.position, r.code) for r in done.refused] == [(15, "row.unknown")]
    assert world.store.status().version == before + 5, "four steps, and somebody's deletion"
    assert _kept(world) == 1


def test_several_processes_finish_it_together(
    world: World, expected: list[tuple[object, ...]]
) -> None:
    change, shops = world.environment.new_id(), _shops(world)
    before = world.store.status().version
    kept = [encoded(place, o) for place, o in enumerate(_change(world, shops))]
    keep(world.store, change, OFFICE, kept)
    others = [World.beside(world) for _ in range(2)]
    with ThreadPoolExecutor(3) as pool:
        stores = (world.store, *(other.store for other in others))
        done = list(pool.map(lambda store: finish(store, change), stores))
    assert len(set(done)) == 1
    assert (_rows(world), world.store.status().version) == (expected, before + 4)
    for other in others:
        other.close()


def test_another_one_waits(world: World) -> None:
    shops = _shops(world)
    world.server_faults.crash_at = "bulk.kept"
    with pytest.raises(Crash):
        write_change(world.store, OFFICE, _change(world, shops))
    with pytest.raises(BulkUnfinished):
        write_change(world.store, OFFICE, _change(world, shops))
    assert len(resume(world.store)) == 1
    assert len(write_change(world.store, OFFICE, _change(world, shops)).versions) == 1

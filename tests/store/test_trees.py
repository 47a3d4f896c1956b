"""The trees that the office sees, against a naive recomputation from all rows (domain D2, D3)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.changeset import Outcome
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.model.manifest import Schema
from syncengine.model.rights import Right, Rights
from syncengine.store.database import reading
from syncengine.store.parents import Tree, trees_of
from syncengine.store.trees import Node, children, nodes, paths
from tests.support.world import World

ALL = Rights(administers=True)
VIEW = dict.fromkeys(("employee", "customer", "market"), frozenset({Right.VIEW}))
PAGE = 3
Rows = dict[bytes, dict[str, Stored]]
Drawn = dict[bytes, tuple[int, int | None, bytes | None]]  # node -> below, counted, node above


def test_trees_are_declared() -> None:
    """What slices depend on, and references to the own entity that are called parent."""
    assert trees_of(Schema((MASTERDATA,))) == {
        "employee": Tree("employee", "manager", ("customer", "owner")),
        "market": Tree("market", "parent", ("customer", "market")),
        "product_group": Tree("product_group", "parent", ("article", "product_group")),
    }


def test_a_circle_is_refused_in_every_tree(tmp_path: Path) -> None:
    """Also where no slice depends on it."""
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    upper = world.insert("product_group", number="1", name="upper")
    lower = world.insert("product_group", number="2", name="lower", parent=upper)
    verdict = world.update("product_group", upper, parent=lower)
    assert [o.code for o in verdict.objections] == ["hierarchy.cycle"]
    world.close()


def test_the_tree_that_is_shown(database_url: str, tmp_path: Path) -> None:
    """Any moves, any limit: walked page by page it has every row that the user may view once,
    below the one that it names, with the counts of all that is below.
    """
    world = World(database_url, tmp_path)

    @settings(max_examples=15, deadline=None)
    @given(plans())
    def run(plan: Plan) -> None:
        people, markets = made(world, plan)
        everybody = [*world.people.values(), *people]
        limit = None if plan.limit is None else everybody[plan.limit]
        rights = ALL if limit is None else Rights(allowed=VIEW, limit=limit)
        trees = trees_of(world.store.schema)
        for tree, ids in ((trees["employee"], everybody), (trees["market"], markets)):
            expected = naive(world, tree, limit)
            assert walked(world, rights, tree) == expected
            ways = paths(world.store, rights, tree, ids)
            assert ways == {i: upward(expected, i) for i in ids}

    run()
    world.close()


@dataclass(frozen=True)
class Plan:
    """people, markets: where each is hung at first, by places before its own. shops: owner and
    market of each. moves: (what, to where) of both trees. limit: to whom.
    """

    people: list[int | None]
    markets: list[int | None]
    shops: list[tuple[int | None, int | None]]
    moves: list[tuple[int, int | None]]
    limit: int | None


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any forests; the first three people are there already."""

    def place(most: int) -> int | None:
        return draw(st.none() | st.integers(0, most - 1)) if most else None

    people = [place(3 + n) for n in range(draw(st.integers(0, 6)))]
    markets = [place(n) for n in range(draw(st.integers(0, 6)))]
    shops = [(place(3 + len(people)), place(len(markets))) for _ in range(draw(st.integers(0, 5)))]
    all_places = st.integers(0, 2 + len(people))
    moves = draw(st.lists(st.tuples(all_places, st.none() | all_places), max_size=4))
    return Plan(people, markets, shops, moves, place(3 + len(people)))


def made(world: World, plan: Plan) -> tuple[list[bytes], list[bytes]]:
    """(people, markets) of a plan, and nothing else; the engine refuses exactly the circles."""
    boss, a, b = world.people.values()
    before = [(a, boss), (b, boss), (boss, None)]
    verdict = world.write([
        *(world.operation(Action.UPDATE, "employee", i, manager=above) for i, above in before),
        *(
            world.operation(Action.DELETE, entity, i)
            for entity in ("customer", "market", "employee")
            for i in rows(world, entity) if i not in (boss, a, b)
        ),
    ])  # fmt: skip
    assert verdict.outcome is Outcome.ACCEPTED
    people, markets = [boss, a, b], list[bytes]()
    for number, above in enumerate(plan.people):
        manager = None if above is None else people[above]
        people.append(world.insert("employee", number=f"{number}", active=True, manager=manager))
    for number, above in enumerate(plan.markets):
        parent = None if above is None else markets[above]
        markets.append(world.insert("market", number=f"{number}", name="x", parent=parent))
    for owner, market in plan.shops:
        places = {
            "owner": None if owner is None else people[owner],
            "market": None if market is None else markets[market],
        }
        world.insert("customer", number="1", name="x", active=True, **places)
    for entity, field, ids in (("employee", "manager", people), ("market", "parent", markets)):
        for one, to in plan.moves:
            if ids:
                moved, target = ids[one % len(ids)], None if to is None else ids[to % len(ids)]
                parents = {i: row[field] for i, row in rows(world, entity).items()}
                verdict = world.update(entity, moved, **{field: target})
                circle = moved in chain(parents, target)
                assert (verdict.outcome is Outcome.REJECTED) == circle
    return people[3:], markets


def chain(parents: dict[bytes, Stored], node: Stored) -> list[Stored]:
    """The node and all above it."""
    found: list[Stored] = []
    while node is not None:
        found.append(node)
        assert isinstance(node, bytes)
        node = parents[node]
    return found


def rows(world: World, entity: str) -> Rows:
    """All of them, read without the code under test."""
    with reading(world.store.engine) as connection:
        found = connection.execute(sa.select(world.store.tables[entity])).mappings()
        return {row["id"]: dict(row) for row in found}


def naive(world: World, tree: Tree, limit: bytes | None) -> Drawn:
    """Everything, from the parents of all rows."""
    managers = {i: row["manager"] for i, row in rows(world, "employee").items()}
    led = {i for i in managers if limit is None or limit in chain(managers, i)}
    parents = {i: row[tree.parent] for i, row in rows(world, tree.entity).items()}
    shown = led if tree.entity == "employee" else set(parents)
    assert tree.counted is not None
    there = [
        row[tree.counted[1]] for row in rows(world, tree.counted[0]).values()
        if limit is None or row["owner"] in led
    ]  # fmt: skip
    found: Drawn = {}
    for node in shown:
        below = {i for i in shown if node in chain(parents, i)}
        above = parents[node]
        visible = above if isinstance(above, bytes) and above in shown else None
        found[node] = (len(below) - 1, sum(place in below for place in there), visible)
    return found


def upward(drawn: Drawn, node: bytes) -> list[bytes]:
    """From the top down to the one above the node."""
    found: list[bytes] = []
    above = drawn[node][2] if node in drawn else None
    while above is not None:
        found.insert(0, above)
        above = drawn[above][2]
    return found


def walked(world: World, rights: Rights, tree: Tree) -> Drawn:
    """By what the portal asks for."""
    found: Drawn = {}
    waiting: list[bytes | None] = [None]
    while waiting:
        above, after, more = waiting.pop(), None, True
        numbers: list[tuple[str, bytes]] = []
        while more:
            page, more = children(world.store, rights, tree, above, PAGE, after)
            assert len(page) == PAGE or not more
            for node in page:
                assert node.row.id not in found
                found[node.row.id] = (node.below, node.counted, above)
                numbers.append((str(node.row.values["number"]), node.row.id))
                waiting.append(node.row.id)
            if page:
                after = (page[-1].row.values["number"], page[-1].row.id)
        assert numbers == sorted(numbers)
    return found


def test_counts_that_a_user_may_not_view_are_not_told(tmp_path: Path) -> None:
    world = World(f"sqlite:///{tmp_path / 'server.db'}", tmp_path)
    world.customer("a", "1")
    tree = trees_of(world.store.schema)["employee"]
    rights = Rights(allowed={"employee": frozenset({Right.VIEW})})
    page, _ = children(world.store, rights, tree, None, PAGE, None)
    assert [(node.below, node.counted) for node in page] == [(2, None)]
    told: list[Node] = nodes(world.store, ALL, tree, [node.row for node in page])
    assert [node.counted for node in told] == [1]
    world.close()

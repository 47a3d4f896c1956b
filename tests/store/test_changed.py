"""The feed of changes for other systems: complete, in order, and honest about what is gone."""

from __future__ import annotations

import hypothesis.strategies as st
from hypothesis import HealthCheck, given, settings

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.rights import Rights
from syncengine.store.changed import Place, changed_since, present
from syncengine.store.compaction import Retention, compact
from syncengine.store.listing import Wanted, page
from tests.support.days import Days
from tests.support.world import World

ALL = Rights(administers=True)
KINDS = ("market", "customer")
Copy = dict[tuple[str, bytes], int]


def _there(world: World) -> Copy:
    """What there is, row by row, with its version."""
    return {
        (kind, row.id): row.version
        for kind in KINDS
        for row in page(world.store, ALL, Wanted(kind), 1_000, None)[0]
    }


def _follow(world: World, copy: Copy, place: Place, limit: int) -> Place:
    """Bring a copy up to date by the feed."""
    while True:
        found = changed_since(world.store, KINDS, place, limit)
        assert found is not None
        assert len(found.changes) <= limit
        for change in found.changes:
            if change.deleted:
                copy.pop((change.entity, change.row), None)
            else:
                copy[change.entity, change.row] = change.version
        place = found.following
        if not found.more:
            return place


STEPS = st.lists(
    st.lists(
        st.tuples(st.sampled_from(["insert", "update", "delete"]), st.integers(0, 4)),
        min_size=1, max_size=4, unique_by=lambda step: step[1],
    ),
    max_size=8,
)  # fmt: skip


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(steps=STEPS, limit=st.integers(1, 5), cut=st.integers(0, 8))
def test_a_copy_that_follows_has_what_there_is(
    world: World, steps: list[list[tuple[str, int]]], limit: int, cut: int
) -> None:
    """Whatever the size of pages, and wherever in between it was asked."""
    place, copy = present(world.store), _there(world)
    rows = [world.environment.new_id() for _ in range(5)]
    there: set[int] = set()
    for number, step in enumerate(steps):
        operations: list[Operation] = []
        for what, which in step:
            if what == "insert" and which not in there:
                operations.append(world.operation(
                    Action.INSERT, "market", rows[which], number=str(which), name="x"
                ))  # fmt: skip
                there.add(which)
            elif what == "update" and which in there:
                name = world.environment.new_id().hex()
                operations.append(world.operation(Action.UPDATE, "market", rows[which], name=name))
            elif what == "delete" and which in there:
                operations.append(world.operation(Action.DELETE, "market", rows[which]))
                there.discard(which)
        if operations:
            assert world.write(operations).version is not None
        if number == cut:
            place = _follow(world, copy, place, limit)
    place = _follow(world, copy, place, limit)
    assert copy == _there(world)
    found = changed_since(world.store, KINDS, place, limit)
    assert found is not None
    assert (found.changes, found.more) == ([], False)


def test_rows_of_other_entities_are_not_told_but_passed(world: World) -> None:
    place = present(world.store)
    world.customer("a", "1")
    found = changed_since(world.store, ["market"], place, 10)
    assert found is not None
    assert found.changes == []
    assert found.following == present(world.store)


def test_what_is_no_longer_on_record_is_said(days: Days) -> None:
    """A place before the history's beginning, of another epoch, or of the future."""
    world = days.world
    start = present(world.store)
    world.customer("a", "1")
    kept = present(world.store)
    days.day = 400
    world.customer("a", "2")
    compact(world.store, Retention(left=1, answers=1, history=200 * 24 * 3600 * 1_000_000))
    assert changed_since(world.store, KINDS, start, 10) is None
    found = changed_since(world.store, KINDS, kept, 10)
    assert found is not None
    assert len(found.changes) == 1
    for wrong in (Place(bytes(16), kept.version), Place(kept.epoch, kept.version + 9)):
        assert changed_since(world.store, KINDS, wrong, 10) is None

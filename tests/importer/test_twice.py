"""Two imports in each other's way: nothing is made twice, and nothing fails once it is decided."""

from __future__ import annotations

import pytest

from server.importer import apply_plan
from server.importer.findings import MappingInvalid, PlanOutdated
from syncengine.store.bulk import BulkUnfinished
from syncengine.store.bulk_steps import resume
from tests.importer.conftest import CUSTOMERS, Desk
from tests.support.world import Crash

LINES = [f"{n:04},Shop {n},a,0,,,s" for n in range(1_500)]


def test_an_import_waits_for_the_one_that_a_crash_cut_short(desk: Desk) -> None:
    """Otherwise both would make the rows that neither found."""
    plan = desk.plan(*LINES)
    desk.world.server_faults.crash_at, desk.world.server_faults.skip = "bulk.step_noted", 0
    with pytest.raises(Crash):
        apply_plan(desk.world.store, plan)
    plan.close()
    again = desk.plan(*LINES)
    assert again.counts["customer"].new == 500
    with pytest.raises(BulkUnfinished):
        apply_plan(desk.world.store, again)
    again.close()
    resume(desk.world.store)
    assert desk.run(*LINES).operations == 0
    assert len(desk.customers()) == desk.count("customer") == 1_500


def test_of_two_plans_at_once_the_later_one_is_made_again(desk: Desk) -> None:
    first, second = desk.plan(*LINES), desk.plan(*LINES)
    apply_plan(desk.world.store, first)
    with pytest.raises(PlanOutdated) as outdated:
        apply_plan(desk.world.store, second)
    assert outdated.value.data["entity"] == "customer"
    first.close()
    second.close()
    assert desk.count("customer") == 1_500


def test_a_plan_outlives_edits_of_other_rows(desk: Desk) -> None:
    """Only new rows of what it is about could be made twice."""
    desk.run("001,Shop,a,0,,,s")
    plan = desk.plan("001,Shop,a,0,,,s", "002,Other,a,0,,,s")
    desk.world.insert("note", author=desk.world.people["a"], text="meanwhile")
    assert apply_plan(desk.world.store, plan) == 1
    plan.close()


def test_a_key_that_stands_in_the_database_twice_is_named(desk: Desk) -> None:
    for name in ("One", "Two"):
        desk.world.insert("customer", number="001", name=name, active=True)
    plan = desk.plan("001,Shop,a,0,,,s")
    assert [(f.row, f.column, f.code) for f in plan.errors] == [(2, "number", "key.ambiguous")]
    plan.close()


def test_a_lookup_that_several_rows_answer_is_named(desk: Desk) -> None:
    desk.world.insert("employee", number="twin", active=True)
    desk.world.insert("employee", number="twin", active=True)
    plan = desk.plan("001,Shop,twin,0,,,s")
    assert [(f.row, f.column, f.code) for f in plan.errors] == [(2, "Rep", "lookup.ambiguous")]
    plan.close()


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ('name = { column = "Name" }', "", "name"),
        ("active = { value = true }", 'active = { value = "perhaps" }', "active"),
        ('name = { column = "Name" }', "name = { value = 7 }", "name"),
    ],
)
def test_a_mapping_that_could_only_fail_is_refused_at_once(
    desk: Desk, was: str, becomes: str, said: str
) -> None:
    assert was in CUSTOMERS
    with pytest.raises(MappingInvalid, match=said):
        desk.mapping(CUSTOMERS.replace(was, becomes))

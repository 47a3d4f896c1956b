"""The order of a large change: what takes rows away comes first, with what it builds on."""

from __future__ import annotations

from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored
from syncengine.store.removals import removals_first
from tests.support.world import SCHEMA

ROWS = [bytes([n]) * 16 for n in range(9)]


def _operation(action: Action, entity: str, row: int, **fields: object) -> Operation:
    by_name = SCHEMA.entities[entity].by_name
    numbered: dict[int, Stored] = {
        by_name[name].number: ROWS[value] if isinstance(value, int) else str(value)
        for name, value in fields.items()
    }
    return Operation(action, SCHEMA.tags[entity], ROWS[row], numbered)


def _order(*operations: Operation) -> list[int]:
    return removals_first(SCHEMA, operations)


def test_owners_hierarchies_grants_and_deletes_come_first_as_they_came() -> None:
    update = Action.UPDATE
    assert _order(
        _operation(update, "customer", 1, phone="1"),
        _operation(update, "customer", 2, owner=3),
        _operation(update, "employee", 3, job_title="Rep"),
        _operation(update, "employee", 4, manager=3),
        _operation(update, "substitution", 5, substitute=4),
        _operation(update, "contact", 6, customer=2),
        _operation(Action.DELETE, "note", 7),
    ) == [1, 2, 3, 4, 5, 6, 0]


def test_new_rows_come_last_unless_a_removal_needs_them() -> None:
    insert = Action.INSERT
    assert _order(
        _operation(insert, "customer", 1, name="Shop", owner=2),
        _operation(insert, "employee", 2, number="2"),
        _operation(insert, "employee", 3, number="3", manager=2),
        _operation(Action.UPDATE, "customer", 4, owner=3),
    ) == [1, 2, 3, 0]


def test_what_comes_before_on_the_same_row_stays_before_it() -> None:
    update = Action.UPDATE
    assert _order(
        _operation(update, "note", 8, text="x"),
        _operation(update, "customer", 1, phone="1"),
        _operation(update, "customer", 1, owner=2),
        _operation(update, "customer", 1, phone="2"),
    ) == [1, 2, 0, 3]

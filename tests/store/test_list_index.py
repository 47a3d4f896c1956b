"""The list index: whatever it has, and has not yet, lists are what a naive search and a naive sort
make of the rows.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from syncengine.model.entity import Action, Field
from syncengine.model.fields import Bool, Date, Enum, FieldType, Integer, Stored
from syncengine.model.rights import Rights
from syncengine.store import list_index, list_reading, listing, selection
from syncengine.store.database import reading, writing
from syncengine.store.list_index import ListIndex, joined, key_of, parted
from syncengine.store.list_tables import list_index as lines
from syncengine.store.list_tables import list_key, list_text
from syncengine.store.listing import Wanted
from syncengine.store.texts import sort_key
from tests.support.world import World

ALL = Rights(administers=True)
# Signs that stand between texts in the index, or have a meaning in a search; letters with marks.
SIGNS = "abAß äÖ%_\\\"'*\x1d\x1e\x1f\x01\x02\ud7a3😀"
Values = dict[str, str | int | bool | None]
ORDERS = ["number", "city", "staff", "active", None]
numbers = st.none() | st.integers(-2, 2)
texts = st.none() | st.text(SIGNS, max_size=6)
searches = st.text(SIGNS, min_size=1, max_size=4)


@given(st.lists(texts | st.text(st.characters(exclude_characters="\x00")), min_size=1).map(tuple))
@example((None, "\x1e", "\x1d\x01", ""))
def test_what_was_joined_is_parted(values: tuple[str | None, ...]) -> None:
    keys = tuple(None if value is None else sort_key(value) for value in values)
    assert parted(joined(keys)) == keys
    assert parted(joined(())) == ()


def values_of(kind: FieldType) -> st.SearchStrategy[Stored]:
    if isinstance(kind, Bool):
        return st.booleans()
    if isinstance(kind, Enum):
        return st.sampled_from(kind.values)
    if isinstance(kind, Date):
        days = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
        return days.map(lambda day: day.isoformat())
    return st.integers(-(2**63), 2**63 - 1)


@given(st.data(), st.sampled_from([Integer(), Bool(), Date(), Enum(("b", "B", "a_c", "a-c"))]))
def test_keys_stand_as_their_values_do(data: st.DataObject, kind: FieldType) -> None:
    field, values = Field(1, "field", kind), values_of(kind)
    first, second = data.draw(values), data.draw(values)
    keys = key_of(field, first), key_of(field, second)
    assert (first < second, first == second) == (keys[0] < keys[1], keys[0] == keys[1])  # type: ignore[operator]


class Lists(RuleBasedStateMachine):
    """Rows come, change and go; the index follows some of it, now and then. Everything is small:
    three rows are many, four changes too much.
    """

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[bytes, Values] = {}

    def _write(self, action: Action, row_id: bytes, **fields: Stored) -> None:
        written = self.world.write([self.world.operation(action, "customer", row_id, **fields)])
        assert written.version is not None

    @rule(name=st.text(SIGNS, max_size=6), city=texts, staff=numbers)
    def come(self, name: str, city: str | None, staff: int | None) -> None:
        row_id = self.world.environment.new_id()
        number, active = str(len(self.rows) % 3), len(self.rows) % 2 == 0
        row: Values = {"number": number, "name": name, "city": city, "staff": staff}
        self.rows[row_id] = {**row, "active": active}
        self._write(Action.INSERT, row_id, **self.rows[row_id])

    @rule(data=st.data(), city=texts)
    def change(self, data: st.DataObject, city: str | None) -> None:
        others = [i for i, row in sorted(self.rows.items()) if row["city"] != city]
        if others:
            row_id = data.draw(st.sampled_from(others))
            self._write(Action.UPDATE, row_id, city=city)
            self.rows[row_id]["city"] = city

    @rule(data=st.data(), staff=numbers)
    def count(self, data: st.DataObject, staff: int | None) -> None:
        others = [i for i, row in sorted(self.rows.items()) if row["staff"] != staff]
        if others:
            row_id = data.draw(st.sampled_from(others))
            self._write(Action.UPDATE, row_id, staff=staff)
            self.rows[row_id]["staff"] = staff

    @rule(data=st.data())
    def go(self, data: st.DataObject) -> None:
        if self.rows:
            row_id = data.draw(st.sampled_from(sorted(self.rows)))
            self._write(Action.DELETE, row_id)
            del self.rows[row_id]

    @rule(batches=st.sampled_from([1, 2, 3, 500, 500, 500]))
    def follow(self, batches: int) -> None:
        ListIndex(self.world.store).catch_up(batches)

    @rule()
    def begin_anew(self) -> None:
        """As after an upgrade with other fields."""
        with writing(self.world.store.engine) as connection:
            connection.execute(sa.update(lines).values(fields="of yesterday"))

    @rule(search=searches, order=st.sampled_from(ORDERS), down=st.booleans())
    def search(self, search: str, order: str | None, down: bool) -> None:
        self._compare(Wanted("customer", search, order=order, descending=down))

    @rule(city=texts, search=st.just("") | searches, order=st.sampled_from(["name", "staff"]))
    def filtered(self, city: str | None, search: str, order: str) -> None:
        self._compare(Wanted("customer", search, (("city", city),), order=order))

    @rule(down=st.booleans(), order=st.sampled_from(["city", "staff", "active"]))
    def sort(self, down: bool, order: str) -> None:
        self._compare(Wanted("customer", order=order, descending=down))

    def _compare(self, wanted: Wanted) -> None:
        found = dict(self.rows)
        for name, value in wanted.filters:
            found = {i: row for i, row in found.items() if row[name] == value}
        key = sort_key(wanted.search)
        if any(letter < " " for letter in key):
            found = {}
        found = {
            i: row
            for i, row in found.items()
            if any(key in sort_key(text) for text in row.values() if isinstance(text, str))
        }
        expected = in_order(found, wanted)
        assert walked(self.world, wanted) == expected
        with reading(self.world.store.engine) as connection:
            every = listing.every(self.world.store, connection, ALL, wanted)
            assert [row.id for rows in every for row in rows] == expected
        assert listing.count(self.world.store, ALL, wanted) == len(expected)

    @invariant()
    def nothing_is_twice(self) -> None:
        """What the index has is of the rows, once it has followed."""
        if not ListIndex(self.world.store)._is_done():
            return
        with reading(self.world.store.engine) as connection:
            tag = self.world.store.schema.tags["customer"]
            there = list(
                connection.scalars(sa.select(list_text.c.row_id).where(list_text.c.tag == tag))
            )
            keys = sa.select(sa.func.count()).where(list_key.c.tag == tag)
            fields = listing.sortable(self.world.store.schema.entities["customer"])
            assert sorted(there) == sorted(self.rows)
            assert connection.scalar(keys) == len(fields) * len(self.rows)

    def teardown(self) -> None:
        gone = [self.world.operation(Action.DELETE, "customer", i) for i in sorted(self.rows)]
        if gone:
            assert self.world.write(gone).version is not None


def in_order(rows: dict[bytes, Values], wanted: Wanted) -> list[bytes]:
    """By value, of texts by key, then id; by id. Without a value last."""
    down = wanted.descending
    if wanted.order is None:
        return sorted(rows, reverse=down)
    values = {i: row[wanted.order] for i, row in rows.items()}
    keyed = wanted.order != "number"
    known: list[tuple[Any, bytes]] = [
        (sort_key(value) if keyed and isinstance(value, str) else value, i)
        for i, value in values.items()
        if value is not None
    ]
    known.sort(reverse=down)
    empty = sorted((i for i, value in values.items() if value is None), reverse=down)
    return [*(i for _, i in known), *empty]


def walked(world: World, wanted: Wanted) -> list[bytes]:
    """All rows, two at a time."""
    found: list[bytes] = []
    after: tuple[Stored, bytes] | None = None
    while True:
        rows, more = listing.page(world.store, ALL, wanted, 2, after)
        found += [row.id for row in rows]
        if not more:
            return found
        after = (rows[-1].values[wanted.order] if wanted.order else None), rows[-1].id


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every bound within reach."""
    monkeypatch.setattr(selection, "FEW", 2)
    monkeypatch.setattr(selection, "FEW_HITS", 2)
    monkeypatch.setattr(selection, "FAR", 4)
    monkeypatch.setattr(list_reading, "FRESH", 3)
    monkeypatch.setattr(list_reading, "CHUNKS", (1, 2))
    monkeypatch.setattr(list_reading, "GRAMS_OF_FEW", 2)
    monkeypatch.setattr(list_index, "ROWS", 2)


@pytest.mark.usefixtures("small")
def test_lists_with_any_index(database_url: str, tmp_path: Path) -> None:
    """Invariant 24: alike in both databases."""

    class OnOne(Lists):
        """Each run begins with what the index was left with, and no rows."""

        world = World(database_url, tmp_path)

    run_state_machine_as_test(
        OnOne, settings=settings(max_examples=20, stateful_step_count=20, deadline=None)
    )
    OnOne.world.close()

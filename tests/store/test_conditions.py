"""Conditions in SQL give the very rows that they give in Python, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from syncengine.model.condition_data import MAX_NODES, MAX_VALUES, MAX_VALUES_IN_ALL
from syncengine.model.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    matches,
)
from syncengine.model.fields import Stored
from syncengine.model.ids import uuid7
from syncengine.store.conditions import as_sql
from syncengine.store.database import open_engine, reading, writing
from syncengine.store.entity_tables import entity_tables
from tests.support.conditions import IDS, LETTERS, PLACE, SCHEMA, THING, parents, rows, trees

Values = tuple[Stored, ...]
Parents = dict[bytes, bytes | None]
TABLES = entity_tables(SCHEMA)
THINGS, PLACES = TABLES["thing"], TABLES["place"]


@pytest.fixture
def engine(database_url: str) -> Iterator[sa.Engine]:
    """Empty tables. PostgreSQL sorts their text by a language: without COLLATE "C" it would show.

    The tests' cluster runs under C.UTF-8, which sorts by code points already.
    """
    engine = open_engine(database_url)
    with writing(engine) as connection:
        THINGS.metadata.create_all(connection)
        if connection.dialect.name == "postgresql":
            for column in ("title", "day", "state"):
                connection.exec_driver_sql(
                    f'ALTER TABLE {THINGS.name} ALTER {column} TYPE text COLLATE "de-x-icu"'
                )
    yield engine
    engine.dispose()


def fill(engine: sa.Engine, things: dict[bytes, Values], places: Parents) -> None:
    """Put exactly these rows into the tables."""
    names = [field.name for field in THING.fields]
    with writing(engine) as connection:
        connection.execute(sa.delete(THINGS))
        connection.execute(sa.delete(PLACES))
        for row_id, values in things.items():
            row: dict[str, Any] = dict(zip(names, values, strict=True))
            connection.execute(sa.insert(THINGS).values(id=row_id, version=1, **row))
        for row_id, above in places.items():
            connection.execute(sa.insert(PLACES).values(id=row_id, version=1, above=above))


def selected(engine: sa.Engine, condition: Condition) -> set[bytes]:
    """The ids of the things that SQL finds."""
    with reading(engine) as connection:
        where = as_sql(condition, TABLES, THING)
        found = list(connection.scalars(sa.select(THINGS.c.id).where(where)))
    assert len(found) == len(set(found))
    return set(found)


def expected(things: dict[bytes, Values], places: Parents, condition: Condition) -> set[bytes]:
    """The ids of the things that Python finds, walking up each hierarchy."""
    made_of = THING.position("made_of")
    hierarchies: dict[tuple[str, str], dict[bytes, Any]] = {
        ("place", "above"): dict(places),
        ("thing", "made_of"): {row_id: values[made_of] for row_id, values in things.items()},
    }

    def in_subtree(entity: str, parent: str, node: bytes, row: bytes) -> bool:
        met: set[bytes] = set()
        here: bytes | None = row
        while here is not None and here not in met:
            if here == node:
                return True
            met.add(here)
            here = hierarchies[entity, parent].get(here)
        return False

    return {i for i, values in things.items() if matches(condition, THING, values, in_subtree)}


def thing(**given: Stored) -> Values:
    """A thing with some fields, the others empty."""
    return tuple(given.get(field.name) for field in THING.fields)


def test_sql_agrees_with_python(engine: sa.Engine) -> None:
    """Invariant 24. And what SQL does not find, it finds for the negation: it knows no NULL."""

    @settings(
        max_examples=100,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    @given(
        made=st.lists(rows(), min_size=1, max_size=6),
        places=parents(),
        conditions=st.lists(trees(), min_size=1, max_size=8),
    )
    def agrees(made: list[Values], places: Parents, conditions: list[Condition]) -> None:
        things = dict(zip(IDS, made, strict=False))
        fill(engine, things, places)
        for condition in conditions:
            found = selected(engine, condition)
            assert found == expected(things, places, condition)
            assert selected(engine, Not(condition)) == things.keys() - found

    agrees()


def test_an_empty_field_fulfils_no_comparison_but_its_negation(engine: sa.Engine) -> None:
    fill(engine, {IDS[0]: thing()}, {IDS[0]: None})
    for condition in (
        Compare("count", Op.LESS, 5),
        Compare("title", Op.EQUAL, ""),
        Compare("title", Op.STARTS_WITH, ""),
        Compare("active", Op.EQUAL, False),
        Compare("state", Op.ONE_OF, ("a", "A")),
        Compare("state", Op.ONE_OF, ()),
        InSubtree("place", IDS[0], "above"),
        AnyOf(()),
    ):
        assert selected(engine, condition) == set()
        assert selected(engine, Not(condition)) == {IDS[0]}
    assert selected(engine, Compare("extra", Op.IS_EMPTY)) == {IDS[0]}
    assert selected(engine, AllOf(())) == {IDS[0]}


@pytest.mark.parametrize("op", [Op.LESS, Op.LESS_OR_EQUAL, Op.EQUAL, Op.STARTS_WITH])
def test_text_by_code_points(engine: sa.Engine, op: Op) -> None:
    """Every pair of awkward letters, so that nothing is left to chance."""
    texts = ["", *LETTERS, *(f"a{x}" for x in LETTERS), *(f"{x}a" for x in LETTERS)]
    things = {uuid7(n, bytes(10)): thing(title=text) for n, text in enumerate(texts)}
    fill(engine, things, {})
    for text in texts:
        condition = Compare("title", op, text)
        assert selected(engine, condition) == expected(things, {}, condition), ascii(text)


def test_a_hierarchy_of_a_thousand_levels_that_ends_in_a_cycle(engine: sa.Engine) -> None:
    chain = [uuid7(n, b"\x01" * 10) for n in range(1000)]
    places: Parents = dict(zip(chain, [*chain[1:], chain[990]], strict=True))
    things = {
        IDS[0]: thing(place=chain[0]),
        IDS[1]: thing(place=chain[500]),
        IDS[2]: thing(place=chain[995]),
        IDS[3]: thing(place=IDS[7]),  # a place without a row
        IDS[4]: thing(),
    }
    fill(engine, things, places)
    for node, found in (
        (chain[0], {IDS[0]}),
        (chain[499], {IDS[0]}),
        (chain[500], {IDS[0], IDS[1]}),
        (chain[990], {IDS[0], IDS[1], IDS[2]}),
        (chain[999], {IDS[0], IDS[1], IDS[2]}),
        (IDS[7], {IDS[3]}),
        (IDS[6], set[bytes]()),
    ):
        condition = InSubtree("place", node, "above")
        assert selected(engine, condition) == expected(things, places, condition) == found


def test_the_largest_conditions_fit_one_statement(engine: sa.Engine) -> None:
    """Databases bound parameters, walks and nesting; what can be read can be asked."""
    things = {IDS[0]: thing(count=1, place=IDS[0]), IDS[1]: thing(count=-1)}
    fill(engine, things, {})
    full = Compare("count", Op.ONE_OF, tuple(range(MAX_VALUES)))
    lists = AllOf((full,) * (MAX_VALUES_IN_ALL // MAX_VALUES))
    walks = AnyOf((InSubtree("place", IDS[0], "above"),) * (MAX_NODES - 1))
    nested: Condition = Compare("count", Op.GREATER, 0)
    for _ in range(7):
        nested = Not(AllOf((nested,)))
    nested = Not(nested)
    for condition in (lists, walks, nested):
        assert selected(engine, condition) == expected(things, {}, condition) == {IDS[0]}


def test_two_walks_of_one_entity_in_a_write_that_reads_it(engine: sa.Engine) -> None:
    """The walk's rows are never taken for those of the statement around it."""
    places: Parents = {IDS[0]: None, IDS[1]: IDS[0], IDS[2]: IDS[1], IDS[3]: None}
    fill(engine, {}, places)
    below = as_sql(InSubtree("above", IDS[0], "above"), TABLES, PLACE)
    deeper = as_sql(InSubtree("above", IDS[1], "above"), TABLES, PLACE)
    with writing(engine) as connection:
        connection.execute(
            sa.update(PLACES).where(sa.and_(below, sa.not_(deeper))).values(name="here")
        )
        found = connection.scalars(sa.select(PLACES.c.id).where(PLACES.c.name == "here"))
        assert list(found) == [IDS[1]]

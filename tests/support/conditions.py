"""A schema with every type of field, and Hypothesis strategies of its rows and conditions.

Values come from small pools, so that rows and conditions meet; the text is chosen to be awkward.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from syncengine.model.conditions import AllOf, AnyOf, Compare, Condition, InSubtree, Not, Op
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import (
    EARLIEST,
    INT64_MAX,
    LATEST,
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)
from syncengine.model.ids import uuid7
from syncengine.model.manifest import Schema
from syncengine.model.module import Module

PLACE = Entity(1, "place", (Field(1, "name", Text()), Field(2, "above", Reference("place"))))
THING = Entity(
    2,
    "thing",
    (
        Field(1, "title", Text()),
        Field(3, "count", Integer()),
        Field(4, "price", Decimal(2)),
        Field(5, "latitude", Decimal(6)),
        Field(6, "active", Bool()),
        Field(7, "day", Date()),
        Field(8, "at", Timestamp()),
        Field(9, "state", Enum(("a", "A", "ä"))),
        Field(10, "extra", Json()),
        Field(11, "place", Reference("place", dangling=True)),
        Field(12, "picture", BlobReference()),
        Field(13, "made_of", Reference("thing", dangling=True)),
    ),
)
SCHEMA = Schema((Module(200, "test", 1, (PLACE, THING), people="place"),))

IDS = [uuid7(n, bytes(10)) for n in range(8)]  # of both entities; not every one has a row
# UTF-16 puts supplementary planes before U+E000, languages put ä beside a and A beside a.
# fmt: off
LETTERS = ["a", "A", "b", "B", "z", "Z", "ä", "Ä", "ß", "\u0131", "a\u0308", "%", "_", "\\", "'",
           " ", "-", "\t", "\u200d", "\ud7ff", "\ue000", "\uffff", "\U00010000", "\U0001f600",
           "\U0010ffff"]
# fmt: on
TEXTS = st.lists(st.sampled_from(LETTERS), max_size=3).map("".join)
BIG = [-INT64_MAX, -INT64_MAX + 1, -(2**53) - 1, -1, 0, 1, 2**31, 2**53, 2**53 + 1, INT64_MAX]
DAYS = ["1900-01-01", "1969-12-31", "1970-01-01", "2024-02-29", "2199-12-31"]
TIMES = [EARLIEST, -1, 0, 1, 1_700_000_000_000_000, LATEST - 1]
POOLS: dict[str, st.SearchStrategy[Any]] = {
    "title": TEXTS,
    "count": st.sampled_from(BIG),
    "price": st.sampled_from([*BIG, 100, 150]),
    "latitude": st.sampled_from([*BIG, 1_000_000, 1_500_000]),
    "active": st.booleans(),
    "day": st.sampled_from(DAYS),
    "at": st.sampled_from(TIMES),
    "state": st.sampled_from(["a", "A", "ä"]),
    "extra": st.sampled_from(["null", "{}", '"a"']),
    "place": st.sampled_from(IDS),
    "picture": st.sampled_from([bytes(32), b"\xff" * 32]),
    "made_of": st.sampled_from(IDS),
}
ORDERED = ["title", "count", "price", "latitude", "day", "at"]
EQUATED = [*ORDERED, "active", "state", "place", "made_of"]
ORDERINGS = [Op.LESS, Op.LESS_OR_EQUAL, Op.GREATER, Op.GREATER_OR_EQUAL]


def _comparisons(fields: list[str], ops: list[Op]) -> st.SearchStrategy[Condition]:
    return st.sampled_from(fields).flatmap(
        lambda field: st.builds(Compare, st.just(field), st.sampled_from(ops), POOLS[field])
    )


def _lists(field: str) -> st.SearchStrategy[Condition]:
    values = st.frozensets(POOLS[field], max_size=4).map(lambda found: tuple(sorted(found)))
    return st.builds(Compare, st.just(field), st.just(Op.ONE_OF), values)


LEAVES: st.SearchStrategy[Condition] = st.one_of(
    _comparisons(EQUATED, [Op.EQUAL]),
    _comparisons(ORDERED, ORDERINGS),
    _comparisons(["title"], ORDERINGS),
    _comparisons(["title"], [Op.STARTS_WITH]),
    st.sampled_from(EQUATED).flatmap(_lists),
    st.builds(Compare, st.sampled_from(list(POOLS)), st.just(Op.IS_EMPTY)),
    st.builds(InSubtree, st.just("place"), st.sampled_from(IDS), st.just("above")),
    st.builds(InSubtree, st.just("made_of"), st.sampled_from(IDS), st.just("made_of")),
)


def trees(depth: int = 4) -> st.SearchStrategy[Condition]:
    """Conditions of at most `depth` levels."""
    if depth == 1:
        return LEAVES
    parts = st.lists(trees(depth - 1), max_size=3).map(tuple)
    return st.one_of(
        LEAVES, st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Not, trees(depth - 1))
    )


def rows() -> st.SearchStrategy[tuple[Stored, ...]]:
    """The values of a thing; every field may be empty."""
    return st.tuples(*(st.none() | POOLS[field.name] for field in THING.fields))


def parents() -> st.SearchStrategy[dict[bytes, bytes | None]]:
    """What each place that has a row lies in: deep, cyclic, in itself, in one without a row."""
    chain: dict[bytes, bytes | None] = {IDS[n]: IDS[n + 1] for n in range(6)}
    return st.just(chain) | st.dictionaries(st.sampled_from(IDS), st.none() | st.sampled_from(IDS))

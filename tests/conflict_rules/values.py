"""Fields with a rule, values that fit them, and the merge of one field."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st

from conflict_rules.merge_by_field import Times, merge
from conflict_rules.outcome import Outcome
from syncengine.model.entity import ConflictRule, Field
from syncengine.model.fields import (
    EARLIEST,
    INT64_MAX,
    LATEST,
    Date,
    Decimal,
    FieldType,
    Integer,
    Json,
    Stored,
    Text,
    Timestamp,
)


@dataclass(frozen=True)
class Declared:
    """A rule for a type that it fits."""

    rule: ConflictRule
    type: FieldType


def declared(field: Declared) -> Field:
    """As an entity declares it."""
    return Field(1, "value", field.type, conflict=field.rule)


SAME_TIME = Times(0, lambda _: 0)
NUMBERS = (Integer(), Integer(-3, 3), Integer(5, 9), Decimal(2))
COUNTERS = [Declared(ConflictRule.COUNTER, kind) for kind in NUMBERS]
EXTREMES = [
    Declared(rule, kind)
    for rule in (ConflictRule.MINIMUM, ConflictRule.MAXIMUM)
    for kind in (*NUMBERS, Date(), Timestamp())
]
SETS = [Declared(ConflictRule.ADD_WINS_SET, Json(limit)) for limit in (2, 12, 400)]
TEXTS = [Declared(ConflictRule.TEXT_MERGE, Text(limit)) for limit in (6, 400)]
WINNERS = [
    Declared(rule, kind)
    for rule in (
        ConflictRule.SERVER_WINS,
        ConflictRule.DEVICE_WINS,
        ConflictRule.LATER_EDIT,
        ConflictRule.MANUAL,
        ConflictRule.KEEP_BOTH,
    )
    for kind in (Integer(-3, 3), Text(6))
]
ELEMENTS = st.sampled_from(["a", "b", "ü", 1, True, None, 1.0, {"k": [1]}])
PARTS = st.sampled_from(["a", "b", "c d", " ", "\n", "", "x\n"])


def stored_values(kind: FieldType) -> st.SearchStrategy[Stored]:
    """Empty, or a value of this type; few enough to meet often."""
    match kind:
        case Integer(low, high):
            return st.none() | st.integers(low, high) | st.integers(max(low, -3), min(high, 9))
        case Decimal():
            return st.none() | st.integers(-INT64_MAX, INT64_MAX) | st.integers(-3, 3)
        case Date():
            days = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
            return st.none() | days.map(lambda day: day.isoformat())
        case Timestamp():
            return st.none() | st.integers(EARLIEST, LATEST - 1)
        case Json(limit):
            lists = st.lists(ELEMENTS, max_size=5) | st.just({"k": 1})
            texts = lists.map(Json().store).filter(lambda text: len(text) <= limit)
            return st.none() | texts
        case Text(limit):
            return st.none() | st.lists(PARTS, max_size=9).map(lambda p: "".join(p)[:limit])
    raise AssertionError(kind)


@st.composite
def triples(
    draw: st.DrawFn,
    fields: Iterable[Declared] = (*COUNTERS, *EXTREMES, *SETS, *TEXTS, *WINNERS),
) -> tuple[Declared, Stored, Stored, Stored]:
    """A field with its base's, the server's and the incoming value."""
    field = draw(st.sampled_from(list(fields)))
    values = stored_values(field.type)
    return field, draw(values), draw(values), draw(values)


def merged(field: Declared, base: Stored, server: Stored, incoming: Stored) -> Outcome:
    """What becomes of one field."""
    whole = merge({1: base}, {1: server}, {1: incoming}, lambda _: declared(field), SAME_TIME)
    lost = tuple(loss.lost for loss in whole.losses)
    return Outcome(whole.write.get(1, server), lost)


def in_turn(field: Declared, base: Stored, edits: Iterable[Stored]) -> Outcome:
    """Edits of one base that arrive one after the other."""
    server, lost = base, ()  # type: tuple[Stored, tuple[Stored, ...]]
    for edit in edits:
        outcome = merged(field, base, server, edit)
        server, lost = outcome.value, (*lost, *outcome.lost)
    return Outcome(server, lost)

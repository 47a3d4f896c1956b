"""Every stored value survives the way to JSON and back, and fits what is described of its type."""

from __future__ import annotations

import datetime as dt
import json
import uuid

import hypothesis.strategies as st
import pytest
from hypothesis import given

from server.api.kinds import example, filter_shape, value_shape
from server.api.values import read, read_text, told
from syncengine.model.entity import Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import (
    EARLIEST,
    INT64_MAX,
    LATEST,
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)
from syncengine.model.ids import uuid7
from tests.api.shapes import faults

INT64 = st.integers(-INT64_MAX, INT64_MAX)
JSON = st.recursive(
    st.none() | st.booleans() | INT64 | st.text(st.characters(codec="utf-8"), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=5,
)
DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
KINDS: list[tuple[FieldType, st.SearchStrategy[Stored]]] = [
    (Text(20), st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)),
    (Integer(-5, 5), st.integers(-5, 5)),
    (Integer(), INT64),
    (Decimal(0), INT64),
    (Decimal(2), INT64),
    (Decimal(6), INT64),
    (Bool(), st.booleans()),
    (Date(), DAYS.map(dt.date.isoformat)),
    (Timestamp(), st.integers(EARLIEST, LATEST - 1)),
    (Enum(("a", "b c")), st.sampled_from(["a", "b c"])),
    (Reference("market"), st.binary(min_size=10, max_size=10).map(lambda b: uuid7(10**15, b))),
    (BlobReference(), st.binary(min_size=32, max_size=32)),
]


@given(data=st.data())
def test_there_and_back(data: st.DataObject) -> None:
    """No float, no rounding, no loss; also through the text of JSON."""
    kind, stored_values = data.draw(st.sampled_from(KINDS))
    field, stored = Field(1, "f", kind), data.draw(stored_values)
    sent = json.loads(json.dumps(told(field, stored)))
    assert read(field, sent) == stored
    assert not isinstance(sent, float)
    assert faults({}, value_shape(kind), sent) == []
    shape = filter_shape(field)
    if shape is not None and stored != "":
        text = json.dumps(sent) if isinstance(sent, bool | int) else str(sent)
        assert read_text(field, text) == stored


@given(value=JSON)
def test_json_there_and_back(value: object) -> None:
    field = Field(1, "f", Json())
    try:
        stored = read(field, value)
    except InvalidValue:
        return  # half of a pair, too deep, NUL
    assert stored is None or read(field, told(field, stored)) == stored


@pytest.mark.parametrize(("kind", "_"), KINDS)
def test_examples_are_values(kind: FieldType, _: object) -> None:
    field = Field(1, "f", kind)
    if isinstance(kind, Reference):
        assert uuid.UUID(str(example(field)))
    kind.check(read(field, example(field)))


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("2026-11-27T09:30:00+01:00", "2026-11-27T08:30:00Z"),
        ("2026-11-27T09:30:00.5Z", "2026-11-27T09:30:00.500000Z"),
        ("2026-11-27T00:00:00-00:30", "2026-11-27T00:30:00Z"),
        ("2026-11-27T09:30:00", None),
        ("2026-11-27", None),
        ("2026-11-27 09:30:00Z", None),
        ("2026-11-31T09:30:00Z", None),
        ("2026-11-27T09:30:60Z", None),
        ("2026-W48-5T09:30:00Z", None),
        ("2199-12-31T23:59:59-23:00", None),
    ],
)
def test_times_need_their_zone(text: str, stored: str | None) -> None:
    """RFC 3339; they come back in UTC."""
    field = Field(1, "f", Timestamp())
    if stored is None:
        with pytest.raises(InvalidValue):
            read(field, text)
    else:
        assert told(field, read(field, text)) == stored

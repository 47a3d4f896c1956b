"""Ids, fields, schema, access, checksum: pure values and what they refuse."""

from __future__ import annotations

import datetime as dt
import decimal
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.access import ROW_UNKNOWN, Actor, RowFacts, Source, may
from syncengine.model.checksum import MODULUS, row_hash, rows_sum
from syncengine.model.entity import Action, ConflictRule, Entity, Field
from syncengine.model.errors import Advice, InvalidSchema, InvalidValue, error_classes
from syncengine.model.fields import (
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Text,
    Timestamp,
)
from syncengine.model.ids import (
    binding,
    bound_uuid7,
    from_text,
    is_bound,
    is_id,
    to_text,
    uuid7,
)
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.model.terms import Follows

SCHEMA = Schema((MASTERDATA,))
times = st.integers(0, 2**47 * 1000)
random10 = st.binary(min_size=10, max_size=10)


@given(times, random10, random10)
def test_uuid7_is_one_and_ascends(now: int, one: bytes, other: bytes) -> None:
    made = uuid7(now, one)
    assert uuid.UUID(bytes=made).version == 7
    assert uuid.UUID(bytes=made).variant == uuid.RFC_4122
    assert is_id(made)
    assert from_text(to_text(made)) == made
    assert uuid7(now + 1000, other) > made


@given(times, random10, random10)
def test_bound_ids_name_their_store(now: int, one: bytes, two: bytes) -> None:
    store, other = uuid7(now, one), uuid7(now + 1, two)
    row = bound_uuid7(now, two, store)
    assert is_id(row)
    assert is_bound(row, store)
    assert is_bound(row, other) == (binding(store) == binding(other))


days = st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31))
instants = st.datetimes(
    dt.datetime(1900, 1, 2),  # noqa: DTZ001  the strategy adds the zone
    dt.datetime(2199, 12, 30),  # noqa: DTZ001
    timezones=st.timezones(),
)
plain = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=50)
jsonable = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(plain, inner, max_size=3),
    max_leaves=8,
)
ids = st.builds(uuid7, times, random10)


@given(
    st.one_of(
        st.tuples(st.just(Text(50)), plain),
        st.tuples(st.just(Integer()), st.integers(-(2**63) + 1, 2**63 - 1)),
        st.tuples(st.just(Decimal(4)), st.decimals(-(10**9), 10**9, places=4)),
        st.tuples(st.just(Bool()), st.booleans()),
        st.tuples(st.just(Date()), days),
        st.tuples(st.just(Timestamp()), instants),
        st.tuples(st.just(Enum(("a", "b"))), st.sampled_from(["a", "b"])),
        st.tuples(st.just(Json()), jsonable),
        st.tuples(st.just(Reference("x")), ids.map(lambda i: uuid.UUID(bytes=i))),
        st.tuples(st.just(BlobReference()), st.binary(min_size=32, max_size=32)),
    )
)
def test_values_survive_storing(pair: tuple[FieldType, object]) -> None:
    kind, value = pair
    stored = kind.store(value)
    kind.check(stored)
    assert kind.load(stored) == value


@pytest.mark.parametrize(
    ("kind", "stored"),
    [
        (Text(3), "long"),
        (Text(), 7),
        (Text(), "nul\x00"),
        (Text(), "\ud800"),
        (Text(), b"x"),
        (Integer(), True),
        (Integer(), 2**63),
        (Integer(), "1"),
        (Integer(0), -1),
        (Integer(), 1.0),
        (Decimal(2), 1.5),
        (Decimal(2), float("nan")),
        (Decimal(2), "1." + 30 * "0" + "1"),
        (Decimal(2), "\u0661\u0662"),
        (Decimal(2), "1"),
        (Decimal(2), True),
        (Bool(), 1),
        (Bool(), "true"),
        (Date(), "2026-02-30"),
        (Date(), "2026-W01-1"),
        (Date(), "0000-01-01"),
        (Date(), "9999-12-31"),
        (Date(), "20260101"),
        (Timestamp(), 2**62),
        (Timestamp(), "2026"),
        (Timestamp(), float("inf")),
        (Enum(("a",)), "b"),
        (Json(), "{"),
        (Json(), '{"b":1,"a":2}'),
        (Json(), "NaN"),
        (Json(), "[" * 100_000),
        (Reference("x"), b"short"),
        (Reference("x"), bytes(16)),
        (BlobReference(), b"short"),
    ],
)
def test_malformed_stored_values_are_refused(kind: FieldType, stored: object) -> None:
    with pytest.raises(InvalidValue):
        kind.check(stored)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Decimal(2), 1.5),
        (Decimal(2), decimal.Decimal("1.234")),
        (Decimal(2), decimal.Decimal("NaN")),
        (Decimal(2), "x"),
        (Timestamp(), dt.datetime(2026, 1, 1)),  # noqa: DTZ001
        (Date(), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)),
        (Json(), float("nan")),
        (Json(), object()),
    ],
)
def test_program_values_that_do_not_fit_are_refused(kind: FieldType, value: object) -> None:
    with pytest.raises(InvalidValue):
        kind.store(value)


def test_a_schema_survives_as_data() -> None:
    again = schema_from_data(SCHEMA.data)
    assert again.data == SCHEMA.data
    assert again.hash == SCHEMA.hash
    assert again.entities == SCHEMA.entities
    assert again.grants == SCHEMA.grants


@pytest.mark.parametrize(
    "data", [b"", b"\x90\x90", b"\xc1", SCHEMA.data[:-1], SCHEMA.data + b"\x00"]
)
def test_damaged_schemas_are_refused(data: bytes) -> None:
    with pytest.raises(InvalidSchema):
        schema_from_data(data)


@pytest.mark.parametrize(
    "entities",
    [
        (Entity(1, "x", (Field(1, "a", Reference("missing")),)),),
        (Entity(1, "x", (Field(1, "a", Text()),), terms=(Follows("a"),)),),
        (Entity(1, "x", ()), Entity(1, "y", ())),
        (Entity(1, "x", ()), Entity(2, "x", ())),
        (Entity(1, "Not A Name", ()),),
    ],
)
def test_modules_that_contradict_themselves_are_refused(entities: tuple[Entity, ...]) -> None:
    with pytest.raises(InvalidSchema):
        Schema((replace(MASTERDATA, entities=(*MASTERDATA.entities[:3], *entities)),))


@pytest.mark.parametrize("numbers", [(2, 1), (1, 1), (0,), (251,)])
def test_field_numbers_ascend(numbers: tuple[int, ...]) -> None:
    with pytest.raises(InvalidSchema):
        Entity(1, "x", tuple(Field(n, f"f{i}", Text()) for i, n in enumerate(numbers)))


CUSTOMER, NOTE = SCHEMA.entities["customer"], SCHEMA.entities["note"]
REP = Actor(Source.DEVICE, bytes(16))


@pytest.mark.parametrize(
    ("entity", "action", "held", "field", "code"),
    [
        (CUSTOMER, Action.UPDATE, True, None, None),
        (CUSTOMER, Action.UPDATE, True, "phone", None),
        (CUSTOMER, Action.UPDATE, True, "owner", "field.denied"),
        (CUSTOMER, Action.UPDATE, False, "phone", "row.unknown"),
        (CUSTOMER, Action.INSERT, True, None, "insert.denied"),
        (CUSTOMER, Action.DELETE, True, None, "delete.denied"),
        (NOTE, Action.INSERT, True, "author", None),
        (NOTE, Action.UPDATE, True, "author", "field.denied"),
        (NOTE, Action.DELETE, True, None, None),
        (SCHEMA.entities["employee"], Action.UPDATE, True, None, "update.denied"),
    ],
)
def test_a_device_may_what_is_declared_and_no_more(
    entity: Entity, action: Action, held: bool, field: str | None, code: str | None
) -> None:
    refusal = may(REP, action, RowFacts(entity, held), entity.by_name[field] if field else None)
    assert (refusal.code if refusal else None) == code


def test_the_default_is_no() -> None:
    """Invariant 9: a row not held is refused before anything else is looked at."""
    for entity in SCHEMA.entities.values():
        for action in Action:
            assert may(REP, action, RowFacts(entity, held=False)) is ROW_UNKNOWN


@given(st.lists(st.tuples(ids, st.integers(1, 2**60)), unique=True, max_size=20), st.randoms())
def test_the_checksum_knows_no_order_and_adds_up(
    rows: list[tuple[bytes, int]], random: object
) -> None:
    shuffled = sorted(rows, key=lambda row: row_hash(9, *row))
    total = rows_sum(7, rows)
    assert rows_sum(7, shuffled) == total
    assert sum(row_hash(7, *row) for row in rows) % MODULUS == total
    assert 0 <= total < 2**63


def test_every_error_has_a_code_and_an_advice() -> None:
    classes = error_classes()
    assert len(classes) > 15
    assert all(isinstance(kind.advice, Advice) for kind in classes.values())


@pytest.mark.parametrize("rule", list(ConflictRule))
def test_a_conflict_rule_fits_its_field(rule: ConflictRule) -> None:
    """Also that of a removed field: work of before is still named by it."""
    numbers, ordered = (Integer(), Decimal()), (Integer(), Decimal(), Date(), Timestamp())
    fitting: dict[ConflictRule, tuple[FieldType, ...]] = {
        ConflictRule.COUNTER: numbers,
        ConflictRule.MINIMUM: ordered,
        ConflictRule.MAXIMUM: ordered,
        ConflictRule.ADD_WINS_SET: (Json(),),
        ConflictRule.TEXT_MERGE: (Text(),),
    }
    kinds = (*ordered, Json(), Text(), Bool(), Enum(("a",)), Reference("x"), BlobReference())
    refers = Field(2, "copy_of", Reference("thing", dangling=True))
    for kind in kinds:
        field = Field(1, "value", kind, conflict=rule)
        if kind in fitting.get(rule, kinds):
            made = Entity(1, "thing", (field, refers), copies="copy_of")
            assert made.by_name["value"] == field
            continue
        for fields, removed in (((field,), ()), ((), (field,))):
            with pytest.raises(InvalidSchema, match=rf"thing\.value: .*{rule}"):
                Entity(1, "thing", fields, removed=removed)

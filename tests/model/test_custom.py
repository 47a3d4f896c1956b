"""Custom fields: what makes a schema with them, and what is refused by name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.custom import CustomField, InvalidField, extended, is_custom, widens
from syncengine.model.entity import ConflictRule, DeviceRight, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import (
    Bool,
    Date,
    Decimal,
    Enum,
    FieldType,
    Integer,
    Json,
    Reference,
    Text,
)
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.model.module import Module

CLASS = Field(151, "loyalty_class", Enum(("A", "B")), device=DeviceRight.WRITE)
VISITS = Field(152, "visits", Integer(0, 99))


def custom(field: Field, entity: str = "customer", removed: bool = False) -> CustomField:
    return CustomField(entity, field, removed)


def test_custom_fields_are_ordinary_fields_of_the_entity() -> None:
    schema = extended([MASTERDATA], [custom(VISITS), custom(CLASS)])
    customer = schema.entities["customer"]
    assert [f.number for f in customer.fields] == [*range(1, 20), 151, 152]
    assert [f.name for f in customer.fields if is_custom(f)] == ["loyalty_class", "visits"]
    assert schema_from_data(schema.data).entities == schema.entities
    assert schema.hash != Schema((MASTERDATA,)).hash
    assert extended([MASTERDATA], []).data == Schema((MASTERDATA,)).data


def test_a_removed_field_is_known_and_not_there() -> None:
    schema = extended([MASTERDATA], [custom(CLASS, removed=True), custom(VISITS)])
    for customer in (schema, schema_from_data(schema.data)):
        entity = customer.entities["customer"]
        assert "loyalty_class" not in entity.by_name
        assert 151 not in entity.by_number
        assert entity.known(151) == CLASS
        assert entity.known(150) is None
        assert entity.position("visits") == 19


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([custom(CLASS, "custmer")], "there is no entity custmer"),
        ([custom(replace(CLASS, number=150))], "from 151 to 250"),
        ([custom(replace(CLASS, number=251))], "from 151 to 250"),
        ([custom(replace(CLASS, name="Loyalty"))], "lower case"),
        ([custom(replace(CLASS, name="version"))], "reserved"),
        ([custom(replace(CLASS, required=True))], "cannot be required"),
        ([custom(replace(CLASS, name="phone"))], "field 12 has this name"),
        ([custom(CLASS), custom(replace(VISITS, name=CLASS.name))], "field 151 has this name"),
        ([custom(CLASS), custom(replace(VISITS, number=151))], "loyalty_class has this number"),
        (
            [custom(CLASS, removed=True), custom(replace(VISITS, number=151))],
            "loyalty_class has this number",
        ),
        ([custom(replace(CLASS, type=Enum()))], "needs values"),
        ([custom(replace(CLASS, type=Enum(("A", "A"))))], "each once"),
        ([custom(replace(CLASS, type=Enum(("",))))], "1 to 200 characters"),
        ([custom(replace(CLASS, type=Text(0)))], "limit"),
        ([custom(replace(CLASS, type=Integer(5, 4)))], "low"),
        ([custom(replace(CLASS, type=Decimal(19)))], "scale"),
        ([custom(replace(CLASS, conflict=ConflictRule.COUNTER))], "the conflict rule counter"),
        ([custom(replace(CLASS, type=Reference("shop")))], "unknown entity 'shop'"),
    ],
)
def test_a_wrong_field_is_refused_by_name(fields: list[CustomField], reason: str) -> None:
    with pytest.raises(InvalidField, match=reason) as refused:
        extended([MASTERDATA], fields)
    assert refused.value.code == "field.invalid"
    assert {"entity", "field"} == refused.value.data.keys()
    assert f"{fields[-1].entity}.{fields[-1].field.name}" in refused.value.detail


def test_modules_keep_to_their_numbers() -> None:
    entity = replace(
        MASTERDATA.entities[0], fields=(*MASTERDATA.entities[0].fields, Field(151, "x", Bool()))
    )
    module = replace(MASTERDATA, entities=(entity, *MASTERDATA.entities[1:]))
    with pytest.raises(InvalidField, match=r"employee\.x \(151\): numbers from 151 on"):
        extended([module], [])
    with pytest.raises(InvalidSchema, match="people"):
        extended([Module(9, "alone", 1, ())], [])


@pytest.mark.parametrize(
    ("old", "new", "wider"),
    [
        (Text(10), Text(20), True),
        (Text(20), Text(10), False),
        (Json(10), Json(20), True),
        (Enum(("A",)), Enum(("B", "A")), True),
        (Enum(("A", "B")), Enum(("A",)), False),
        (Integer(0, 9), Integer(), True),
        (Integer(), Integer(0), False),
        (Decimal(2), Decimal(3), False),
        (Reference("customer"), Reference("employee"), False),
        (Text(10), Json(20), False),
        (Date(), Date(), True),
    ],
)
def test_a_type_may_only_widen(old: FieldType, new: FieldType, wider: bool) -> None:
    assert widens(old, new) is wider

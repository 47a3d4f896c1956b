"""What the declared parts allow, and what a part brings with it."""

from __future__ import annotations

import dataclasses

import pytest

from modules.masterdata.manifest import MASTERDATA
from syncengine.model.entity import Entity, Field
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference, Text
from syncengine.model.manifest import Schema, schema_from_data
from syncengine.model.module import Module
from syncengine.model.parts import MAIN, Part
from syncengine.model.terms import Everyone

FIRST, LAST = Part(50, "first"), Part(220, "last")


def schema(*entities: Entity) -> Schema:
    return Schema((MASTERDATA, Module(9, "other", 1, entities)))


def entity(number: int, name: str, part: Part, target: str, dangling: bool = False) -> Entity:
    fields = (Field(1, "to", Reference(target, dangling)), Field(2, "said", Text(10)))
    return Entity(number, name, fields, terms=(Everyone(),), part=part)


def test_a_reference_into_a_later_part_must_dangle() -> None:
    """Invariant 13: the earlier part is on devices alone."""
    with pytest.raises(InvalidSchema, match="later part main"):
        schema(entity(1, "news", FIRST, "employee"))
    schema(entity(1, "news", FIRST, "employee", dangling=True))
    schema(entity(1, "news", LAST, "employee"))


@pytest.mark.parametrize("part", [Part(100, "x"), Part(7, "main"), Part(0, "x"), Part(7, "No")])
def test_parts_that_cannot_be(part: Part) -> None:
    with pytest.raises(InvalidSchema):
        schema(entity(1, "news", part, "employee", dangling=True))


def test_parts_are_in_order_and_travel_with_the_schema() -> None:
    made = schema(entity(1, "news", FIRST, "news"), entity(2, "offer", LAST, "article"))
    assert [part.name for part in made.parts] == ["first", "main", "catalogue", "last"]
    again = schema_from_data(made.data)
    assert again.entities == made.entities
    assert again.parts == made.parts


def test_what_does_not_say_so_is_main_and_keeps_the_hash_of_the_schema() -> None:
    """An entity without a part is written as ever: nobody has to take that schema anew."""
    whole = dataclasses.replace(
        MASTERDATA, entities=tuple(dataclasses.replace(e, part=MAIN) for e in MASTERDATA.entities)
    )
    assert b"\xa4part" not in Schema((whole,)).data


def test_a_part_brings_what_it_needs() -> None:
    made = schema(
        entity(1, "news", FIRST, "news"),
        entity(2, "offer", LAST, "article"),
        entity(3, "hint", Part(230, "hints"), "offer", dangling=True),
    )
    numbers = {part.name: part.number for part in made.parts}
    main, catalogue, last = numbers["main"], numbers["catalogue"], numbers["last"]
    assert made.parts_for(["main"]) == (main,)
    assert made.parts_for(["last"]) == (main, catalogue, last)
    assert made.parts_for(["hints"]) == (numbers["hints"],)
    assert made.parts_for(["first", "gone"]) == (numbers["first"],)
    assert made.parts_for([]) == made.parts_for(["gone"]) == made.parts_for(numbers) == ()

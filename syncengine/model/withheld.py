"""Fields that an installation can keep from being noted.

Not part of the wire: a device sees the row that says so, and an app need not ask.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Bool


@dataclass(frozen=True)
class Withheld:
    """While some row of `by` has no in its field `noted`, what a write brings for `fields` of
    `entity` is dropped before it is judged: it is in no row and in no history, and nobody is told.

    For what devices note by themselves; what a person typed is never dropped like that.
    """

    entity: str
    fields: tuple[str, ...]
    by: str
    noted: str


def withheld_of(
    declared: Iterable[Withheld], entities: Mapping[str, Entity]
) -> dict[str, tuple[Withheld, ...]]:
    """By their entities; InvalidSchema when one of the declarations does not fit the schema."""
    found: dict[str, tuple[Withheld, ...]] = {}
    for one in declared:
        for name in (one.entity, one.by):
            if name not in entities:
                raise InvalidSchema(f"what is withheld names the unknown entity {name}")
        entity, by = entities[one.entity], entities[one.by]
        for name in one.fields:
            if name not in entity.by_name or entity.by_name[name].required:
                raise InvalidSchema(f"{entity.name}.{name} cannot be withheld: it must be optional")
        field = by.by_name.get(one.noted)
        if field is None or not field.required or not isinstance(field.type, Bool):
            raise InvalidSchema(f"{by.name}.{one.noted} must be a required yes or no")
        found[one.entity] = (*found.get(one.entity, ()), one)
    return found

"""Rows that an installation can keep from everybody in the office.

Not part of the wire: devices have such rows by their terms as ever.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Bool


@dataclass(frozen=True)
class Concealed:
    """While some row of `by` has no in its field `shown`, no user of the office has any right on
    rows of `entities`, who administers included: they are in no list, search, count, history,
    export or answer of the API. Jobs and the operator's command line go on with them.
    """

    entities: tuple[str, ...]
    by: str
    shown: str


def concealed_of(
    declared: Iterable[Concealed], entities: Mapping[str, Entity]
) -> tuple[Concealed, ...]:
    """As declared; InvalidSchema when one of the declarations does not fit the schema."""
    found = tuple(declared)
    for one in found:
        for name in (*one.entities, one.by):
            if name not in entities:
                raise InvalidSchema(f"what is concealed names the unknown entity {name}")
        if one.by in one.entities:
            raise InvalidSchema(f"{one.by} cannot conceal itself: nobody could undo it")
        field = entities[one.by].by_name.get(one.shown)
        if field is None or not field.required or not isinstance(field.type, Bool):
            raise InvalidSchema(f"{one.by}.{one.shown} must be a required yes or no")
    return found

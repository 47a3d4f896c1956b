"""What a module hands over when a person leaves: which references to people go to the successor.

Not part of the wire: devices see the rows that change, not why.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.model.conditions import Condition, fields_of
from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference, Timestamp
from syncengine.model.terms import Audiences, GrantTerm, PersonalTo, Substitution, Subtree


@dataclass(frozen=True)
class HandOver:
    """Rows of `entity` whose `field` refers to the leaver refer to the successor from then on.

    only: rows that fulfil the condition; the others stay. from_now_on: a timestamp field; rows
    whose time has passed stay, rows without one go. Grant terms need no declaration: what they say
    of people is handed over by what the term means. Rows of a personal bucket are never handed
    over.
    """

    entity: str
    field: str
    only: Condition | None = None
    from_now_on: str | None = None


def check_hand_overs(
    declared: Iterable[HandOver],
    entities: Mapping[str, Entity],
    people: str,
    grants: Iterable[GrantTerm],
) -> None:
    """InvalidSchema when one of the declarations does not fit the schema."""
    taken = set(fields_of_grants(grants))
    for one in declared:
        what = f"the hand-over of {one.entity}.{one.field}"
        if one.entity not in entities:
            raise InvalidSchema(f"{what} names an unknown entity")
        if (one.entity, one.field) in taken:
            raise InvalidSchema(f"{what} is declared twice, or a grant term's")
        taken.add((one.entity, one.field))
        _check(one, what, entities[one.entity], people)


def fields_of_grants(grants: Iterable[GrantTerm]) -> Iterable[tuple[str, str]]:
    """(entity, field) of every reference to a person that a grant term gives a meaning to."""
    for term in grants:
        match term:
            case Subtree():
                yield term.entity, term.parent
            case Substitution():
                yield from ((term.entity, term.absent), (term.entity, term.substitute))
            case Audiences():
                yield term.members, term.person


def _check(one: HandOver, what: str, entity: Entity, people: str) -> None:
    field = entity.by_name.get(one.field)
    kind = field.type if field is not None else None
    if field is None or not isinstance(kind, Reference) or kind.entity != people:
        raise InvalidSchema(f"{what} must be a reference to {people}")
    if any(isinstance(term, PersonalTo) and term.field == one.field for term in entity.terms):
        raise InvalidSchema(f"{what} would let personal rows travel")
    if entity.name == people and field.required:
        raise InvalidSchema(f"{what} would make the successor refer to themselves")
    if one.from_now_on is not None:
        when = entity.by_name.get(one.from_now_on)
        if when is None or not isinstance(when.type, Timestamp):
            raise InvalidSchema(f"{what}: {one.from_now_on} must be a timestamp")
    if one.only is not None and not fields_of(one.only) <= entity.by_name.keys():
        raise InvalidSchema(f"{what}: its condition reads a field that is not there")

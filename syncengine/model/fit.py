"""Whether what the modules declare fits together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference
from syncengine.model.parts import Part
from syncengine.model.terms import (
    Addressed,
    AddressedTo,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    GrantTerm,
    Lent,
    OwnedBy,
    Reaches,
    Ruled,
)


def target(entity: Entity, field: str) -> str:
    """The entity that a field refers to; InvalidSchema when it is no reference."""
    kind = entity.by_name[field].type if field in entity.by_name else None
    if not isinstance(kind, Reference):
        raise InvalidSchema(f"{entity.name}.{field} must be a reference")
    return kind.entity


def owner_of(entity: Entity) -> str:
    """The field that says whose rows of an entity are; InvalidSchema when none does, or several."""
    owners = [term.field for term in entity.terms if isinstance(term, OwnedBy)]
    if len(owners) != 1:
        raise InvalidSchema(f"{entity.name} must be owned by exactly one field")
    return owners[0]


def check_terms(entity: Entity, entities: Mapping[str, Entity]) -> None:
    """InvalidSchema when a reference or a term of an entity does not fit the others."""
    for _, reference in entity.references:
        if reference.entity not in entities:
            raise InvalidSchema(f"{entity.name} refers to the unknown entity {reference.entity}")
        if entities[reference.entity].retired and not entity.retired:
            raise InvalidSchema(f"{entity.name} refers to the retired entity {reference.entity}")
    for term in entity.terms:
        if isinstance(term, Everyone | Ruled | Addressed):
            continue
        if isinstance(term, Carried):
            _check_carried(entity, term, entities)
            continue
        node = target(entity, term.owner if isinstance(term, Lent) else term.field)
        if isinstance(term, Reaches):
            through = entities.get(term.through)
            if through is None or target(through, term.place) != node:
                raise InvalidSchema(f"{entity.name} reaches through rows that are at no {node}")
            owner_of(through)
            if target(entities[node], term.parent) != node:
                raise InvalidSchema(f"{node}.{term.parent} must refer to the {node} above")


def _check_carried(entity: Entity, term: Carried, entities: Mapping[str, Entity]) -> None:
    """InvalidSchema when no row of the term's entity can carry one of this."""
    by = entities.get(term.entity)
    if by is None or target(by, term.field) != entity.name:
        raise InvalidSchema(f"{entity.name} is carried by rows that do not refer to it")
    above, more = set[str](), {by.name}
    while more:
        above |= more
        followed = [
            target(entities[name], t.field)
            for name in more
            for t in entities[name].terms
            if isinstance(t, Follows | FacetOf)
        ]
        more = set(followed) - above
    if any(isinstance(t, Carried) for name in above for t in entities[name].terms):
        raise InvalidSchema(f"{by.name} carries {entity.name}, so it cannot go where others carry")


def check_reaches(entities: Mapping[str, Entity]) -> None:
    """InvalidSchema when two terms reach through one entity in different ways."""
    ways: dict[str, tuple[str, str]] = {}
    for entity in entities.values():
        for term in entity.terms:
            if not isinstance(term, Reaches):
                continue
            way = (term.parent, term.place)
            if ways.setdefault(term.through, way) != way:
                raise InvalidSchema(f"two terms reach through {term.through} in different ways")


def check_addressed(grant: GrantTerm, entities: Mapping[str, Entity], people: str) -> None:
    """InvalidSchema when what is addressed to people cannot be."""
    if not isinstance(grant, AddressedTo):
        return
    entity = entities[grant.entity]
    content = entities[target(entity, grant.content)]
    if Addressed() not in content.terms:
        raise InvalidSchema(f"{content.name} is not addressed, so {entity.name} cannot address it")
    if target(entity, grant.person) != people:
        raise InvalidSchema(f"{entity.name}.{grant.person} must refer to the {people}")


def needed(entity: Entity) -> Iterator[str]:
    """The entities without whose rows those of this one cannot be on a device: what they refer to
    and may not dangle, and what they follow.
    """
    terms = {term.field for term in entity.terms if isinstance(term, Follows | FacetOf)}
    for field in entity.fields:
        if isinstance(field.type, Reference) and (not field.type.dangling or field.name in terms):
            yield field.type.entity


def parts_of(entities: Mapping[str, Entity]) -> tuple[Part, ...]:
    """The parts in their order; InvalidSchema when two share a name or a number, or when an entity
    needs one of a later part.
    """
    parts = sorted({entity.part for entity in entities.values()})
    if len({p.name for p in parts}) < len(parts) or len({p.number for p in parts}) < len(parts):
        raise InvalidSchema("two parts share a name or a number")
    if not all(1 <= part.number <= 255 for part in parts):
        raise InvalidSchema("parts have numbers from 1 to 255")
    for entity in entities.values():
        for name in needed(entity):
            if entities[name].part > entity.part:
                raise InvalidSchema(
                    f"{entity.name} is in the part {entity.part.name} and refers to {name} in the"
                    f" later part {entities[name].part.name}: let the reference dangle"
                )
    return tuple(parts)


def closed(entities: Mapping[str, Entity], wanted: Iterable[Part]) -> set[Part]:
    """The wanted parts and all that they need."""
    found: set[Part] = set()
    more = set(wanted)
    while more:
        found |= more
        more = {
            entities[name].part
            for entity in entities.values()
            if entity.part in more
            for name in needed(entity)
        } - found
    return found

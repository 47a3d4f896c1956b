"""How the row term Lent and the grant term Substitution belong together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fit import target
from syncengine.model.terms import GrantTerm, Lent, Substitution


@dataclass(frozen=True)
class Lending:
    """Rows of `entity` are lent by its `term`, in substitutions declared by `grant`, where the
    field `only_listed` of these is true.
    """

    entity: Entity
    term: Lent
    grant: Substitution
    only_listed: str


def lendings_of(entities: Mapping[str, Entity], grants: Iterable[GrantTerm]) -> tuple[Lending, ...]:
    """One for each term Lent; InvalidSchema when a term does not fit the schema."""
    known = [grant for grant in grants if isinstance(grant, Substitution)]
    return tuple(
        _lending(entity, term, entities, known)
        for entity in entities.values()
        for term in entity.terms
        if isinstance(term, Lent)
    )


def _lending(
    entity: Entity, term: Lent, entities: Mapping[str, Entity], known: Iterable[Substitution]
) -> Lending:
    what = f"the term Lent of {entity.name}"
    if term.entity not in entities:
        raise InvalidSchema(f"{what} names an unknown entity")
    lists = entities[term.entity]
    if target(lists, term.row) != entity.name:
        raise InvalidSchema(f"{what}: {lists.name}.{term.row} must refer to {entity.name}")
    named = target(lists, term.substitution)
    for grant in known:
        if grant.entity == named and grant.only_listed is not None:
            return Lending(entity, term, grant, grant.only_listed)
    raise InvalidSchema(
        f"{what}: {lists.name}.{term.substitution} must refer to substitutions with only_listed"
    )

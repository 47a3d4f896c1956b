"""The schema compiled from the manifests of an installation."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgpack

from syncengine.model.accounts import Accounts, accounts_of
from syncengine.model.concealed import Concealed, concealed_of
from syncengine.model.entity import NAME, Entity
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import Reference
from syncengine.model.fit import (
    check_addressed,
    check_reaches,
    check_terms,
    closed,
    parts_of,
    target,
)
from syncengine.model.handover import HandOver, check_hand_overs
from syncengine.model.lending import Lending, lendings_of
from syncengine.model.lifecycle import Lifecycle, Protection
from syncengine.model.lifecycle_fit import lifecycles_of, protections_of
from syncengine.model.module import Module
from syncengine.model.parts import Part
from syncengine.model.schema_data import module_data, pack, read_module
from syncengine.model.steps import check_steps
from syncengine.model.terms import (
    Audiences,
    Carried,
    FacetOf,
    Follows,
    GrantTerm,
    Reaches,
    Rules,
    Subtree,
)
from syncengine.model.withheld import Withheld, withheld_of


@dataclass(frozen=True)
class Schema:
    """The modules of one installation, checked against each other.

    An entity's *tag* is module number * 256 + entity number: its id on the wire and in the store.
    carried: entity -> (another, the field that refers to it) of every term by which rows of the
    other are where those of the first are.
    """

    modules: tuple[Module, ...]

    def __post_init__(self) -> None:
        entities = {e.name: (m.number << 8 | e.number, e) for m in self.modules for e in m.entities}
        if len(entities) != sum(len(m.entities) for m in self.modules):
            raise InvalidSchema("two modules declare one entity name")
        by_tag = dict(entities.values())
        if len(by_tag) != len(entities):
            raise InvalidSchema("two modules or entities share a number")
        fields = (f.name for _, e in entities.values() for f in (*e.fields, *e.removed))
        parts = (e.part.name for _, e in entities.values())
        for name in [*entities, *fields, *parts]:
            if not NAME.fullmatch(name):
                raise InvalidSchema(f"{name!r}: names are lower case letters, digits and _")
        object.__setattr__(self, "entities", {n: e for n, (_, e) in entities.items()})
        object.__setattr__(self, "tags", {n: tag for n, (tag, _) in entities.items()})
        object.__setattr__(self, "by_tag", by_tag)
        object.__setattr__(self, "people", _people(self.modules))
        object.__setattr__(self, "grants", tuple(g for m in self.modules for g in m.grants))
        for entity in self.entities.values():
            check_terms(entity, self.entities)
        for module in self.modules:
            check_steps(module.steps or (), module.entities)
        check_reaches(self.entities)
        object.__setattr__(self, "parts", parts_of(self.entities))
        for grant in self.grants:
            check_addressed(grant, self.entities, self.people)
        object.__setattr__(self, "lendings", lendings_of(self.entities, self.grants))
        object.__setattr__(self, "hands_over", tuple(h for m in self.modules for h in m.hands_over))
        check_hand_overs(self.hands_over, self.entities, self.people, self.grants)
        accounts = accounts_of((m.accounts for m in self.modules), self.entities, self.people)
        object.__setattr__(self, "accounts", accounts)
        withheld = withheld_of((x for m in self.modules for x in m.withheld), self.entities)
        object.__setattr__(self, "withheld", withheld)
        concealed = concealed_of((x for m in self.modules for x in m.concealed), self.entities)
        object.__setattr__(self, "concealed", concealed)
        object.__setattr__(self, "carried", _carried(self.by_tag.values()))
        self._set_lifecycles()
        object.__setattr__(self, "data", pack([module_data(m) for m in self.modules]))
        object.__setattr__(self, "hash", hashlib.sha256(self.data).digest())

    entities: dict[str, Entity] = dataclasses.field(init=False, repr=False, compare=False)
    tags: dict[str, int] = dataclasses.field(init=False, repr=False, compare=False)
    by_tag: dict[int, Entity] = dataclasses.field(init=False, repr=False, compare=False)
    people: str = dataclasses.field(init=False, repr=False, compare=False)
    parts: tuple[Part, ...] = dataclasses.field(init=False, repr=False, compare=False)
    grants: tuple[GrantTerm, ...] = dataclasses.field(init=False, repr=False, compare=False)
    lendings: tuple[Lending, ...] = dataclasses.field(init=False, repr=False, compare=False)
    hands_over: tuple[HandOver, ...] = dataclasses.field(init=False, repr=False, compare=False)
    accounts: Accounts | None = dataclasses.field(init=False, repr=False, compare=False)
    withheld: dict[str, tuple[Withheld, ...]] = dataclasses.field(
        init=False, repr=False, compare=False
    )
    concealed: tuple[Concealed, ...] = dataclasses.field(init=False, repr=False, compare=False)
    carried: dict[str, tuple[tuple[Entity, str], ...]] = dataclasses.field(
        init=False, repr=False, compare=False
    )
    lifecycles: dict[str, Lifecycle] = dataclasses.field(init=False, repr=False, compare=False)
    protections: dict[str, tuple[Protection, ...]] = dataclasses.field(
        init=False, repr=False, compare=False
    )
    data: bytes = dataclasses.field(init=False, repr=False, compare=False)
    hash: bytes = dataclasses.field(init=False, repr=False, compare=False)

    def _set_lifecycles(self) -> None:
        """Of all modules, by entity; a module declares those of its own entities."""
        lifecycles = [x for m in self.modules for x in m.lifecycles]
        protections = [x for m in self.modules for x in m.protections]
        for module in self.modules:
            own = {entity.name for entity in module.entities}
            declared = {x.entity for x in module.lifecycles} | {
                x.entity for x in module.protections
            }
            for name in sorted(declared - own):
                raise InvalidSchema(f"{name} is no entity of {module.name}")
        found = lifecycles_of(lifecycles, self.entities, self.people)
        object.__setattr__(self, "lifecycles", found)
        of_entities = protections_of(protections, self.entities, found)
        object.__setattr__(self, "protections", of_entities)

    def versions(self) -> list[list[object]]:
        """[[module name, version], ...], as changesets name them."""
        return [[m.name, m.version] for m in self.modules]

    def parts_named(self, names: Iterable[str]) -> tuple[Part, ...]:
        """The parts of these names and those that they need, in their order. Names that are no part
        count for nothing; without one that is, all parts.
        """
        wanted = set(names)
        found = closed(self.entities, (part for part in self.parts if part.name in wanted))
        return tuple(sorted(found)) if found else self.parts

    def parts_for(self, names: Iterable[str]) -> tuple[int, ...]:
        """The numbers of `parts_named`; none: everything."""
        found = self.parts_named(names)
        return () if found == self.parts else tuple(part.number for part in found)

    def followers(self, parent: str) -> list[tuple[Entity, str]]:
        """(child entity, its field) of every term by which rows go where `parent` rows go."""
        return [
            (child, term.field)
            for child in self.by_tag.values()
            for term in child.terms
            if isinstance(term, Follows | FacetOf) and target(child, term.field) == parent
        ]

    def reaching(self, through: str) -> list[tuple[Entity, str]]:
        """(entity, its field) of every term by which rows go to whom a node reaches through rows
        of `through`.
        """
        return [
            (entity, term.field)
            for entity in self.by_tag.values()
            for term in entity.terms
            if isinstance(term, Reaches) and term.through == through
        ]

    @property
    def hierarchies(self) -> set[tuple[str, str]]:
        """(entity, its field that refers to the row above) of those that slices depend on."""
        people = {(term.entity, term.parent) for term in self.grants if isinstance(term, Subtree)}
        return people | {
            (target(entity, term.field), term.parent)
            for entity in self.by_tag.values()
            for term in entity.terms
            if isinstance(term, Reaches)
        }

    @property
    def audiences(self) -> Audiences | None:
        """How audiences are declared, if some module does."""
        return next((g for g in self.grants if isinstance(g, Audiences)), None)

    @property
    def rules(self) -> Rules | None:
        """How visibility rules are declared, if some module does."""
        return next((g for g in self.grants if isinstance(g, Rules)), None)

    def facets(self, parent: str) -> list[tuple[Entity, str]]:
        """(facet entity, its field) of the facets of `parent`."""
        return [
            (entity, term.field)
            for entity in self.by_tag.values()
            for term in entity.terms
            if isinstance(term, FacetOf) and target(entity, term.field) == parent
        ]

    def referrers(self, parent: str) -> list[tuple[Entity, str]]:
        """(entity, its field) of every reference that points at `parent`."""
        return [
            (entity, field.name)
            for entity in self.by_tag.values()
            for field in entity.fields
            if isinstance(field.type, Reference) and field.type.entity == parent
        ]


def _people(modules: Iterable[Module]) -> str:
    found = [m.people for m in modules if m.people]
    if len(found) != 1:
        raise InvalidSchema("exactly one module declares the people's entity")
    return found[0]


def _carried(entities: Iterable[Entity]) -> dict[str, tuple[tuple[Entity, str], ...]]:
    found: dict[str, tuple[tuple[Entity, str], ...]] = {}
    for entity in entities:
        for term in entity.terms:
            if isinstance(term, Carried):
                found[term.entity] = (*found.get(term.entity, ()), (entity, term.field))
    return found


def schema_from_data(data: bytes) -> Schema:
    """The schema that `Schema.data` describes; InvalidSchema when it describes none."""
    try:
        return Schema(tuple(read_module(m) for m in msgpack.unpackb(data, raw=False)))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise InvalidSchema(f"not a schema: {error}") from error

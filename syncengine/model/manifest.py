"""A module's frozen manifest, and the schema compiled from the manifests of an installation."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import msgpack

from syncengine.model.entity import (
    Action,
    ConflictRule,
    DeviceRight,
    Entity,
    Field,
    LateWork,
)
from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import FIELD_TYPES, FieldType, Reference
from syncengine.model.handover import HandOver, check_hand_overs
from syncengine.model.terms import (
    Audiences,
    Everyone,
    FacetOf,
    Follows,
    GrantTerm,
    OwnedBy,
    PersonalTo,
    Ruled,
    Rules,
    Substitution,
    Subtree,
)

NAME = re.compile(r"[a-z][a-z0-9_]{0,48}")
TERMS = {
    t.__name__.lower(): t
    for t in (
        OwnedBy,
        PersonalTo,
        Follows,
        Everyone,
        Ruled,
        FacetOf,
        Subtree,
        Substitution,
        Rules,
        Audiences,
    )
}


@dataclass(frozen=True)
class Module:
    """What a module declares. `number` (1..250) and `version` (from 1) are part of the wire.

    people: the entity whose rows are the persons that own buckets and sit on seats.
    migrations: the folder of its alembic branch, as "package:folder"; server side only, as is
    hands_over: what goes to the successor of a person who leaves.
    """

    number: int
    name: str
    version: int
    entities: tuple[Entity, ...]
    grants: tuple[GrantTerm, ...] = ()
    people: str | None = None
    migrations: str | None = None
    hands_over: tuple[HandOver, ...] = ()


@dataclass(frozen=True)
class Schema:
    """The modules of one installation, checked against each other.

    An entity's *tag* is module number * 256 + entity number: its id on the wire and in the store.
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
        for name in [*entities, *fields]:
            if not NAME.fullmatch(name):
                raise InvalidSchema(f"{name!r}: names are lower case letters, digits and _")
        object.__setattr__(self, "entities", {n: e for n, (_, e) in entities.items()})
        object.__setattr__(self, "tags", {n: tag for n, (tag, _) in entities.items()})
        object.__setattr__(self, "by_tag", by_tag)
        object.__setattr__(self, "people", _people(self.modules))
        object.__setattr__(self, "grants", tuple(g for m in self.modules for g in m.grants))
        for _, entity in entities.values():
            _check_terms(entity, by_tag.values())
        object.__setattr__(self, "hands_over", tuple(h for m in self.modules for h in m.hands_over))
        check_hand_overs(self.hands_over, self.entities, self.people, self.grants)
        object.__setattr__(self, "data", _pack([_module_data(m) for m in self.modules]))
        object.__setattr__(self, "hash", hashlib.sha256(self.data).digest())

    entities: dict[str, Entity] = dataclasses.field(init=False, repr=False, compare=False)
    tags: dict[str, int] = dataclasses.field(init=False, repr=False, compare=False)
    by_tag: dict[int, Entity] = dataclasses.field(init=False, repr=False, compare=False)
    people: str = dataclasses.field(init=False, repr=False, compare=False)
    grants: tuple[GrantTerm, ...] = dataclasses.field(init=False, repr=False, compare=False)
    hands_over: tuple[HandOver, ...] = dataclasses.field(init=False, repr=False, compare=False)
    data: bytes = dataclasses.field(init=False, repr=False, compare=False)
    hash: bytes = dataclasses.field(init=False, repr=False, compare=False)

    def versions(self) -> list[list[object]]:
        """[[module name, version], ...], as changesets name them."""
        return [[m.name, m.version] for m in self.modules]

    def followers(self, parent: str) -> list[tuple[Entity, str]]:
        """(child entity, its field) of every term by which rows go where `parent` rows go."""
        return [
            (child, term.field)
            for child in self.by_tag.values()
            for term in child.terms
            if isinstance(term, Follows | FacetOf) and _target(child, term.field) == parent
        ]

    @property
    def audiences(self) -> Audiences | None:
        """How audiences are declared, if some module does."""
        return next((g for g in self.grants if isinstance(g, Audiences)), None)

    def facets(self, parent: str) -> list[tuple[Entity, str]]:
        """(facet entity, its field) of the facets of `parent`."""
        return [
            (entity, term.field)
            for entity in self.by_tag.values()
            for term in entity.terms
            if isinstance(term, FacetOf) and _target(entity, term.field) == parent
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


def _target(entity: Entity, field: str) -> str:
    kind = entity.by_name[field].type if field in entity.by_name else None
    if not isinstance(kind, Reference):
        raise InvalidSchema(f"{entity.name}.{field} must be a reference")
    return kind.entity


def _check_terms(entity: Entity, known: Iterable[Entity]) -> None:
    names = {e.name for e in known}
    for _, reference in entity.references:
        if reference.entity not in names:
            raise InvalidSchema(f"{entity.name} refers to the unknown entity {reference.entity}")
    for term in entity.terms:
        if not isinstance(term, Everyone | Ruled):
            _target(entity, term.field)


def _pack(data: object) -> bytes:
    packed = msgpack.packb(data, use_bin_type=True)
    assert isinstance(packed, bytes)
    return packed


def _plain(value: object) -> object:
    return [_plain(v) for v in value] if isinstance(value, tuple) else value


def _args(declared: object) -> list[object]:
    assert dataclasses.is_dataclass(declared)
    return [_plain(getattr(declared, f.name)) for f in dataclasses.fields(declared)]


def _tagged(declared: object) -> list[object]:
    return [type(declared).__name__.lower(), _args(declared)]


def type_data(kind: FieldType) -> list[object]:
    """A field type as plain data: [name, [arguments...]]."""
    return _tagged(kind)


def type_from_data(data: list[Any]) -> FieldType:
    """The reverse."""
    kind: FieldType = _untagged(FIELD_TYPES, data)
    return kind


def _field_data(f: Field) -> list[object]:
    return [f.number, f.name, *_tagged(f.type), f.required, str(f.device), str(f.conflict)]


def _entity_data(e: Entity) -> list[object]:
    """Removed fields come last and only where there are some: other schemas keep their hash."""
    return [
        e.number,
        e.name,
        [_field_data(f) for f in e.fields],
        [_tagged(t) for t in e.terms],
        sorted(str(a) for a in e.device),
        str(e.late_insert),
        str(e.late_edit),
        *([[_field_data(f) for f in e.removed]] if e.removed else []),
    ]


def _module_data(module: Module) -> list[object]:
    return [
        module.number,
        module.name,
        module.version,
        [_entity_data(e) for e in module.entities],
        [_tagged(g) for g in module.grants],
        module.people,
    ]


def schema_from_data(data: bytes) -> Schema:
    """The schema that `Schema.data` describes; InvalidSchema when it describes none."""
    try:
        return Schema(tuple(_read_module(m) for m in msgpack.unpackb(data, raw=False)))
    except (ValueError, TypeError, KeyError, IndexError) as error:
        raise InvalidSchema(f"not a schema: {error}") from error


def _read_module(data: list[Any]) -> Module:
    number, name, version, entities, grants, people = data
    return Module(
        number,
        name,
        version,
        tuple(_read_entity(e) for e in entities),
        tuple(_untagged(TERMS, g) for g in grants),
        people,
    )


def _read_entity(data: list[Any]) -> Entity:
    number, name, fields, terms, device, late_insert, late_edit, *removed = data
    return Entity(
        number,
        name,
        tuple(_read_field(f) for f in fields),
        tuple(_untagged(TERMS, t) for t in terms),
        frozenset(Action(a) for a in device),
        LateWork(late_insert),
        LateWork(late_edit),
        tuple(_read_field(f) for some in removed for f in some),
    )


def _read_field(data: list[Any]) -> Field:
    number, name, kind, args, required, right, rule = data
    return Field(
        number,
        name,
        type_from_data([kind, args]),
        required,
        DeviceRight(right),
        ConflictRule(rule),
    )


def _untagged(known: dict[str, Any], data: list[Any]) -> Any:  # noqa: ANN401
    kind, args = data
    return known[kind](*(tuple(a) if isinstance(a, list) else a for a in args))

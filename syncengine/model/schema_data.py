"""Modules as plain data, the form in which a schema travels and is hashed."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgpack

from syncengine.model.entity import (
    Action,
    ConflictRule,
    DeleteRule,
    DeviceRight,
    Entity,
    Field,
    LateWork,
    VisibleWindow,
)
from syncengine.model.fields import FIELD_TYPES, FieldType
from syncengine.model.lifecycle_data import (
    lifecycle_data,
    protection_data,
    read_lifecycle,
    read_protection,
)
from syncengine.model.module import Module
from syncengine.model.parts import MAIN, Part
from syncengine.model.questionnaire_field import Questionnaire
from syncengine.model.terms import (
    Addressed,
    AddressedTo,
    Audiences,
    Carried,
    Everyone,
    FacetOf,
    Follows,
    Lent,
    OwnedBy,
    PersonalTo,
    Reaches,
    Ruled,
    Rules,
    Substitution,
    Subtree,
)

# Those of modules: an installation's own fields are of the others.
ALL_FIELD_TYPES = {**FIELD_TYPES, Questionnaire.__name__.lower(): Questionnaire}
TERMS = {
    t.__name__.lower(): t
    for t in (
        OwnedBy,
        PersonalTo,
        Follows,
        Everyone,
        Ruled,
        FacetOf,
        Addressed,
        Reaches,
        Lent,
        Carried,
        Subtree,
        Substitution,
        Rules,
        Audiences,
        AddressedTo,
        Part,
    )
}


LIFECYCLE, PROTECTION = "lifecycle", "protection"


def pack(data: object) -> bytes:
    """In MessagePack."""
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
    kind: FieldType = _untagged(ALL_FIELD_TYPES, data)
    return kind


def _field_data(f: Field) -> list[object]:
    return [f.number, f.name, *_tagged(f.type), f.required, str(f.device), str(f.conflict)]


def _entity_data(e: Entity) -> list[object]:
    """What not every entity has comes last, and only where it does: other schemas keep their
    hash. The part is among the terms, of which readers skip those that they do not know.
    """
    declared = e.copies is not None or e.on_delete is not DeleteRule.DELETE_WINS
    rules = [[str(e.on_delete), *([e.copies] if e.copies else [])]] if declared else []
    window = [[e.window.starts, e.window.ends] if e.window else None] if e.window or rules else []
    return [
        e.number,
        e.name,
        [_field_data(f) for f in e.fields],
        [_tagged(t) for t in (*e.terms, *([] if e.part == MAIN else [e.part]))],
        sorted(str(a) for a in e.device),
        str(e.late_insert),
        str(e.late_edit),
        *([[_field_data(f) for f in e.removed]] if e.removed or window else []),
        *window,
        *rules,
    ]


def module_data(module: Module) -> list[object]:
    """A module as plain data, without what only the server needs. Lifecycles and protections are
    among the grant terms, of which readers skip those that they do not know.
    """
    return [
        module.number,
        module.name,
        module.version,
        [_entity_data(e) for e in module.entities],
        [
            *(_tagged(g) for g in module.grants),
            *(lifecycle_data(lifecycle) for lifecycle in module.lifecycles),
            *(protection_data(protection) for protection in module.protections),
        ],
        module.people,
    ]


def read_module(data: list[Any]) -> Module:
    """The reverse."""
    number, name, version, entities, grants, people = data
    return Module(
        number,
        name,
        version,
        tuple(_read_entity(e) for e in entities),
        tuple(_untagged(TERMS, g) for g in grants if g[0] not in (LIFECYCLE, PROTECTION)),
        people,
        lifecycles=tuple(read_lifecycle(args) for kind, args in grants if kind == LIFECYCLE),
        protections=tuple(read_protection(args) for kind, args in grants if kind == PROTECTION),
    )


def _read_entity(data: list[Any]) -> Entity:
    number, name, fields, terms, device, late_insert, late_edit, *more = data
    removed, window, rules = more[:1], more[1:2], more[2:3]
    declared = [_untagged(TERMS, t) for t in terms]
    return Entity(
        number,
        name,
        tuple(_read_field(f) for f in fields),
        tuple(t for t in declared if not isinstance(t, Part)),
        frozenset(Action(a) for a in device),
        LateWork(late_insert),
        LateWork(late_edit),
        tuple(_read_field(f) for some in removed for f in some),
        VisibleWindow(*window[0]) if window and window[0] else None,
        DeleteRule(rules[0][0]) if rules else DeleteRule.DELETE_WINS,
        rules[0][1] if rules and rules[0][1:] else None,
        next((t for t in declared if isinstance(t, Part)), MAIN),
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

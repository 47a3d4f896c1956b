"""Master data whose contacts and notes come behind everything else: contacts need their customers,
notes need nothing of an earlier part.
"""

from __future__ import annotations

from dataclasses import replace

from syncengine.model.entity import Entity
from syncengine.model.fields import Reference
from syncengine.model.manifest import Schema
from syncengine.model.module import Module
from syncengine.model.parts import Part
from tests.simulation.versions import SCHEMAS

PEOPLE, NOTES = Part(150, "people"), Part(220, "notes")


def _parted(module: Module) -> Module:
    return replace(module, entities=tuple(_placed(e) for e in module.entities))


def _placed(entity: Entity) -> Entity:
    if entity.name == "contact":
        return replace(entity, part=PEOPLE)
    if entity.name != "note":
        return entity
    author = replace(entity.by_name["author"], type=Reference("employee", dangling=True))
    fields = tuple(author if f.name == "author" else f for f in entity.fields)
    return replace(entity, part=NOTES, fields=fields)


PARTED = {
    version: Schema(tuple(_parted(module) for module in schema.modules))
    for version, schema in SCHEMAS.items()
}

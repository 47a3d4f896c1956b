"""Trees: entities whose rows refer to the row above them, as the manifests declare."""

from __future__ import annotations

from dataclasses import dataclass

from syncengine.model.fields import Reference
from syncengine.model.manifest import Schema
from syncengine.model.terms import OwnedBy, Reaches

PARENT = "parent"  # what a reference to the row above is called where no term depends on it


@dataclass(frozen=True)
class Tree:
    """parent: the entity's field that refers to the row above. counted: (entity, its field) of the
    rows that belong to its nodes, where there are such.
    """

    entity: str
    parent: str
    counted: tuple[str, str] | None


def trees_of(schema: Schema) -> dict[str, Tree]:
    """By entity: the hierarchies that slices depend on, and every entity with a reference to itself
    that is called PARENT.
    """
    parents = dict(sorted(schema.hierarchies))
    for entity in schema.by_tag.values():
        above = entity.by_name.get(PARENT)
        kind = above.type if above else None
        if isinstance(kind, Reference) and kind.entity == entity.name:
            parents.setdefault(entity.name, PARENT)
    return {name: Tree(name, field, _counted(schema, name)) for name, field in parents.items()}


def _counted(schema: Schema, name: str) -> tuple[str, str] | None:
    """Of people what they own, of nodes that rows reach these rows, else what first refers to
    them.
    """
    for entity in schema.by_tag.values():
        for term in entity.terms:
            if name == schema.people and isinstance(term, OwnedBy):
                return entity.name, term.field
            if isinstance(term, Reaches) and _node(schema, term) == name:
                return term.through, term.place
    referring = [(child.name, field) for child, field in schema.referrers(name)]
    return next((pair for pair in referring if pair[0] != name), None)


def _node(schema: Schema, term: Reaches) -> str | None:
    kind = schema.entities[term.through].by_name[term.place].type
    return kind.entity if isinstance(kind, Reference) else None

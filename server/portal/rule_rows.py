"""Rules as rows: found, their conditions read, and what templates ask about conditions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from server.portal import builder
from server.portal.asked import Asked
from server.portal.lines import Group, Line
from server.portal.pages import Portal
from server.portal.pickers import choices
from server.portal.refusals import Unclear, Unseen
from server.portal.values import hint
from syncengine.model.condition_data import read_condition
from syncengine.model.conditions import ORDERINGS, Condition, Op
from syncengine.model.entity import Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Stored
from syncengine.model.rights import Right
from syncengine.model.terms import Ruled, Rules


def condition_in(portal: Portal, target: Entity, stored: Stored) -> Condition:
    """The condition in a rule's row; InvalidValue."""
    return read_condition(target, portal.store.schema, json.loads(str(stored)))


def term_of(portal: Portal, asked: Asked, right: Right = Right.VIEW) -> tuple[Rules, Entity]:
    """How rules are declared; Unseen where they are not, or without the right."""
    term = portal.store.schema.rules
    if term is None or not asked.signed_in.rights.may(right, term.entity):
        raise Unseen
    return term, portal.store.schema.entities[term.entity]


def targets(portal: Portal, asked: Asked) -> list[Entity]:
    """The kinds of rows that rules can show and the user may view."""
    rights = asked.signed_in.rights
    return [
        entity
        for entity in portal.store.schema.by_tag.values()
        if any(isinstance(term, Ruled) for term in entity.terms)
        and rights.may(Right.VIEW, entity.name)
    ]


def target_named(portal: Portal, asked: Asked, name: str) -> Entity:
    if name not in portal.store.schema.entities:
        raise Unclear
    found = next((e for e in targets(portal, asked) if e.name == name), None)
    if found is None:
        raise Unseen
    return found


def parts(
    portal: Portal, asked: Asked, target: Entity, called_by: Callable[[str], str] | None = None
) -> dict[str, Any]:
    """What a condition's template asks for. called_by: what fields are called, where that is not
    as in the catalogues.
    """
    schema, w = portal.store.schema, asked.words

    def called(name: str, op: str) -> str:
        plain = op.removeprefix(builder.NOT)
        if not plain.startswith(builder.BELOW):
            is_day = hint(target.by_name[name]) in ("date", "timestamp")
            return w.choice(f"op_{op}_day" if is_day and Op(plain) in ORDERINGS else f"op_{op}")
        said = w.choice("op_not_below" if op != plain else "op_below")
        parent = plain.removeprefix(builder.BELOW)
        several = len(builder.parents_of(schema, target, name)) > 1
        return f"{said} ({w.field(parent)})" if several else said

    return {
        "comparisons": lambda name: builder.comparisons(schema, target, name),
        "op_called": called,
        "is_line": lambda part: isinstance(part, Line),
        "kinds": builder.KINDS,
        "offered": choices(portal, asked, target),
        "field_called": called_by or w.field,
    }


def described(portal: Portal, asked: Asked, target: Entity, text: Stored) -> Group | None:
    """A condition's data as a tree; nothing where it is about another kind of row."""
    try:
        return builder.tree_of(portal, asked, target, condition_in(portal, target, text))
    except InvalidValue:
        return None


def in_words(portal: Portal, asked: Asked, data: object) -> str | None:
    """A condition's data as one line, of the first kind of row that it fits; None for none."""
    for target in targets(portal, asked):
        try:
            condition = read_condition(target, portal.store.schema, data)
        except InvalidValue:
            continue
        tree = builder.tree_of(portal, asked, target, condition)
        return in_line(asked, tree, parts(portal, asked, target))
    return None


def in_line(asked: Asked, part: Group | Line, told: Mapping[str, Any]) -> str:
    """A tree as one line; told: as of `parts`."""
    if isinstance(part, Line):
        field, op = told["field_called"](part.name), told["op_called"](part.name, part.op)
        return " ".join(filter(None, (field, op, part.said)))
    said = "; ".join(in_line(asked, below, told) for below in part.parts)
    plain = len(part.parts) == 1 and part.kind in ("all", "any")
    return said if plain else f"{asked.words.choice(f'group_{part.kind}')}: ({said})"

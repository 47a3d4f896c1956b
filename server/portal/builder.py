"""A condition as a form: groups of lines, read from inputs and made from a rule's condition."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from server.portal.asked import Asked
from server.portal.lines import Group, Line
from server.portal.numbers import numbers
from server.portal.pages import Portal
from server.portal.pickers import referred
from server.portal.refusals import TooMuch, Unclear
from server.portal.values import Wrong, hint, read, shown, typed
from syncengine.model.condition_data import MAX_DEPTH, MAX_NODES, MAX_VALUES
from syncengine.model.conditions import (
    AllOf,
    AnyOf,
    Compare,
    Condition,
    InSubtree,
    Not,
    Op,
    nodes_of,
    ops_of,
    referred_entity,
)
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import Reference, Stored, Timestamp
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from syncengine.store import listing
from syncengine.store.database import reading

KINDS = ("all", "any", "none", "not_all")  # of groups
NOT = "not_"  # before a comparison that is turned round
BELOW = "below."  # in a hierarchy; the field that refers to what is above follows
TURNED = (Op.EQUAL, Op.ONE_OF, Op.STARTS_WITH, Op.IS_EMPTY)


def parents_of(schema: Schema, entity: Entity, name: str) -> list[str]:
    """The fields by which rows that a field refers to stand in a hierarchy."""
    if not isinstance(entity.by_name[name].type, Reference):
        return []
    above = schema.entities[referred_entity(entity, name)]
    return [
        f.name
        for f in above.fields
        if isinstance(f.type, Reference) and f.type.entity == above.name
    ]


def comparisons(schema: Schema, entity: Entity, name: str) -> list[str]:
    """What a line can ask of a field."""
    known, found = ops_of(entity.by_name[name].type), list[str]()
    for op in Op:
        if op in known:
            found += [str(op), NOT + op] if op in TURNED else [str(op)]
    for parent in parents_of(schema, entity, name):
        found += [BELOW + parent, NOT + BELOW + parent]
    return found


def read_tree(asked: Asked, schema: Schema, entity: Entity) -> Group:
    """The tree that a form holds; fields and comparisons that there are not become the first that
    there is. Unclear, TooMuch.
    """
    form, count = asked.form, 0

    def node(path: str, depth: int) -> Line | Group:
        nonlocal count
        count += 1
        if depth > MAX_DEPTH or count > MAX_NODES:
            raise TooMuch
        kind = form[f"k.{path}"][-1]
        if kind == "line":
            return _read_line(form, schema, entity, path)
        if kind not in KINDS:
            raise Unclear
        group = Group(kind)
        for number in numbers(form, f"k.{path}."):
            part = node(f"{path}.{number}", depth + 1)
            part.number = number
            group.parts.append(part)
        return group

    if "k.0" not in form:
        return Group("all")
    root = node("0", 1)
    return root if isinstance(root, Group) else Group.of("all", [root])


def _read_line(form: Mapping[str, list[str]], schema: Schema, entity: Entity, path: str) -> Line:
    name = form.get(f"field.{path}", [""])[-1]
    if name not in entity.by_name:
        name = entity.fields[0].name
    known, op = comparisons(schema, entity, name), form.get(f"op.{path}", [""])[-1]
    texts = [text.replace("\r\n", "\n").strip() for text in form.get(f"value.{path}", [])]
    return Line(name, op if op in known else known[0], texts[:MAX_VALUES])


def change_tree(root: Group, entity: Entity, do: str) -> None:
    """What a button of the builder does: add-line.<path>, add-group.<path>, remove.<path>."""
    what, _, path = do.partition(".")
    steps = [int(step) for step in path.split(".") if step.isdecimal() and len(step) < 4]
    group: Group = root
    last = steps[-1] if what == "remove" and steps else None
    for step in steps[1:-1] if what == "remove" else steps[1:]:
        below = group.part(step)
        if not isinstance(below, Group):
            raise Unclear
        group = below
    line = Line(entity.fields[0].name, str(Op.EQUAL))
    match what:
        case "add-line":
            group.add(line)
        case "add-group":
            group.add(Group.of("any", [line]))
        case "remove" if last is not None and len(steps) > 1 and group.part(last):
            group.parts = [part for part in group.parts if part.number != last]
        case _:
            raise Unclear


def condition_of(portal: Portal, asked: Asked, entity: Entity, root: Group) -> Condition | None:
    """The condition that a tree stands for; None, and `error` of what does not fit, where there is
    none.
    """
    made, w = list[Condition](), asked.words
    for part in root.parts:
        if isinstance(part, Group):
            if not part.parts:
                part.error = w("This group is empty.")
                continue
            below = condition_of(portal, asked, entity, part)
        else:
            below = _compared(portal, asked, entity, part)
        if below is not None:
            made.append(below)
    if len(made) < len(root.parts):
        return None
    parts = tuple(made)
    found: Condition = AllOf(parts) if root.kind in ("all", "not_all") else AnyOf(parts)
    found = found if root.kind in ("all", "any") else Not(found)
    if sum(1 for _ in nodes_of(found)) > MAX_NODES:
        root.error = w("These are too many conditions.")
        return None
    return found


def _compared(portal: Portal, asked: Asked, entity: Entity, line: Line) -> Condition | None:
    one, turned = entity.by_name[line.name], line.op.startswith(NOT)
    op = line.op.removeprefix(NOT)
    try:
        if op == Op.IS_EMPTY:
            found: Condition = Compare(one.name, Op.IS_EMPTY)
        elif op.startswith(BELOW):
            node = _stored(portal, asked, one, line.texts[0] if line.texts else "")
            assert isinstance(node, bytes)
            found = InSubtree(one.name, node, op.removeprefix(BELOW))
        elif op == Op.ONE_OF:
            texts = [t.strip() for text in line.texts for t in text.split("\n") if t.strip()]
            if not texts:
                raise Wrong(asked.words("This is needed."))
            values = {_stored(portal, asked, one, text) for text in texts[:MAX_VALUES]}
            found = Compare(one.name, Op.ONE_OF, tuple(sorted(values)))  # type: ignore[type-var]
        else:
            text = line.texts[0] if line.texts else ""
            found = Compare(one.name, Op(op), _stored(portal, asked, one, text))
    except Wrong as wrong:
        line.error = str(wrong)
        return None
    return Not(found) if turned else found


def _stored(portal: Portal, asked: Asked, one: Field, text: str) -> Stored:
    if not text.strip():
        raise Wrong(asked.words("This is needed."))
    if isinstance(one.type, Reference):
        return referred(portal, asked, one.type.entity, text.strip())
    return read(asked.words, one, text)


def tree_of(portal: Portal, asked: Asked, entity: Entity, condition: Condition) -> Group:
    """A condition as a tree, its values as they are typed and as they are read."""
    named = _named(portal, asked, entity, condition)
    root = _node(asked, entity, condition, named)
    return root if isinstance(root, Group) else Group.of("all", [root])


@dataclass(frozen=True)
class _Names:
    """Of rows that a condition names: what is typed for them, and what they are called."""

    typed: dict[bytes, str]
    titles: dict[tuple[str, bytes], str]


def _node(asked: Asked, entity: Entity, condition: Condition, named: _Names) -> Line | Group:
    match condition:
        case AllOf(parts) | AnyOf(parts):
            kind = "all" if isinstance(condition, AllOf) else "any"
            return Group.of(kind, (_node(asked, entity, part, named) for part in parts))
        case Not(Not(part)):
            return _node(asked, entity, part, named)
        case Not(AllOf() | AnyOf() as part):
            group = _node(asked, entity, part, named)
            assert isinstance(group, Group)
            group.kind = "not_all" if group.kind == "all" else "none"
            return group
        case Not(Compare(op=op) as part) if op not in TURNED:
            return Group.of("none", [_node(asked, entity, part, named)])
        case Not(part):
            line = _node(asked, entity, part, named)
            assert isinstance(line, Line)
            line.op = NOT + line.op
            return line
        case Compare(name, op, value):
            values = value if isinstance(value, tuple) else () if value is None else (value,)
            return _line(asked, entity.by_name[name], str(op), values, named)
        case InSubtree(name, node, parent):
            return _line(asked, entity.by_name[name], BELOW + parent, (node,), named)


def _line(asked: Asked, one: Field, op: str, values: tuple[Stored, ...], named: _Names) -> Line:
    texts = [_typed(asked, one, value, named) for value in values]
    said = ", ".join(shown(asked.words, one, value, named.titles) for value in values)
    if op == Op.ONE_OF and hint(one) != "enum":
        texts = ["\n".join(texts)]
    return Line(one.name, op, texts, said)


def _typed(asked: Asked, one: Field, value: Stored, named: _Names) -> str:
    """An instant that is no whole minute, or that comes twice in this time zone, in full."""
    text = typed(asked.words, one, value, named.typed)
    if isinstance(one.type, Timestamp) and read(asked.words, one, text) != value:
        loaded = one.type.load(value)
        assert isinstance(loaded, dt.datetime)
        return loaded.astimezone(asked.words.zone).isoformat()
    return text


def _named(portal: Portal, asked: Asked, entity: Entity, condition: Condition) -> _Names:
    store, rights = portal.store, asked.signed_in.rights
    found = _Names({}, {})
    for name, ids in _rows_named(entity, condition).items():
        target = referred_entity(entity, name)
        rows = listing.several(store, rights, target, ids)
        found.typed.update((i, to_text(i)) for i in ids)
        numbers = ((row.id, row.values.get("number")) for row in rows)
        found.typed.update((row_id, str(number)) for row_id, number in numbers if number)
        with reading(store.engine) as connection:
            titles = listing.titles(connection, store, rights, target, ids)
        found.titles.update(((name, row_id), title) for row_id, title in titles.items())
    return found


def _rows_named(entity: Entity, condition: Condition) -> dict[str, set[bytes]]:
    """Rows that a condition names, by the field that refers to them."""
    found: dict[str, set[bytes]] = {}
    for name, value in _values(condition):
        if isinstance(entity.by_name[name].type, Reference) and isinstance(value, bytes):
            found.setdefault(name, set()).add(value)
    return found


def _values(condition: Condition) -> Iterator[tuple[str, Stored]]:
    for node in nodes_of(condition):
        if isinstance(node, InSubtree):
            yield node.field, node.node
        elif isinstance(node, Compare):
            values = node.value if isinstance(node.value, tuple) else (node.value,)
            for value in values:
                yield node.field, value

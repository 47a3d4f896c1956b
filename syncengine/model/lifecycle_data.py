"""Lifecycles and protections as plain data, as they travel with the schema."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, assert_never

from syncengine.model.conditions import AllOf, AnyOf, Compare, Condition, InSubtree, Not, Op
from syncengine.model.entity import Action, LateWork
from syncengine.model.lifecycle import (
    Above,
    Becomes,
    Capacity,
    Every,
    Filled,
    Guard,
    Late,
    Lifecycle,
    Meets,
    Protection,
    Since,
    Stamp,
    State,
    Transition,
    Until,
)

MAX_DEPTH = 8  # of a condition


def condition_data(condition: Condition) -> list[object]:
    """[kind, arguments]; values in stored form."""
    match condition:
        case AllOf(parts):
            return ["allof", [condition_data(part) for part in parts]]
        case AnyOf(parts):
            return ["anyof", [condition_data(part) for part in parts]]
        case Not(part):
            return ["not", [condition_data(part)]]
        case Compare(field, op, value):
            stored = list(value) if isinstance(value, tuple) else value
            return ["compare", [field, str(op), stored]]
        case InSubtree():
            raise ValueError("a guard cannot ask about a hierarchy")
        case _:
            assert_never(condition)


def read_condition(data: list[Any], depth: int = 1) -> Condition:
    """The reverse."""
    kind, arguments = data
    if depth > MAX_DEPTH:
        raise ValueError(f"a condition has at most {MAX_DEPTH} levels")
    if kind == "compare":
        field, op, value = arguments
        return Compare(field, Op(op), tuple(value) if isinstance(value, list) else value)
    parts = tuple(read_condition(part, depth + 1) for part in arguments)
    if kind == "not":
        (part,) = parts
        return Not(part)
    if kind == "allof":
        return AllOf(parts)
    if kind == "anyof":
        return AnyOf(parts)
    raise ValueError("a condition of an unknown kind")


def _guard_data(guard: Guard) -> list[object]:
    match guard:
        case Meets(condition, because):
            return ["meets", [condition_data(condition), because]]
        case Becomes(condition, because):
            return ["becomes", [condition_data(condition), because]]
        case Every(entity, field, condition, because):
            return ["every", [entity, field, condition_data(condition), because]]
        case Since(field, because):
            return ["since", [field, because]]
        case Until(field, because):
            return ["until", [field, because]]
        case Above(field, condition, because):
            return ["above", [field, condition_data(condition), because]]
        case Filled(form, answers, field, because):
            return ["filled", [form, answers, field, because]]
        case _:
            assert_never(guard)


def _read_guard(data: list[Any]) -> Guard:
    kind, arguments = data
    match kind, arguments:
        case "meets", (condition, because):
            return Meets(read_condition(condition), because)
        case "becomes", (condition, because):
            return Becomes(read_condition(condition), because)
        case "every", (entity, field, condition, because):
            return Every(entity, field, read_condition(condition), because)
        case "since", (field, because):
            return Since(field, because)
        case "until", (field, because):
            return Until(field, because)
        case "above", (field, condition, because):
            return Above(field, read_condition(condition), because)
        case "filled", (form, answers, field, because):
            return Filled(form, answers, field, because)
    raise ValueError("a guard of an unknown kind")


def _words(words: Iterable[object]) -> list[str]:
    return sorted(str(word) for word in words)


def lifecycle_data(lifecycle: Lifecycle) -> list[object]:
    """["lifecycle", [entity, field, states, transitions]]; a state says that it is private, or
    nothing of it.
    """
    states = [
        [s.name, s.initial, s.releases, *([True] if s.private else [])] for s in lifecycle.states
    ]
    transitions = [
        [
            t.name,
            list(t.sources),
            t.to,
            _words(t.by),
            [_guard_data(guard) for guard in t.guards],
            str(t.late),
            t.when,
            list(t.along),
            [[field, str(stamp)] for field, stamp in t.stamps],
        ]
        for t in lifecycle.transitions
    ]
    return ["lifecycle", [lifecycle.entity, lifecycle.field, states, transitions]]


def protection_data(protection: Protection) -> list[object]:
    """["protection", [entity, actions, guards, spares, late]]."""
    return [
        "protection",
        [
            protection.entity,
            _words(protection.actions),
            [_guard_data(guard) for guard in protection.guards],
            _words(protection.spares),
            str(protection.late),
        ],
    ]


def read_lifecycle(arguments: list[Any]) -> Lifecycle:
    """The reverse, of the arguments."""
    entity, field, states, transitions = arguments
    return Lifecycle(
        entity,
        field,
        tuple(State(*state) for state in states),
        tuple(_read_transition(t) for t in transitions),
    )


def _read_transition(data: list[Any]) -> Transition:
    name, sources, to, by, guards, late, when, along, stamps = data
    return Transition(
        name,
        tuple(sources),
        to,
        frozenset(Capacity(capacity) for capacity in by),
        tuple(_read_guard(guard) for guard in guards),
        Late(late),
        when,
        tuple(along),
        tuple((field, Stamp(stamp)) for field, stamp in stamps),
    )


def read_protection(arguments: list[Any]) -> Protection:
    """The reverse, of the arguments."""
    entity, actions, guards, spares, late = arguments
    return Protection(
        entity,
        frozenset(Action(action) for action in actions),
        tuple(_read_guard(guard) for guard in guards),
        frozenset(Capacity(capacity) for capacity in spares),
        LateWork(late),
    )

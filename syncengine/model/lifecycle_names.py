"""Lifecycles and protections with other names for fields: in the words of a version before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import assert_never

from syncengine.model.conditions import AllOf, AnyOf, Compare, Condition, InSubtree, Not
from syncengine.model.lifecycle import (
    Above,
    Becomes,
    Every,
    Filled,
    Guard,
    Lifecycle,
    Meets,
    Protection,
    Since,
    Transition,
    Until,
)

Called = Callable[[str, str], str]  # (entity, field) -> its name
Referred = Callable[[str, str], str]  # (entity, field) -> the entity that it refers to


def renamed_lifecycle(lifecycle: Lifecycle, called: Called, referred: Referred) -> Lifecycle:
    """A lifecycle with the names that `called` gives."""
    entity = lifecycle.entity

    def renamed(t: Transition) -> Transition:
        return replace(
            t,
            guards=tuple(_guard(entity, guard, called, referred) for guard in t.guards),
            when=called(entity, t.when) if t.when else None,
            along=tuple(called(entity, name) for name in t.along),
            stamps=tuple((called(entity, name), stamp) for name, stamp in t.stamps),
        )

    return replace(
        lifecycle,
        field=called(entity, lifecycle.field),
        transitions=tuple(renamed(t) for t in lifecycle.transitions),
    )


def renamed_protection(protection: Protection, called: Called, referred: Referred) -> Protection:
    """Likewise."""
    guards = (_guard(protection.entity, g, called, referred) for g in protection.guards)
    return replace(protection, guards=tuple(guards))


def _guard(entity: str, guard: Guard, called: Called, referred: Referred) -> Guard:
    match guard:
        case Meets(condition) | Becomes(condition):
            return replace(guard, condition=_condition(entity, condition, called))
        case Every(child, field, condition):
            renamed = _condition(child, condition, called)
            return replace(guard, field=called(child, field), condition=renamed)
        case Since(field) | Until(field):
            return replace(guard, field=called(entity, field))
        case Above(field, condition):
            renamed = _condition(referred(entity, field), condition, called)
            return replace(guard, field=called(entity, field), condition=renamed)
        case Filled(form, answers, field):
            return replace(guard, form=called(entity, form), field=called(answers, field))
        case _:
            assert_never(guard)


def _condition(entity: str, condition: Condition, called: Called) -> Condition:
    match condition:
        case AllOf(parts):
            return AllOf(tuple(_condition(entity, part, called) for part in parts))
        case AnyOf(parts):
            return AnyOf(tuple(_condition(entity, part, called) for part in parts))
        case Not(part):
            return Not(_condition(entity, part, called))
        case Compare(field) | InSubtree(field):
            return replace(condition, field=called(entity, field))
        case _:
            assert_never(condition)

"""Lifecycles as Mermaid diagrams, drawn from their declarations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import assert_never

from syncengine.model.conditions import Condition, fields_of
from syncengine.model.lifecycle import (
    Above,
    Becomes,
    Every,
    Filled,
    Guard,
    Lifecycle,
    Meets,
    Since,
    Transition,
    Until,
)


def diagram(lifecycle: Lifecycle) -> str:
    """A state diagram: each step with who may take it and what it asks for."""
    return "\n".join(["stateDiagram-v2", *(f"    {line}" for line in _lines(lifecycle))]) + "\n"


def section(lifecycle: Lifecycle) -> str:
    """The diagram in Markdown, under the entity's name."""
    return f"## {lifecycle.entity}\n\n```mermaid\n{diagram(lifecycle)}```\n"


def _lines(lifecycle: Lifecycle) -> Iterator[str]:
    for initial in lifecycle.initial:
        yield f"[*] --> {initial}"
    for transition in lifecycle.transitions:
        for source in transition.sources:
            yield f"{source} --> {transition.to}: {_label(transition)}"
    for state in lifecycle.states:
        if state.releases:
            yield f"{state.name} --> [*]: leaves the devices"


def _label(transition: Transition) -> str:
    who = ", ".join(sorted(transition.by))
    asked = [_said(guard) for guard in transition.guards]
    if transition.when is not None:
        asked.insert(0, f"from {transition.when} on")
    return f"{transition.name} ({who})" + (f" [{' and '.join(asked)}]" if asked else "")


def _said(guard: Guard) -> str:
    if guard.because:
        return guard.because
    match guard:
        case Meets(condition) | Becomes(condition):
            return f"by {_fields(condition)}"
        case Every(entity, _, condition):
            return f"by {_fields(condition)} of every {entity}"
        case Since(field):
            return f"from {field} on"
        case Until(field):
            return f"before {field}"
        case Above(field, condition):
            return f"by {_fields(condition)} of its {field}"
        case Filled(form, answers):
            return f"its {form} filled by every {answers}"
        case _:
            assert_never(guard)


def _fields(condition: Condition) -> str:
    return " and ".join(sorted(fields_of(condition)))

"""Lifecycles: the states of an entity's rows, the transitions between them, and what protects rows.

A module declares them as data; they travel with the schema, so server and devices judge alike
(transitions.py). A change of the state's field *is* the transition: there is no other operation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from syncengine.model.conditions import Condition
from syncengine.model.entity import Action, Entity, LateWork
from syncengine.model.fields import Stored
from syncengine.model.terms import Reason


class Capacity(StrEnum):
    """In what capacity somebody writes."""

    OWNER = "owner"  # by a bucket of their own
    SUBSTITUTE = "substitute"
    MANAGER = "manager"  # leads the owner
    RECIPIENT = "recipient"  # the row was addressed or shown to them
    OFFICE = "office"  # imports as well
    SYSTEM = "system"  # a job


CAPACITIES = {
    Reason.OWN: Capacity.OWNER,
    Reason.SUBSTITUTION: Capacity.SUBSTITUTE,
    Reason.HIERARCHY: Capacity.MANAGER,
    Reason.ADDRESSED: Capacity.RECIPIENT,
    Reason.RULE: Capacity.RECIPIENT,
    Reason.EVERYONE: Capacity.RECIPIENT,
}


class Late(StrEnum):
    """What becomes of a transition that was legal at its base and is not any more."""

    YIELDS = "yields"  # the state stays, the rest of the work counts; the step is a loss
    NOTED = "noted"  # as YIELDS, but its stamps fill fields that are empty
    WAITS = "waits"  # the office decides about the whole changeset


class Stamp(StrEnum):
    """What the server notes in a field when a transition takes effect."""

    ACTOR = "actor"
    PRINCIPAL = "principal"
    MADE = "made"  # when it was taken, as estimated from the device's clock
    RECEIVED = "received"
    EMPTY = "empty"


@dataclass(frozen=True)
class Meets:
    """The row meets a condition: as it will be, for a transition; as it was, for a protection."""

    condition: Condition
    because: str = ""


@dataclass(frozen=True)
class Becomes:
    """The row meets a condition as it will be, for a protection: `Meets` asks how it was."""

    condition: Condition
    because: str = ""


@dataclass(frozen=True)
class Every:
    """Every row of `entity` that refers to this one by `field` meets a condition."""

    entity: str
    field: str
    condition: Condition
    because: str = ""


@dataclass(frozen=True)
class Since:
    """The instant in a field has come; an empty one never does."""

    field: str
    because: str = ""


@dataclass(frozen=True)
class Until:
    """The instant in a field has not come; an empty one never does."""

    field: str
    because: str = ""


@dataclass(frozen=True)
class Above:
    """The row that `field` refers to, and that this one follows, meets a condition."""

    field: str
    condition: Condition
    because: str = ""


@dataclass(frozen=True)
class Filled:
    """The form of the row that `form` refers to is filled (filling.py) by the rows of `answers`
    that refer to this one by `field`.
    """

    form: str
    answers: str
    field: str
    because: str = ""


Guard = Meets | Becomes | Every | Since | Until | Above | Filled


@dataclass(frozen=True)
class State:
    """A state. initial: new rows may be in it. releases: its rows leave all devices at the next
    sync, with what follows them. private: no user of the office has its rows, nor what follows
    them; they are as if they were not there.
    """

    name: str
    initial: bool = False
    releases: bool = False
    private: bool = False


@dataclass(frozen=True)
class Transition:
    """A step from one of the states `sources` to `to`, for whoever is one of `by` to the row, when
    all guards hold.

    late: its outcome when it was legal at its base and comes too late. when: the field with the
    instant from which on a job takes the step. along: fields that may be set in the step though the
    row is protected. stamps: (field, stamp) of what the server notes.
    """

    name: str
    sources: tuple[str, ...]
    to: str
    by: frozenset[Capacity]
    guards: tuple[Guard, ...] = ()
    late: Late = Late.YIELDS
    when: str | None = None
    along: tuple[str, ...] = ()
    stamps: tuple[tuple[str, Stamp], ...] = ()


@dataclass(frozen=True)
class Lifecycle:
    """Of the rows of `entity`, by the word in `field`."""

    entity: str
    field: str
    states: tuple[State, ...]
    transitions: tuple[Transition, ...]

    @property
    def initial(self) -> tuple[str, ...]:
        """In which states rows begin."""
        return tuple(state.name for state in self.states if state.initial)

    @property
    def releasing(self) -> frozenset[str]:
        """The states whose rows are on no device."""
        return frozenset(state.name for state in self.states if state.releases)

    @property
    def unsent(self) -> frozenset[str]:
        """The states in which rows begin, and which are on no device yet."""
        return self.releasing.intersection(self.initial)

    @property
    def private(self) -> frozenset[str]:
        """The states whose rows no user of the office has."""
        return frozenset(state.name for state in self.states if state.private)

    def released(self, entity: Entity, values: Sequence[Stored]) -> bool:
        """Whether a row with these values, by position, is on no device."""
        return values[entity.position(self.field)] in self.releasing

    def steps(self, source: str, to: str) -> tuple[Transition, ...]:
        """The transitions between two states."""
        return tuple(t for t in self.transitions if source in t.sources and t.to == to)


@dataclass(frozen=True)
class Protection:
    """Rows of `entity` are inserted, changed or deleted only while all guards hold; the field of
    their own state is not concerned.

    spares: for whom it does not count. late: what becomes of work that was within it at its base.
    """

    entity: str
    actions: frozenset[Action]
    guards: tuple[Guard, ...]
    spares: frozenset[Capacity] = frozenset()
    late: LateWork = LateWork.QUARANTINE

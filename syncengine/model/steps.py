"""Steps: what a module changed since its version before, so that clients of that one go on.

A number keeps its stored form for ever. So a field that was split or has another scale has new
numbers, its old one is among the entity's removed fields, and a step says how values go over and
come back. What only became wider (text, range, words) needs no step: its values travel as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from syncengine.model.entity import NAME, Entity, Field
from syncengine.model.errors import InvalidSchema, InvalidValue
from syncengine.model.fields import Decimal, Stored, Text

Parts = tuple[Stored, ...]
Fields = Mapping[int, Stored]


@dataclass(frozen=True)
class Renamed:
    """The field `number` was called `before`."""

    entity: str
    number: int
    before: str


@dataclass(frozen=True)
class Added:
    """The field `number` is new; rows that clients of before insert have `value` there.

    Needed for a required field only: others are empty.
    """

    entity: str
    number: int
    value: Stored


@dataclass(frozen=True)
class Split:
    """A text that became several: what lies between separators, the last with all the rest."""

    entity: str
    before: int
    after: tuple[int, ...]
    separator: str = " "

    def up(self, entity: Entity, value: Stored) -> Parts:
        """What the new fields are, given what the old one is."""
        assert isinstance(value, str)
        parts = value.split(self.separator, len(self.after) - 1)
        return (*parts, *[None] * (len(self.after) - len(parts)))

    def down(self, entity: Entity, values: Parts) -> Stored:
        """What the old field is, given what the new ones are."""
        kind = field_of(entity, self.before).type
        assert isinstance(kind, Text)
        return self.separator.join(str(v) for v in values if v is not None)[: kind.limit]

    def fault(self, entity: Entity) -> str | None:
        """Why it does not fit the entity."""
        fields = [field_of(entity, n) for n in (self.before, *self.after)]
        if not self.separator or not all(isinstance(f.type, Text) for f in fields):
            return "only a text can be split, into texts, by some separator"
        return None


@dataclass(frozen=True)
class Rescaled:
    """A decimal number with more digits behind the point. Clients of before see it rounded, half
    to even.
    """

    entity: str
    before: int
    after: tuple[int]

    def up(self, entity: Entity, value: Stored) -> Parts:
        """As Split.up."""
        assert isinstance(value, int)
        return (value * self._factor(entity),)

    def down(self, entity: Entity, values: Parts) -> Stored:
        """As Split.down."""
        (value,) = values
        assert isinstance(value, int)
        factor = self._factor(entity)
        whole, rest = divmod(value, factor)
        return whole + (2 * rest > factor or (2 * rest == factor and whole % 2 == 1))

    def _factor(self, entity: Entity) -> int:
        old, new = (field_of(entity, n).type for n in (self.before, *self.after))
        assert isinstance(old, Decimal)
        assert isinstance(new, Decimal)
        return int(10 ** (new.scale - old.scale))

    def fault(self, entity: Entity) -> str | None:
        """As Split.fault."""
        kinds = [field_of(entity, n).type for n in (self.before, *self.after)]
        scales = [kind.scale for kind in kinds if isinstance(kind, Decimal)]
        if len(scales) != 2 or scales[0] >= scales[1]:
            return "only a decimal can be rescaled, to one with more digits"
        return None


@dataclass(frozen=True)
class Remade:
    """A field that became one or several others, by functions of values that are not empty.

    going_up: old value -> new ones, any of them empty; total on valid values, or InvalidValue.
    going_down: new values, not all empty -> the old one; pure, and of every value that
    going_up gives the value that it was made from.
    """

    entity: str
    before: int
    after: tuple[int, ...]
    going_up: Callable[[Stored], Parts]
    going_down: Callable[[Parts], Stored]

    def up(self, entity: Entity, value: Stored) -> Parts:
        """As Split.up."""
        return self.going_up(value)

    def down(self, entity: Entity, values: Parts) -> Stored:
        """As Split.down."""
        return self.going_down(values)

    def fault(self, entity: Entity) -> str | None:
        """As Split.fault."""
        return None


Moved = Split | Rescaled | Remade
Step = Renamed | Added | Moved


def upwards(step: Moved, entity: Entity, value: Stored) -> dict[int, Stored]:
    """The new fields by number, given the old one's value; an empty one makes them empty."""
    parts = step.up(entity, value) if value is not None else (None,) * len(step.after)
    return dict(zip(step.after, parts, strict=True))


def downwards(step: Moved, entity: Entity, values: Parts) -> Stored:
    """The old field's value; empty when the new ones are, or when it cannot say it."""
    if all(value is None for value in values):
        return None
    value = step.down(entity, values)
    try:
        if value is not None:
            field_of(entity, step.before).type.check(value)
    except InvalidValue:
        return None
    return value


def carried(steps: Iterable[Step], entity: Entity, fields: Mapping[int, Stored]) -> Fields:
    """Fields of today or of before, in today's."""
    found = dict(fields)
    for step in steps:
        if not isinstance(step, Renamed | Added) and step.before in found:
            found = {**upwards(step, entity, found.pop(step.before)), **found}
    return found


def field_of(entity: Entity, number: int) -> Field:
    """The field with this number, also a removed one; InvalidSchema when there is none."""
    field = entity.known(number)
    if field is None:
        raise InvalidSchema(f"{entity.name} has no field {number}")
    return field


def check_steps(steps: Sequence[Step], entities: Sequence[Entity]) -> None:
    """InvalidSchema unless every step fits what the module declares now."""
    by_name = {entity.name: entity for entity in entities}
    used: set[tuple[str, int]] = set()
    for step in steps:
        entity = by_name.get(step.entity)
        if entity is None:
            raise InvalidSchema(f"a step names the unknown entity {step.entity}")
        numbers = [step.number] if isinstance(step, Renamed | Added) else [step.before, *step.after]
        fault = _fault(step, entity)
        named = {(step.entity, number) for number in numbers}
        if fault is None and (named & used or len(named) != len(numbers)):
            fault = "a field is named twice"
        used |= named
        if fault is not None:
            raise InvalidSchema(f"{type(step).__name__} of {step.entity} {numbers}: {fault}")


def _fault(step: Step, entity: Entity) -> str | None:
    live = (step.number,) if isinstance(step, Renamed | Added) else step.after
    for number in live:
        if number not in entity.by_number:
            return f"{number} is no field in use"
    match step:
        case Renamed(before=before):
            taken = {f.name for f in (*entity.fields, *entity.removed)}
            if before in taken or not NAME.fullmatch(before):
                return f"{before!r} cannot have been a name: it is taken, or is none"
        case Added(number=number, value=value):
            try:
                if value is not None:
                    field_of(entity, number).type.check(value)
            except InvalidValue as error:
                return error.detail
        case _:
            if not step.after or step.before not in {f.number for f in entity.removed}:
                return f"{step.before} must be declared as removed"
            return step.fault(entity)
    return None

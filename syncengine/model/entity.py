"""Entities: what a module declares about one kind of synced row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from syncengine.model.errors import InvalidSchema
from syncengine.model.fields import (
    Date,
    Decimal,
    FieldType,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)
from syncengine.model.parts import MAIN, Part
from syncengine.model.terms import RowTerm
from syncengine.model.windows import ALWAYS, Window


class Action(StrEnum):
    """What an operation does to a row."""

    INSERT = "insert"
    UPDATE = "update"
    DELETE = "delete"


class DeviceRight(StrEnum):
    """What a rep's device may do with a field."""

    READ = "read"  # set by the office or the leading system only
    CREATE = "create"  # set once, when the device makes the row
    WRITE = "write"


class LateWork(StrEnum):
    """What becomes of work on a row that the seat provably had and no longer holds."""

    QUARANTINE = "quarantine"
    ACCEPT = "accept"  # up to LATE_DAYS after it was last known to hold it, then quarantined


class ConflictRule(StrEnum):
    """What a field becomes that changed on both sides since the base (conflict_rules/)."""

    SERVER_WINS = "server_wins"
    DEVICE_WINS = "device_wins"
    COUNTER = "counter"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    ADD_WINS_SET = "add_wins_set"
    TEXT_MERGE = "text_merge"
    LATER_EDIT = "later_edit"
    MANUAL = "manual"
    KEEP_BOTH = "keep_both"


class DeleteRule(StrEnum):
    """What becomes of a row that one side deleted and the other edited since the base."""

    DELETE_WINS = "delete_wins"
    EDIT_RESURRECTS = "edit_resurrects"


ORDERED = (Integer, Decimal, Date, Timestamp)
FITTING: dict[ConflictRule, tuple[type[FieldType], ...]] = {
    ConflictRule.COUNTER: (Integer, Decimal),
    ConflictRule.MINIMUM: ORDERED,
    ConflictRule.MAXIMUM: ORDERED,
    ConflictRule.ADD_WINS_SET: (Json,),
    ConflictRule.TEXT_MERGE: (Text,),
}  # the types that a rule is for; the others are for all


LATE_DAYS = 30


@dataclass(frozen=True)
class Field:
    """One field. `number` (1..250) is its place on the wire, append-only, never used again; those
    from 151 on belong to the installation (syncengine.model.custom).
    """

    number: int
    name: str
    type: FieldType
    required: bool = False
    device: DeviceRight = DeviceRight.READ
    conflict: ConflictRule = ConflictRule.SERVER_WINS

    @property
    def rule_fits(self) -> bool:
        """Whether its conflict rule is one for its type."""
        fitting = FITTING.get(self.conflict)
        return fitting is None or type(self.type) in fitting  # a questionnaire is no set


@dataclass(frozen=True)
class VisibleWindow:
    """A row shows between the instants in its fields `starts` and `ends`; empty is open.

    Devices hold it before it begins and hide it by their own clock; when it ends, it leaves.
    """

    starts: str
    ends: str


@dataclass(frozen=True)
class Entity:
    """A kind of row. `number` (1..255) is append-only within its module.

    device: what a rep's device may do at all; each field narrows it further.
    late_insert / late_edit: the declared outcome of late work (design: "the slice now decides").
    removed: fields that were and are no more. Their numbers and names stay taken, so that work
    done before the removal can still be read and named. window: when its rows show; None: always.
    on_delete: who prevails where one side deleted a row and the other edited it. copies: the field
    by which copies refer to their row, where a field declares keep_both.
    part: with which others its rows travel.
    retired: it was and is no more, and has no rows; declared so that work on it can still be read.
    absent: its module's package is gone; its rows stay, writes are refused.
    key: the field by which other systems know its rows, a required text; for the server only.
    """

    number: int
    name: str
    fields: tuple[Field, ...]
    terms: tuple[RowTerm, ...] = ()
    device: frozenset[Action] = frozenset()
    late_insert: LateWork = LateWork.ACCEPT
    late_edit: LateWork = LateWork.QUARANTINE
    removed: tuple[Field, ...] = ()
    window: VisibleWindow | None = None
    on_delete: DeleteRule = DeleteRule.DELETE_WINS
    copies: str | None = None
    part: Part = MAIN
    retired: bool = False
    absent: bool = False
    key: str | None = field(default=None, compare=False)
    by_name: dict[str, Field] = field(init=False, repr=False, compare=False)
    by_number: dict[int, int] = field(init=False, repr=False, compare=False)
    references: tuple[tuple[int, Reference], ...] = field(init=False, repr=False, compare=False)
    _known: dict[int, Field] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        numbers = [f.number for f in self.fields]
        if numbers != sorted(set(numbers)) or not all(1 <= n <= 250 for n in numbers):
            raise InvalidSchema(f"{self.name}: field numbers must ascend, each once, from 1 to 250")
        by_name = {f.name: f for f in self.fields}
        known = {f.number: f for f in (*self.fields, *self.removed)}
        names = {f.name for f in known.values()}
        if len(names) != len(self.fields) + len(self.removed) or names & RESERVED_NAMES:
            raise InvalidSchema(f"{self.name}: a field name is used twice or reserved")
        for f in known.values():
            if not f.rule_fits:
                raise InvalidSchema(f"{self.name}.{f.name}: its type cannot have {f.conflict}")
        if self.retired and (self.terms or self.device or self.window):
            raise InvalidSchema(f"{self.name}: a retired entity has no terms, rights or window")
        keyed = by_name.get(self.key) if self.key is not None else None
        if self.key is not None and not (keyed and keyed.required and isinstance(keyed.type, Text)):
            raise InvalidSchema(f"{self.name}: its key must be a required text field")
        references = tuple(
            (i, f.type) for i, f in enumerate(self.fields) if isinstance(f.type, Reference)
        )
        for name in (self.window.starts, self.window.ends) if self.window else ():
            if name not in by_name or not isinstance(by_name[name].type, Timestamp):
                raise InvalidSchema(f"{self.name}.{name} must be an instant")
        if self.copies or any(f.conflict is ConflictRule.KEEP_BOTH for f in self.fields):
            refers = by_name.get(self.copies or "")
            if refers is None or refers.required or refers.type != Reference(self.name, True):
                raise InvalidSchema(
                    f"{self.name} must declare which field refers from copies to their row: one"
                    " that may be empty and may dangle"
                )
        object.__setattr__(self, "references", references)
        object.__setattr__(self, "by_name", by_name)
        object.__setattr__(self, "_known", known)
        object.__setattr__(self, "by_number", {n: i for i, n in enumerate(numbers)})

    @property
    def is_hierarchy(self) -> bool:
        """Whether its rows can refer to rows of their own kind, as what is above them."""
        return any(
            reference.entity == self.name and self.fields[place].name != self.copies
            for place, reference in self.references
        )

    def position(self, name: str) -> int:
        """The place of a field in the row's list of stored values."""
        return self.by_number[self.by_name[name].number]

    def known(self, number: int) -> Field | None:
        """The field with this number, also when it was removed; None when there never was one."""
        return self._known.get(number)


def window_of(entity: Entity, values: Sequence[Stored]) -> Window:
    """When a row with these values, by position, shows."""
    if entity.window is None:
        return ALWAYS
    starts = values[entity.position(entity.window.starts)]
    ends = values[entity.position(entity.window.ends)]
    return Window(
        starts if isinstance(starts, int) else None, ends if isinstance(ends, int) else None
    )


NAME = re.compile(r"[a-z][a-z0-9_]{0,48}")
RESERVED_NAMES = frozenset({"id", "version"})

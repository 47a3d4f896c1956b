"""An edit of a row with a lifecycle, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from conflict_rules.merge_by_field import Merged
from syncengine.model.access import Refusal
from syncengine.model.entity import Entity
from syncengine.model.fields import Stored
from syncengine.store.working import Key, RowState


@dataclass(frozen=True)
class Edit:
    """An edit of a row that is there: the row as its author saw it, as it is, what is said of it.

    held: the row with the buckets by which its author may work on it.
    """

    entity: Entity
    key: Key
    held: RowState
    base: Mapping[int, Stored]
    server: Mapping[int, Stored]
    said: Mapping[int, Stored]


@dataclass(frozen=True)
class Taken:
    """What becomes of an edit. stamps: what the server notes. yielded: the step that does not
    prevail, by the state's number.
    """

    refusal: Refusal | None = None
    step: int | None = None  # the number of the state's field, when a transition is taken
    stamps: Mapping[int, Stored] = field(default_factory=dict)
    yielded: Mapping[int, Stored] = field(default_factory=dict)

    def onto(
        self,
        merged: Callable[[dict[int, Stored], Mapping[int, Stored]], Merged],
        edit: Edit,
    ) -> Merged:
        """The edit merged: a step that is taken is in no conflict, one that yields is entered."""
        base = dict(edit.base)
        if self.step is not None:
            base[self.step] = edit.server[self.step]
        found = merged(base, {n: v for n, v in edit.said.items() if n not in self.yielded})
        noted = {n: v for n, v in self.stamps.items() if v != edit.server[n]}
        return replace(found, write=found.write | noted, entered=found.entered | dict(self.yielded))

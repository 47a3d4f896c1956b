"""The inbox: answered work that the person should see, readable, correctable, never dropped."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from device_sdk.outbox import Entry
from device_sdk.store import DeviceStore
from syncengine.model.changeset import Loss, Objection, Operation, Outcome
from syncengine.model.entity import Action
from syncengine.model.errors import InvalidValue, SchemaUnknown
from syncengine.model.fields import Stored, Value

REFUSED = (Outcome.REJECTED, Outcome.QUARANTINED)


@dataclass(frozen=True)
class Entered:
    """One operation as the person entered it, in program values."""

    action: str
    entity: str
    row: uuid.UUID
    values: dict[str, Value]


@dataclass(frozen=True)
class Lost:
    """A value that did not prevail in a merge."""

    entity: str
    row: uuid.UUID
    field: str
    lost: Value
    kept: Value


@dataclass(frozen=True)
class Item:
    """outcome: rejected, quarantined or merged. reasons: of the server, each with a stable code."""

    sequence: int
    outcome: str
    made: int
    entered: tuple[Entered, ...]
    reasons: tuple[Objection, ...]
    losses: tuple[Lost, ...]


class Inbox:
    """Reads and answers items; the Device's lock is held."""

    def __init__(self, store: DeviceStore) -> None:
        self._store = store

    def items(self) -> list[Item]:
        """Everything not dismissed, oldest first."""
        entries = self._store.outbox.entries("telling=1 AND dismissed=0 AND verdict IS NOT NULL")
        return [self._item(entry) for entry in entries]

    def _item(self, entry: Entry) -> Item:
        assert entry.verdict is not None
        return Item(
            entry.sequence,
            str(entry.verdict.outcome),
            entry.made,
            tuple(self._entered(o) for o in entry.operations),
            entry.verdict.objections,
            tuple(self._lost(entry, loss) for loss in entry.verdict.losses),
        )

    def _entered(self, operation: Operation) -> Entered:
        values = {
            self._field(operation.tag, n): self._load(operation.tag, n, v)
            for n, v in operation.fields.items()
        }
        name = self._store.schema.by_tag[operation.tag].name
        return Entered(str(operation.action), name, uuid.UUID(bytes=operation.row_id), values)

    def _lost(self, entry: Entry, loss: Loss) -> Lost:
        operation = entry.operations[loss.operation]
        tag = operation.tag
        return Lost(
            self._store.schema.by_tag[tag].name,
            uuid.UUID(bytes=operation.row_id),
            self._field(tag, loss.field),
            self._load(tag, loss.field, loss.lost),
            self._load(tag, loss.field, loss.kept),
        )

    def _field(self, tag: int, number: int) -> str:
        entity = self._store.schema.by_tag[tag]
        return entity.fields[entity.by_number[number]].name

    def _load(self, tag: int, number: int, stored: Stored) -> Value:
        entity = self._store.schema.by_tag[tag]
        kind = entity.fields[entity.by_number[number]].type
        return None if stored is None else kind.load(stored)

    def dismiss(self, sequence: int) -> bool:
        """Whether there was such an item."""
        with self._store.database.transaction():
            return self._store.outbox.dismiss(sequence)

    def correct(
        self,
        sequence: int,
        values: dict[str, object],
        new_row_id: Callable[[], bytes],
        commit: Callable[[Sequence[Operation]], int],
    ) -> int:
        """Send a refused item, corrected, and what was refused for building on it, in order."""
        entries = {e.sequence: e for e in self._store.outbox.entries("verdict IS NOT NULL")}
        first = entries.get(sequence)
        if first is None or first.verdict is None or first.verdict.outcome not in REFUSED:
            raise InvalidValue("There is no refused work with this number.", sequence=sequence)
        group = [first, *self._dependents(first, list(entries.values()))]
        fresh: dict[bytes, bytes] = {}
        made = 0
        for entry in group:
            operations = [self._renewed(o, fresh, new_row_id) for o in entry.operations]
            if entry is first:
                operations = [self._changed(o, values) for o in operations]
            number = commit(operations)
            made = made or number
            self.dismiss(entry.sequence)
        return made

    def _dependents(self, first: Entry, entries: list[Entry]) -> list[Entry]:
        """Refused entries that touch or refer to rows of the group, as it grows."""
        rows = {o.row_id for o in first.operations}
        group = []
        for entry in entries:
            refused = entry.verdict is not None and any(
                o.code == "depends_on" for o in entry.verdict.objections
            )
            named = {o.row_id for o in entry.operations} | {
                v for o in entry.operations for v in o.fields.values() if isinstance(v, bytes)
            }
            if refused and entry.sequence > first.sequence and named & rows:
                rows |= {o.row_id for o in entry.operations}
                group.append(entry)
        return group

    def _renewed(
        self, operation: Operation, fresh: dict[bytes, bytes], new_row_id: Callable[[], bytes]
    ) -> Operation:
        """The operation under new ids of the rows that the group itself makes."""
        if operation.action is Action.INSERT:
            fresh[operation.row_id] = new_row_id()
        fields = {
            number: fresh.get(value, value) if isinstance(value, bytes) else value
            for number, value in operation.fields.items()
        }
        row_id = fresh.get(operation.row_id, operation.row_id)
        return dataclasses.replace(operation, row_id=row_id, fields=fields)

    def _changed(self, operation: Operation, values: dict[str, object]) -> Operation:
        entity = self._store.schema.by_tag[operation.tag]
        fields = dict(operation.fields)
        for name, value in values.items():
            declared = entity.by_name.get(name)
            if declared is None:
                raise SchemaUnknown(f"{entity.name} has no field {name}.")
            fields[declared.number] = None if value is None else declared.type.store(value)
        return dataclasses.replace(operation, fields=fields)

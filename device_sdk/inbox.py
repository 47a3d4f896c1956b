"""The inbox: answered work that the person should see, readable, correctable, never dropped."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from device_sdk.draft import check_rights, stored_fields
from device_sdk.lost import dismiss_lost
from device_sdk.outbox import IN_INBOX, Entry
from device_sdk.store import DeviceStore
from syncengine.model.access import Actor, RowFacts, Source
from syncengine.model.changeset import Loss, Objection, Operation, Outcome
from syncengine.model.entity import Action, Field
from syncengine.model.errors import InvalidValue, SchemaUnknown
from syncengine.model.fields import EPOCH, MICROSECOND, Stored, Value
from syncengine.protocol.changesets import check_values

REFUSED = (Outcome.REJECTED, Outcome.QUARANTINED)
DEPENDS_ON = "depends_on"  # the objection to work that builds on refused work


@dataclass(frozen=True)
class Entered:
    """One operation as the person entered it, in program values.

    action: insert, update or delete.
    """

    action: str
    entity: str
    row: uuid.UUID
    values: dict[str, Value]


@dataclass(frozen=True)
class Lost:
    """A value that did not prevail in a merge: `lost` was entered, `kept` stands."""

    entity: str
    row: uuid.UUID
    field: str
    lost: Value
    kept: Value


@dataclass(frozen=True)
class Item:
    """Work that did not take effect as it was entered.

    sequence: its number, for `correct` and `dismiss`.
    outcome: `rejected` (no effect), `quarantined` (waits for the office), `merged` (with losses).
    made: when, by the device's clock.
    reasons: of the server, each with a stable code.
    dependents: refused only because they build on this; a correction sends them again, too.
    """

    sequence: int
    outcome: str
    made: dt.datetime
    entered: tuple[Entered, ...]
    reasons: tuple[Objection, ...]
    losses: tuple[Lost, ...]
    dependents: tuple[int, ...]


class Inbox:
    """Reads and answers items; the Device's lock is held."""

    def __init__(self, store: DeviceStore) -> None:
        self._store = store
        self._actor = Actor(Source.DEVICE, store.person)

    def items(self) -> list[Item]:
        """Everything not dismissed, oldest first."""
        entries = self._store.outbox.entries(IN_INBOX)
        refused = self._refused()
        return [self._item(entry, refused) for entry in entries]

    def _item(self, entry: Entry, refused: Mapping[int, Entry]) -> Item:
        assert entry.verdict is not None
        group = self._dependents(entry, refused) if entry.sequence in refused else []
        return Item(
            entry.sequence,
            str(entry.verdict.outcome),
            EPOCH + entry.made * MICROSECOND,
            tuple(self._entered(o) for o in entry.operations),
            entry.verdict.objections,
            tuple(self._lost(entry, loss) for loss in entry.verdict.losses),
            tuple(e.sequence for e in group),
        )

    def _entered(self, operation: Operation) -> Entered:
        values = {
            self._field(operation.tag, n).name: self._load(operation.tag, n, v)
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
            self._field(tag, loss.field).name,
            self._load(tag, loss.field, loss.lost),
            self._load(tag, loss.field, loss.kept),
        )

    def _field(self, tag: int, number: int) -> Field:
        """The field, also when it was removed since the work was done."""
        field = self._store.schema.by_tag[tag].known(number)
        assert field is not None
        return field

    def _load(self, tag: int, number: int, stored: Stored) -> Value:
        return None if stored is None else self._field(tag, number).type.load(stored)

    def dismiss(self, sequence: int) -> bool:
        """Whether there was such an item, or such lost work."""
        with self._store.database.transaction():
            lost = dismiss_lost(self._store.database, sequence)
            return self._store.outbox.dismiss(sequence) or lost

    def correct(
        self,
        sequence: int,
        values: Mapping[str, object],
        new_row_id: Callable[[], bytes],
        commit: Callable[[Sequence[Operation]], int],
    ) -> int:
        """Send a refused item, corrected, and its dependents behind it, in one transaction."""
        entries = self._refused()
        first = entries.get(sequence)
        if first is None:
            raise InvalidValue("There is no refused work with this number.", sequence=sequence)
        group = [first, *self._dependents(first, entries)]
        fresh: dict[bytes, bytes] = {}
        made = []
        with self._store.database.transaction():
            for entry in group:
                operations = [self._renewed(o, fresh, new_row_id) for o in entry.operations]
                if entry is first:
                    operations = self._corrected(operations, values)
                made.append(commit(operations))
                self._store.outbox.dismiss(entry.sequence)
        return made[0]

    def _refused(self) -> dict[int, Entry]:
        entries = self._store.outbox.entries(IN_INBOX)
        return {e.sequence: e for e in entries if e.verdict and e.verdict.outcome in REFUSED}

    def _dependents(self, first: Entry, entries: Mapping[int, Entry]) -> list[Entry]:
        """Later entries, refused for building on rows of the group, as it grows."""
        rows = {o.row_id for o in first.operations}
        group = []
        for entry in entries.values():
            depends = entry.verdict is not None and any(
                o.code == DEPENDS_ON for o in entry.verdict.objections
            )
            named = {o.row_id for o in entry.operations} | {
                v for o in entry.operations for v in o.fields.values() if isinstance(v, bytes)
            }
            if depends and entry.sequence > first.sequence and named & rows:
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

    def _corrected(
        self, operations: list[Operation], values: Mapping[str, object]
    ) -> list[Operation]:
        """`values` set in each operation whose entity has that field; checked as in a draft."""
        schema = self._store.schema
        known = {
            name
            for o in operations
            if o.action is not Action.DELETE
            for name in schema.by_tag[o.tag].by_name
        }
        for name in values.keys() - known:
            raise SchemaUnknown(f"None of these rows has a field {name}.")
        done = []
        for operation in operations:
            if operation.action is not Action.DELETE:
                entity = schema.by_tag[operation.tag]
                own = {n: v for n, v in values.items() if n in entity.by_name}
                fields = operation.fields | stored_fields(entity, own)
                check_values(entity, operation.action, fields)
                check_rights(self._actor, operation.action, RowFacts(entity, True), fields)
                operation = dataclasses.replace(operation, fields=fields)
            done.append(operation)
        return done

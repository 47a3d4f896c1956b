"""A change written down as JSON: operations by kind of row, number or id, and field names.

    {"operations": [
        {"action": "update", "entity": "customer", "keys": ["292", "294"],
         "fields": {"owner": "276"}},
        {"action": "insert", "entity": "substitution",
         "fields": {"absent": "279", "substitute": "276", "active": true}},
        {"action": "delete", "entity": "note", "keys": ["01a212e3-ec9c-7a41-8153-e67064521ab5"]}
    ]}

References are numbers or ids, too, also of rows that an earlier operation of the file inserts.
Decimals and whole numbers are written as they are or as text, days as "2026-03-01", instants with
their zone. Nothing is guessed: what does not fit is a Problem that names the operation.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from server.cli import lookup
from server.problem import Problem
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action, Entity
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import (
    BlobReference,
    Decimal,
    FieldType,
    Reference,
    Stored,
    Timestamp,
)

if TYPE_CHECKING:
    from syncengine.store.store import Store

CODE = "change.invalid"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    action: Literal["insert", "update", "delete"]
    entity: str
    keys: list[str] = []
    fields: dict[str, Any] = {}


class _File(msgspec.Struct, forbid_unknown_fields=True):
    operations: list[_Line]


def read_change(store: Store, path: Path) -> list[Operation]:
    """The file's operations, one for each row; a Problem for anything that is not clear."""
    try:
        lines = msgspec.json.decode(path.read_bytes(), type=_File).operations
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(CODE, f"{path} is no list of operations: {error}.") from None
    reader = Reader(store)
    operations: list[Operation] = []
    for number, line in enumerate(lines, 1):
        try:
            operations += reader.read(line)
        except Problem as problem:
            raise Problem(problem.code, f"{path}, operation {number}: {problem.detail}") from None
    return operations


class Reader:
    """Reads line after line and remembers the numbers of the rows that they insert."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._made: dict[tuple[str, str], bytes] = {}

    def read(self, line: _Line) -> list[Operation]:
        """The operations of one line."""
        action, tag = Action(line.action), lookup.tag(self._store, line.entity)
        entity = self._store.schema.entities[line.entity]
        if (action is Action.DELETE) == bool(line.fields):
            raise Problem(CODE, "An insert or update sets fields, a delete sets none.")
        if (action is Action.INSERT) == bool(line.keys):
            raise Problem(CODE, "An update or delete names rows by keys, an insert has none.")
        fields = dict(self._field(entity, name, value) for name, value in line.fields.items())
        if action is Action.INSERT:
            rows = [self._make(entity, line.fields)]
        else:
            rows = self._rows(entity.name, line.keys)
        return [Operation(action, tag, row_id, fields) for row_id in rows]

    def typed(self, entity: Entity, name: str, text: str) -> tuple[int, Stored]:
        """(field number, value) of what somebody typed: nothing is empty, and what its type does
        not take as text is read as JSON.
        """
        if not text:
            return self._field(entity, name, None)
        try:
            return self._field(entity, name, text)
        except Problem:
            try:
                value = msgspec.json.decode(text)
            except msgspec.DecodeError:
                value = text
            return self._field(entity, name, value)

    def _make(self, entity: Entity, fields: dict[str, Any]) -> bytes:
        row_id = self._store.environment.new_id()
        number = fields.get(lookup.KEY)
        if isinstance(number, str):
            self._made[entity.name, number] = row_id
        return row_id

    def _rows(self, entity: str, keys: list[str]) -> list[bytes]:
        made = {key: self._made[entity, key] for key in keys if (entity, key) in self._made}
        found = made | lookup.ids(self._store, entity, [key for key in keys if key not in made])
        missing = [key for key in keys if key not in found]
        if missing:
            raise Problem("row.unknown", f"There is no {entity} with the number {missing[0]}.")
        return [found[key] for key in dict.fromkeys(keys)]

    def _field(self, entity: Entity, name: str, value: object) -> tuple[int, Stored]:
        declared = entity.by_name.get(name)
        if declared is None:
            known = ", ".join(entity.by_name)
            raise Problem(CODE, f"A {entity.name} has no field {name}. Known: {known}.")
        try:
            return declared.number, None if value is None else self._stored(declared.type, value)
        except (InvalidValue, ValueError) as error:
            said = error.detail if isinstance(error, InvalidValue) else str(error)
            raise Problem(CODE, f"{name}: {said}.") from None

    def _stored(self, kind: FieldType, value: object) -> Stored:
        if isinstance(value, str):
            match kind:
                case Reference():
                    return self._rows(kind.entity, [value])[0]
                case Timestamp():
                    return kind.store(dt.datetime.fromisoformat(value))
                case BlobReference():
                    return kind.store(bytes.fromhex(value))
        if isinstance(value, float) and isinstance(kind, Decimal):
            return kind.store(repr(value))  # the digits that the file has
        return kind.store(value)

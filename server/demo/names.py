"""How the script names rows, and the ids behind the names.

A row of the ERP is named by its entity and number; a row that the script makes, by a key.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from device_sdk import Device, Row
from server.demo.calendar import Calendar
from syncengine.model.fields import FieldType, Json, Timestamp
from syncengine.model.ids import to_text
from syncengine.model.manifest import Schema
from syncengine.store.database import reading
from syncengine.store.store import Store

# How rows without a number of their own are told apart: by the numbers of what they refer to.
LINKS = {
    "employee_private": ("employee",),
    "catalogue_article": ("catalogue", "article"),
    "catalogue_market": ("catalogue", "market"),
    "catalogue_customer": ("catalogue", "customer"),
    "per_diem_rate": ("country", "valid_from"),
    "mileage_rate": ("vehicle", "valid_from"),
}


class Names:
    """Both directions, for one run of the demo."""

    def __init__(self, store: Store, calendar: Calendar) -> None:
        self._store = store
        self._calendar = calendar
        self._by_number: dict[str, dict[str, bytes]] = {}
        self._by_key: dict[str, bytes] = {}
        self._keys: dict[bytes, str] = {}

    @property
    def schema(self) -> Schema:
        """What the names are names in."""
        return self._store.schema

    def add(self, key: str, row_id: bytes) -> None:
        """Note the id of a row that the script has made."""
        self._by_key[key] = row_id
        self._keys[row_id] = key

    def row(self, entity: str, place: dict[str, str]) -> bytes:
        """The id of a row that the script names."""
        if "key" in place:
            return self._by_key[place["key"]]
        if entity not in self._by_number:
            table = self._store.tables[entity]
            with reading(self._store.engine) as connection:
                found = connection.execute(sa.select(table.c.number, table.c.id)).all()
            self._by_number[entity] = {number: bytes(row_id) for number, row_id in found}
        return self._by_number[entity][place["number"]]

    def values(self, entity: str, fields: dict[str, Any]) -> dict[str, Any]:
        """Program values of the fields that the script sets: references as ids, times as times."""
        declared = self.schema.entities[entity].by_name
        return {name: self._value(declared[name].type, value) for name, value in fields.items()}

    def _value(self, kind: FieldType, value: object) -> object:
        match kind, value:
            case Json(), _:
                return self._with_ids(value)
            case Timestamp(), {"day": number}:
                return self._calendar.day(number)
            case Timestamp(), str():
                return dt.datetime.fromisoformat(value)
            case _, dict():
                return uuid.UUID(bytes=self.row(value["entity"], value))
            case _:
                return value

    def _with_ids(self, data: object) -> object:
        """JSON data in which the rows that the script names have become ids."""
        if isinstance(data, list):
            return [self._with_ids(part) for part in data]
        if not isinstance(data, dict):
            return data
        if "entity" in data:
            return to_text(self.row(data["entity"], data))
        return {key: self._with_ids(part) for key, part in data.items()}

    def key(self, row_id: bytes) -> str | None:
        """The script's key of a row that it has made."""
        return self._keys.get(row_id)


class Held:
    """What one device shows, by the script's names. Reads the device and nothing else."""

    def __init__(self, device: Device, names: Names) -> None:
        self._names = names
        self._rows = {entity: device.rows(entity) for entity in names.schema.entities}
        all_rows = [row for rows in self._rows.values() for row in rows]
        self._numbers = {row.id: str(row["number"]) for row in all_rows if "number" in row}
        self.identities = {
            entity: {self._identity(row): row for row in rows}
            for entity, rows in self._rows.items()
        }

    @property
    def total(self) -> int:
        """How many rows; more than identities, should a row be there twice."""
        return sum(len(rows) for rows in self._rows.values())

    def _identity(self, row: Row) -> str:
        if row.id in self._numbers:
            return self._numbers[row.id]
        if row.entity in LINKS:
            return "/".join(str(self._named(row[name])) for name in LINKS[row.entity])
        return self._names.key(row.id.bytes) or str(row.id)

    def plain(self, entity: str, identity: str, field: str) -> object:
        """A value as the expectation states it: a reference by its row's name."""
        return self._named(self.identities[entity][identity][field])

    def _named(self, value: object) -> object:
        if not isinstance(value, uuid.UUID):
            return value
        return self._numbers.get(value) or self._names.key(value.bytes) or value

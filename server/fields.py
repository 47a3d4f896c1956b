"""The installation's own fields, declared in a TOML file that the setting `custom_fields` names.

    [[custom_field]]
    entity = "customer"
    name = "x_class"            # a prefix of your own keeps clear of a module's later fields
    number = 151                # 151 to 250, never used again
    type = "enum"               # text, integer, decimal, bool, date, timestamp, enum, json,
    values = ["A", "B"]         # reference, blobreference
    device = "write"            # or "create"; default "read": the office sets it
    conflict = "server_wins"    # the default; for others see docs/CONFLICTS.md

    [[custom_field]]
    entity = "customer"
    name = "x_depot"
    number = 152
    type = "reference"
    refers_to = "customer"
    removed = true              # it was there once: what it occupies stays taken

Arguments by type: text and json `limit`; integer `low`, `high`; decimal `scale`; enum `values`;
reference `refers_to`, `dangling`.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import msgspec

from server.problem import Problem
from server.toml import read_toml
from syncengine.model.custom import CustomField, InvalidField
from syncengine.model.entity import ConflictRule, DeviceRight, Field
from syncengine.model.fields import FIELD_TYPES, FieldType

ARGUMENTS = {
    "limit": "limit",
    "low": "low",
    "high": "high",
    "scale": "scale",
    "values": "values",
    "refers_to": "entity",
    "dangling": "dangling",
}  # in the file -> of the field type


class DeclaredField(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One field as written; arguments that are None were not given."""

    entity: str
    name: str
    number: int
    type: str
    device: DeviceRight = DeviceRight.READ
    conflict: ConflictRule = ConflictRule.SERVER_WINS
    removed: bool = False
    limit: int | None = None
    low: int | None = None
    high: int | None = None
    scale: int | None = None
    values: tuple[str, ...] | None = None
    refers_to: str | None = None
    dangling: bool | None = None


class FieldsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file as written; each field is read by itself, so that a wrong one can be named."""

    custom_field: list[dict[str, Any]] = []


def load_fields(path: Path) -> list[CustomField]:
    """The fields that a file declares. Problem: it is no such file. InvalidField: one is wrong by
    itself; whether they fit the modules is for syncengine.model.custom.extended.
    """
    try:
        raw = read_toml(path)
        declared = msgspec.convert(raw, FieldsFile).custom_field
    except OSError as error:
        raise Problem("fields.unreadable", f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, msgspec.ValidationError) as error:
        raise Problem("fields.invalid", f"{path} declares no fields: {error}.") from None
    return [_field(one) for one in declared]


def _field(raw: dict[str, Any]) -> CustomField:
    entity, name = str(raw.get("entity", "?")), str(raw.get("name", "?"))
    try:
        declared = msgspec.convert(raw, DeclaredField)
        kind = _type(declared)
    except (msgspec.ValidationError, ValueError) as error:
        raise InvalidField(f"{entity}.{name}: {error}.", entity=entity, field=name) from None
    field = Field(
        declared.number,
        declared.name,
        kind,
        device=declared.device,
        conflict=declared.conflict,
    )
    return CustomField(declared.entity, field, declared.removed)


def _type(declared: DeclaredField) -> FieldType:
    """ValueError says what is wrong with the type or its arguments."""
    kind = FIELD_TYPES.get(declared.type)
    if kind is None:
        raise ValueError(f"there is no type {declared.type}, but {', '.join(FIELD_TYPES)}")
    taken = {f.name for f in dataclasses.fields(kind)}
    given = {n: v for n in ARGUMENTS if (v := getattr(declared, n)) is not None}
    wrong = [name for name in given if ARGUMENTS[name] not in taken]
    if wrong:
        raise ValueError(f"the type {declared.type} takes no {', '.join(wrong)}")
    return kind(**{ARGUMENTS[name]: value for name, value in given.items()})

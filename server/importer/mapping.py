"""Mapping files: which column of the leading system's file goes to which field, declared in TOML.

    file = "stores.xlsx"              # the name it is recognised by; .csv or .xlsx
    encoding = "utf-8"                # of a CSV file without a byte order mark
    delimiter = ","
    never = ["SickLeaveHours"]        # columns that are there and are not read at all

    [[output]]                        # one or several entities fed by the file
    entity = "customer"
    key = ["number"]                  # fields that identify a row in the leading system
    mode = "upsert"                   # or "update": rows must exist already
    missing = "keep"                  # or "deactivate": rows that the file no longer has
    where = { TargetKind = "market" } # only rows with these cells
    distinct = false                  # several rows of the file may give one row of the entity

    [output.fields]
    number = { column = "BusinessEntityID" }
    owner = { column = "SalesPersonID", lookup = "number" }       # field of the entity referred to
    parent = { column = "Group", lookup = "number", prefix = "group:" }
    list_price = { column = "ListPrice", decimal = "." }          # "," : 1.234,56
    sold_from = { column = "SellStartDate", date = "%Y-%m-%d" }
    active = { value = true }
    phone = { column = "Phone", leads = "portal", empty = "keep" }  # "clear" without it

leads: "import" (default): the file's value is written whenever it differs. "portal": only when the
row is new. "last": only when the file's value differs from what an import last wrote, so an edit in
the portal stays until the leading system changes its mind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from server.importer.findings import MappingInvalid
from server.toml import read_toml
from syncengine.model.entity import Entity, Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import Reference
from syncengine.model.manifest import Schema

Leads = Literal["import", "portal", "last"]
Empty = Literal["clear", "keep"]


class FieldSource(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where one field's value comes from: a column or a constant, and how to read it.

    width: a shorter number has lost its leading zeros on the way through a spreadsheet. empty: what
    an empty cell does to the value of a row that is there.
    """

    column: str | None = None
    value: str | int | bool | None = None
    lookup: str | None = None
    prefix: str = ""
    decimal: Literal[".", ","] = "."
    date: str = "%Y-%m-%d"
    words: dict[str, str | bool] = {}
    width: int | None = None
    leads: Leads = "import"
    empty: Empty = "clear"


class Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entity fed by a file."""

    entity: str
    key: Annotated[list[str], msgspec.Meta(min_length=1)]
    fields: dict[str, FieldSource]
    mode: Literal["upsert", "update"] = "upsert"
    missing: Literal["keep", "deactivate"] = "keep"
    where: dict[str, str] = {}
    distinct: bool = False


class MappingFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mapping as written."""

    file: str
    output: Annotated[list[Output], msgspec.Meta(min_length=1)]
    encoding: str = "utf-8"
    delimiter: str = ","
    never: list[str] = []


@dataclass(frozen=True)
class Target:
    """An output bound to the schema."""

    output: Output
    entity: Entity
    tag: int

    @property
    def looks_at_itself(self) -> bool:
        """Whether new rows refer to rows of the same entity: then parents come first."""
        return self.output.mode == "upsert" and any(
            source.lookup and isinstance(kind := self.entity.by_name[name].type, Reference)
            and kind.entity == self.entity.name
            for name, source in self.output.fields.items()
        )  # fmt: skip


@dataclass(frozen=True)
class Mapping:
    """A mapping checked against the schema."""

    file: str
    encoding: str
    delimiter: str
    targets: tuple[Target, ...]

    @property
    def columns(self) -> list[str]:
        """The columns that are read; no other cell is looked at."""
        named = [
            column
            for target in self.targets
            for column in (
                *(s.column for s in target.output.fields.values() if s.column),
                *target.output.where,
            )
        ]
        return list(dict.fromkeys(named))


def load_mapping(path: Path, schema: Schema) -> Mapping:
    """A mapping file; MappingInvalid says what is wrong with it."""
    try:
        raw = read_toml(path)
        declared = msgspec.convert(raw, MappingFile)
    except (OSError, ValueError, msgspec.ValidationError) as error:
        raise MappingInvalid(f"{path.name}: {error}") from None
    return bound(declared, schema, path.name)


def bound(declared: MappingFile, schema: Schema, name: str) -> Mapping:
    """A mapping checked against the schema; MappingInvalid, which calls it by its name."""
    targets = tuple(_target(name, output, schema) for output in declared.output)
    mapping = Mapping(declared.file, declared.encoding, declared.delimiter, targets)
    read = set(mapping.columns) & set(declared.never)
    if read:
        raise MappingInvalid(f"{name}: {', '.join(sorted(read))} must never be read")
    return mapping


def _target(of: str, output: Output, schema: Schema) -> Target:
    entity = schema.entities.get(output.entity)
    if entity is None:
        raise MappingInvalid(f"{of}: there is no entity {output.entity}")
    unknown = (output.fields.keys() | set(output.key)) - entity.by_name.keys()
    if unknown:
        raise MappingInvalid(f"{of}: {output.entity} has no field {', '.join(unknown)}")
    if not set(output.key) <= output.fields.keys():
        raise MappingInvalid(f"{of}: the key of {output.entity} must be filled")
    for name, source in output.fields.items():
        if (source.column is None) == (source.value is None):
            raise MappingInvalid(f"{of}: {name} needs either a column or a value")
        kind = entity.by_name[name].type
        if (
            isinstance(kind, Reference)
            and source.lookup not in schema.entities[kind.entity].by_name
        ):
            raise MappingInvalid(f"{of}: {name} needs a lookup field of {kind.entity}")
        if source.value is not None:
            _check_constant(of, entity.by_name[name], source)
    empty = [f.name for f in entity.fields if f.required and f.name not in output.fields]
    if empty and output.mode == "upsert":
        raise MappingInvalid(f"{of}: a new {output.entity} needs {', '.join(empty)}")
    if output.missing == "deactivate" and "active" not in entity.by_name:
        raise MappingInvalid(f"{of}: {output.entity} cannot be deactivated")
    return Target(output, entity, schema.tags[output.entity])


def _check_constant(of: str, field: Field, source: FieldSource) -> None:
    """A constant has the field's stored form; a reference's is a lookup key."""
    try:
        if isinstance(field.type, Reference):
            raise InvalidValue("a reference is looked up by a column")
        field.type.check(source.value)
    except InvalidValue as error:
        raise MappingInvalid(f"{of}: {field.name}: {error.detail}") from None

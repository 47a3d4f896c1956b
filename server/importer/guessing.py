"""Which column is which field: guessed from names, to be shown to a person, who decides.

First what the modules' own mappings say of a column, then names that are the same but for case,
spaces and signs, in every language that fields are called in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from server.importer.looking import Look
from server.importer.mapping import FieldSource, MappingFile, Output
from server.importer.mapping import Mapping as Known
from syncengine.model.entity import Entity, Field
from syncengine.model.fields import BlobReference, Bool, Json, Reference, Text, Timestamp
from syncengine.model.manifest import Schema

Labels = Mapping[str, Iterable[str]]  # field -> what it is called; "" -> what the rows are called
STEM = 4  # letters by which a compound begins like the name of the rows

KEYS = ("number", "login", "name")  # fields that identify a row, the best first
ALSO = {  # what leading systems call fields that are named like these
    "number": ("no", "nr", "id", "code", "key"),
    "postcode": ("zip", "zipcode", "postalcode", "plz"),
    "city": ("town", "ort"),
    "street": ("address", "addressline1", "strasse"),
    "phone": ("telephone", "tel", "phonenumber"),
    "owner": ("rep", "salesperson", "salespersonid", "ownerid"),
    "manager": ("managerid", "boss"),
}


def importable(entity: Entity) -> list[Field]:
    """The fields that a cell can fill."""
    return [f for f in entity.fields if not isinstance(f.type, Json | BlobReference | Timestamp)]


def lookups(schema: Schema, field: Field) -> list[str]:
    """The fields by which a cell names the row that this field refers to; none: it refers to
    nothing, or its rows have no names.
    """
    if not isinstance(field.type, Reference):
        return []
    target = schema.entities[field.type.entity]
    found = [n for n in KEYS if n in target.by_name]
    return (
        found
        + [
            f.name
            for f in target.fields
            if isinstance(f.type, Text) and f.type.limit <= 200 and f.name not in found
        ][:3]
    )


def entity_for(head: Sequence[str], known: Iterable[Known], allowed: Iterable[str]) -> str:
    """The kind of row that a module's mapping reads most columns for; empty: none fits."""
    names, allowed = set(head), set(allowed)
    fitting = [
        (len({s.column for s in target.output.fields.values() if s.column}), target.entity.name)
        for mapping in known
        for target in mapping.targets
        if target.entity.name in allowed and set(mapping.columns) <= names
    ]
    return max(fitting)[1] if fitting else ""


def guessed(
    schema: Schema, entity: Entity, seen: Look, known: Iterable[Known], labels: Labels
) -> MappingFile:
    """How the columns might go to the entity's fields; no more than a beginning."""
    columns: dict[str, FieldSource] = {}
    taken: set[str] = set()
    usual = _usual(entity, seen.head, known)
    for field in importable(entity):
        column = usual[field.name].column if field.name in usual else None
        column = column or _alike(entity, field, seen.head, labels, taken)
        if column is None:
            continue
        taken.add(column)
        columns[field.name] = _source(schema, field, column, seen, usual.get(field.name))
    keys = [name for name in KEYS if name in columns]
    return declared(schema, entity, seen, columns, keys[:1])


def declared(
    schema: Schema,
    entity: Entity,
    seen: Look,
    fields: Mapping[str, FieldSource],
    key: Sequence[str],
    mode: Literal["upsert", "update"] = "upsert",
    missing: Literal["keep", "deactivate"] = "keep",
) -> MappingFile:
    """As a mapping file would say it. A new row is active where no column says otherwise; so is
    every one of the file where others are deactivated.
    """
    given = dict(fields)
    active = entity.by_name.get("active")
    if active is not None and isinstance(active.type, Bool) and "active" not in given:
        leads: Literal["import", "portal"] = "import" if missing == "deactivate" else "portal"
        if mode == "upsert":
            given["active"] = FieldSource(value=True, leads=leads)
    output = Output(entity.name, list(key) or ["?"], given, mode, missing)
    encoding, delimiter = seen.encoding or "utf-8", seen.delimiter or ","
    return MappingFile("file", [output], encoding, delimiter)


def _usual(entity: Entity, head: Sequence[str], known: Iterable[Known]) -> dict[str, FieldSource]:
    """What the modules' mappings read for the entity, of columns that are there."""
    found: dict[str, FieldSource] = {}
    for mapping in known:
        for target in mapping.targets:
            if target.entity.name == entity.name and not target.output.where:
                for name, source in target.output.fields.items():
                    if source.column in head and not source.prefix:
                        found.setdefault(name, source)
    return found


def _alike(
    entity: Entity, field: Field, head: Sequence[str], labels: Labels, taken: set[str]
) -> str | None:
    wanted = [plain(n) for n in (field.name, *labels.get(field.name, ()))]
    wanted += [plain(n) for n in ALSO.get(field.name, ())]
    free = [column for column in head if column not in taken and head.count(column) == 1]
    for name in wanted:
        for column in free:
            if plain(column) == name:
                return column
    stems = {plain(name)[:STEM] for name in (entity.name, *labels.get("", ()))}
    for name in wanted:  # Kundennummer, CustomerNo
        for column in free:
            if plain(column)[:STEM] in stems and plain(column).endswith(name):
                return column
    return None


def plain(name: str) -> str:
    """Without what does not matter for being the same name."""
    return re.sub(r"[\W_]+", "", name.casefold().replace("\N{LATIN SMALL LETTER SHARP S}", "ss"))


def _source(
    schema: Schema, field: Field, column: str, seen: Look, usual: FieldSource | None
) -> FieldSource:
    by = lookups(schema, field)
    lookup = usual.lookup if usual is not None and usual.lookup in by else by[0] if by else None
    return FieldSource(
        column=column,
        lookup=lookup,
        decimal="," if seen.decimal.get(column) == "," else ".",
        date=seen.date.get(column, "%Y-%m-%d"),
        leads=usual.leads if usual is not None else "import",
    )

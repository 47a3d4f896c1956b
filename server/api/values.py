"""Values between the store and JSON: decimals as text, times with their zone, ids as text."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import re
from collections.abc import Mapping
from typing import Any

from syncengine.model.entity import Entity, Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import (
    BlobReference,
    Date,
    Decimal,
    Integer,
    Json,
    Reference,
    Stored,
    Timestamp,
)
from syncengine.model.ids import from_text, to_text
from syncengine.store.history import HistoryEntry
from syncengine.store.listing import Listed

_HEX = "[0-9a-fA-F]"
ID = f"^{_HEX}{{8}}-{_HEX}{{4}}-7{_HEX}{{3}}-[89abAB]{_HEX}{{3}}-{_HEX}{{12}}$"
DAY = r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
TIME = (
    r"^(19|20|21)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])T([01][0-9]|2[0-3]):[0-5][0-9]"
    r":[0-5][0-9](\.[0-9]{1,6})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)
HASH = f"^{_HEX}{{64}}$"


def decimal_pattern(kind: Decimal) -> str:
    """Of a decimal's text: no exponent, no blanks, no more digits than are kept."""
    digits = f"^-?[0-9]{{1,{19 - kind.scale}}}"
    return digits + (rf"(\.[0-9]{{1,{kind.scale}}})?$" if kind.scale else "$")


def told(field: Field, stored: Stored) -> Any:  # noqa: ANN401
    """A stored value as JSON carries it."""
    if stored is None:
        return None
    loaded = field.type.load(stored)
    match field.type:
        case Timestamp():
            assert isinstance(loaded, dt.datetime)
            return _zulu(loaded.isoformat())
        case Reference():
            return str(loaded)
        case BlobReference():
            assert isinstance(loaded, bytes)
            return loaded.hex()
        case Decimal():
            assert isinstance(loaded, decimal.Decimal)
            return f"{loaded:f}"
        case Date():
            return str(loaded)
    return loaded


def row_of(entity: Entity, row: Listed) -> dict[str, Any]:
    """A row."""
    values = {f.name: told(f, row.values[f.name]) for f in entity.fields}
    return {"id": to_text(row.id), "version": row.version, "values": values}


def entry_of(entity: Entity, entry: HistoryEntry) -> dict[str, Any]:
    """An entry of a row's history."""
    data = entry.as_data()
    data["label"] = data["label"] or None
    data |= {name: _zulu(data[name]) for name in ("received", "device_time") if data[name]}
    data |= {side: _retold(entity, data[side]) for side in ("before", "after")}
    data["losses"] = [
        {
            "field": loss["field"],
            **_retold(entity, {loss["field"]: loss["lost"]}, "lost"),
            **_retold(entity, {loss["field"]: loss["kept"]}, "kept"),
        }
        for loss in data["losses"]
    ]
    return {name: data[name] for name in ENTRY}


ENTRY = ("version", "received", "device_time", "source", "actor", "principal", "user", "label",
         "action", "before", "after", "losses")  # fmt: skip


def _retold(entity: Entity, values: Mapping[str, Any], as_name: str = "") -> dict[str, Any]:
    """Values of the history; instants as JSON carries them elsewhere."""
    times = {f.name for f in (*entity.fields, *entity.removed) if isinstance(f.type, Timestamp)}
    return {
        as_name or name: _zulu(dt.datetime.fromisoformat(value).isoformat())
        if name in times and isinstance(value, str)
        else value
        for name, value in values.items()
    }


def _zulu(text: str) -> str:
    return text.replace("+00:00", "Z")


def read(field: Field, value: object) -> Stored:
    """The stored form of what JSON carries; InvalidValue."""
    if value is None:
        return None
    match field.type:
        case Decimal() as kind:
            return kind.store(_text(value, decimal_pattern(kind), "a decimal as text expected"))
        case Timestamp() as kind:
            text = _text(value, TIME, "a time with its zone as in RFC 3339 expected")
            try:
                return kind.store(dt.datetime.fromisoformat(text))
            except (ValueError, OverflowError):
                raise InvalidValue("there is no such time") from None
        case Reference():
            return read_id(value)
        case BlobReference():
            return bytes.fromhex(_text(value, HASH, "64 hexadecimal digits expected"))
        case Json() as kind:
            return kind.store(value)
        case Integer() as kind if isinstance(value, float):
            raise InvalidValue("a whole number expected")
    return field.type.store(value)


def read_id(value: object) -> bytes:
    """The 16 bytes of an id; InvalidValue."""
    return from_text(_text(value, ID, "an id expected"))


def read_text(field: Field, text: str) -> Stored:
    """The stored form of a filter's value in an address, where all is text; nothing: empty."""
    if not text:
        return None
    match type(field.type).__name__:
        case "Bool" if text in ("true", "false"):
            return text == "true"
        case "Integer" if re.fullmatch(r"-?[0-9]{1,19}", text):
            return read(field, int(text))
        case "Json" | "Questionnaire" | "BlobReference":
            raise InvalidValue("rows are not found by values of this kind")
    return read(field, text)


def _text(value: object, pattern: str, expected: str) -> str:
    if not isinstance(value, str) or re.fullmatch(pattern.strip("^$"), value, re.ASCII) is None:
        raise InvalidValue(expected)
    return value


def quoted(name: object) -> str:
    """What somebody sent, cut, for a sentence about it; also what is no text."""
    return json.dumps(name, default=str)[:80]

"""Values between the store and a page: shown in the reader's way, read from what was typed."""

from __future__ import annotations

import datetime as dt
import decimal
import json
from collections.abc import Mapping

from server.portal.words import Words
from syncengine.model.entity import Field
from syncengine.model.errors import InvalidValue
from syncengine.model.fields import (
    EPOCH,
    MICROSECOND,
    BlobReference,
    Bool,
    Date,
    Decimal,
    Enum,
    Integer,
    Json,
    Reference,
    Stored,
    Text,
    Timestamp,
)


class Wrong(Exception):
    """What was typed does not fit; the sentence is in the reader's language."""


def shown(w: Words, field: Field, stored: Stored, titles: Mapping[tuple[str, bytes], str]) -> str:
    """As a person reads it; nothing for an empty value."""
    if stored is None:
        return ""
    match field.type:
        case Bool():
            return w("yes") if stored else w("no")
        case Enum():
            return w.choice(str(stored))
        case Reference() if isinstance(stored, bytes):
            return titles.get((field.name, stored), stored.hex()[:8])
        case BlobReference() if isinstance(stored, bytes):
            return stored.hex()[:12]
        case Decimal() | Integer():
            loaded = field.type.load(stored)
            assert not isinstance(loaded, bytes | str | dict | list)
            return w.number(loaded)  # type: ignore[arg-type]
        case Date():
            return w.day(dt.date.fromisoformat(str(stored)))
        case Timestamp() if isinstance(stored, int):
            return w.moment(stored)
        case _:
            return str(stored)


def retold(w: Words, field: Field | None, value: object) -> str:
    """A value as the history gives it, in the reader's way; of a removed field as it is."""
    if value is None or value == "":
        return "\N{EN DASH}"
    if isinstance(value, bool):
        return w("yes") if value else w("no")
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    try:
        match field.type if field else None:
            case Decimal() | Integer():
                return w.number(decimal.Decimal(str(value)))
            case Date():
                return w.day(dt.date.fromisoformat(str(value)))
            case Timestamp():
                moment = dt.datetime.fromisoformat(str(value))
                return w.moment((moment - EPOCH) // MICROSECOND)
            case Enum():
                return w.choice(str(value))
    except (ValueError, ArithmeticError):
        pass  # of another type in its time
    return str(value)


def typed(w: Words, field: Field, stored: Stored, numbers: Mapping[bytes, str]) -> str:
    """As an input's value; reading it again gives the same. numbers: of rows referred to."""
    if stored is None:
        return ""
    match field.type:
        case Bool():
            return "true" if stored else "false"
        case Reference() if isinstance(stored, bytes):
            return numbers.get(stored, stored.hex())
        case BlobReference() if isinstance(stored, bytes):
            return stored.hex()
        case Decimal():
            return w.number(field.type.load(stored))
        case Integer() if isinstance(stored, int):
            return w.number(stored)
        case Timestamp():
            local = field.type.load(stored)
            assert isinstance(local, dt.datetime)
            return local.astimezone(w.zone).replace(tzinfo=None).isoformat(timespec="seconds")[:16]
        case _:
            return str(stored)


def read(w: Words, field: Field, text: str) -> Stored:
    """The stored value of what was typed; Wrong. References are read elsewhere."""
    kind = field.type
    text = text.strip() if not isinstance(kind, Text) else text.replace("\r\n", "\n").strip()
    if not text:
        if field.required:
            raise Wrong(w("This is needed."))
        return None
    try:
        match kind:
            case Bool():
                if text not in ("true", "false"):
                    raise Wrong(w("Choose yes or no."))
                return text == "true"
            case Integer():
                whole = w.read_decimal(text)
                if whole != int(whole):
                    raise ValueError
                return kind.store(int(whole))
            case Decimal():
                return kind.store(w.read_decimal(text))
            case Date():
                return kind.store(dt.date.fromisoformat(text))
            case Timestamp():
                return kind.store(w.instant(dt.datetime.fromisoformat(text)))
            case BlobReference():
                return kind.store(bytes.fromhex(text))
            case Text() if len(text) > kind.limit:
                raise Wrong(w("At most %(limit)s characters.", limit=w.number(kind.limit)))
            case _:
                return kind.store(json.loads(text) if hint(field) == "json" else text)
    except Wrong:
        raise
    except InvalidValue as error:
        said = MESSAGES.get(hint(field))
        raise Wrong(w(said) if said else w.reason(error.code, error.detail)) from None
    except (ValueError, OverflowError):
        raise Wrong(w(MESSAGES.get(hint(field), "This does not fit."))) from None


MESSAGES = {
    "integer": "A whole number in the allowed range is needed.",
    "decimal": "A number is needed, with no more digits than are kept.",
    "date": "A day is needed.",
    "timestamp": "A day and a time are needed.",
    "enum": "Choose one of the list.",
    "json": "This is no valid JSON.",
    "bool": "Choose yes or no.",
}


def hint(field: Field) -> str:
    """Which input a field has."""
    kind = Json if isinstance(field.type, Json) else type(field.type)
    return kind.__name__.lower()

"""Values between the device and a page: shown in the reader's way, read from what was typed."""

from __future__ import annotations

import datetime as dt
import decimal
import json
import uuid

from device_sdk.device import Device
from device_sdk.forms import FormField
from device_sdk.screen.titles import named
from device_sdk.screen.words import Words
from syncengine.model.fields import Value


class Wrong(Exception):
    """What was typed does not fit; the sentence is in the reader's language."""


def shown(w: Words, device: Device, field: FormField, value: Value) -> str:
    """As a person reads it; nothing for an empty value and for a row without a name."""
    match value:
        case None:
            return ""
        case bool():
            return w("Yes") if value else w("No")
        case int() | decimal.Decimal():
            return w.number(value)
        case dt.datetime():
            return w.moment(value)
        case dt.date():
            return w.day(value)
        case uuid.UUID():
            return named(device, str(field.limits["entity"]), value)
        case bytes():
            return w("A photo or file")
        case str():
            return w.choice(value) if field.kind == "enum" else value
        case _:
            return json.dumps(value, ensure_ascii=False)


def typed(w: Words, value: Value) -> str:
    """As an input's value; reading it again gives the same."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case int() | decimal.Decimal():
            return w.number(value)
        case dt.datetime():
            return value.astimezone().replace(tzinfo=None).isoformat(timespec="minutes")
        case dt.date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case dict() | list():
            return json.dumps(value, ensure_ascii=False)
        case _:
            return str(value)


def read(w: Words, field: FormField, text: str) -> Value:
    """The value of what was typed; Wrong."""
    text = text.strip()
    if not text:
        if field.required:
            raise Wrong(w("This is needed."))
        return None
    limit = field.limits.get("limit")
    if field.kind == "text" and isinstance(limit, int) and len(text) > limit:
        raise Wrong(w("At most %(limit)s characters.", limit=w.number(limit)))
    try:
        value = _value(w, field, text)
    except (ValueError, OverflowError):
        raise Wrong(w(MESSAGES.get(field.kind, "This does not fit."))) from None
    if field.fault(value) is not None:
        raise Wrong(w(MESSAGES.get(field.kind, "This does not fit.")))
    return value


def _value(w: Words, field: FormField, text: str) -> Value:
    match field.kind:
        case "bool":
            return {"true": True, "false": False}[text] if text in ("true", "false") else _no(text)
        case "integer":
            number = w.read_decimal(text)
            return int(number) if number == int(number) else _no(text)
        case "decimal":
            return w.read_decimal(text)
        case "date":
            return dt.date.fromisoformat(text)
        case "timestamp":
            return dt.datetime.fromisoformat(text).astimezone()
        case "reference":
            return uuid.UUID(text)
        case "blobreference":
            return bytes.fromhex(text)
        case "json":
            loaded: Value = json.loads(text)
            return loaded
        case _:
            return text


def _no(text: str) -> Value:
    raise ValueError(text)


MESSAGES = {
    "integer": "A whole number in the allowed range is needed.",
    "decimal": "A number is needed, with no more digits than are kept.",
    "date": "A day is needed.",
    "timestamp": "A day and a time are needed.",
    "enum": "Choose one of the list.",
    "reference": "Choose one of the list.",
    "bool": "Choose yes or no.",
}

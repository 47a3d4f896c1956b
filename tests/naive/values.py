"""Ids, field types, changesets' checks and checksums, as the document defines them."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import math
import re
import struct
import uuid
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tests.naive.codec import Message, Wrong, malformed, read_message

LARGEST = 2**63 - 1
FIRST_INSTANT = -2_208_988_800_000_000  # 1900-01-01
END_OF_TIME = 7_258_118_400_000_000  # 2200-01-01
INSERT, UPDATE, DELETE = 0, 1, 2

WORDS = {
    "changeset": b"syncengine changeset 1\0",
    "outbox": b"syncengine outbox 1\0",
    "token": b"syncengine token 1\0",
}


def sign(key: Ed25519PrivateKey, of: str, data: bytes) -> bytes:
    """The signature of a changeset's body or of a challenge for a token."""
    return key.sign(WORDS[of] + data)


def uuid7(now: int, randomness: bytes) -> bytes:
    """From microseconds since 1970 and 10 random bytes, of which 62 bits are used."""
    milliseconds, rest = divmod(now, 1000)
    fraction = rest * 4096 // 1000
    head = milliseconds.to_bytes(6, "big") + (0x7000 | fraction).to_bytes(2, "big")
    return head + bytes([0x80 | randomness[0] & 0x3F]) + randomness[1:8]


def row_id(now: int, randomness: bytes, incarnation: bytes) -> bytes:
    """The id of a row made by this store."""
    return uuid7(now, randomness)[:12] + hashlib.sha256(incarnation).digest()[:4]


def is_id(value: Any) -> bool:
    """Whether it is a UUIDv7."""
    return type(value) is bytes and len(value) == 16 and value[6] >> 4 == 7 and value[8] >> 6 == 2


def row_hash(tag: int, row: bytes, version: int) -> int:
    """What one row adds to its bucket's sum."""
    hashed = tag.to_bytes(2, "big") + row + struct.pack(">Q", version)
    return int.from_bytes(hashlib.blake2b(hashed, digest_size=8).digest(), "big") % 2**63


def add_up(rows: dict[tuple[int, bytes], int]) -> tuple[int, int]:
    """(count, sum) of rows by (tag, id) with their versions."""
    return len(rows), sum(row_hash(tag, row, v) for (tag, row), v in rows.items()) % 2**63


def range_of(row: bytes, bits: int) -> int:
    """The number of the range, of 2^bits, that an id is in."""
    return (row[10] << 8 | row[11]) >> 16 - bits


def range_bits(rows: int) -> int:
    """Into how many ranges to divide a bucket of so many rows: about sqrt(8 * rows)."""
    return 0 if rows <= 32 else min(round(math.log2(8 * rows) / 2), 12)


def _text_fits(value: Any, limit: int) -> bool:
    return (
        type(value) is str
        and len(value) <= limit
        and "\0" not in value
        and not any("\ud800" <= c <= "\udfff" for c in value)
    )


def _depth_fits(value: Any, most: int, outside: int = 0) -> bool:
    inside = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(inside, list):
        return outside <= most and not (isinstance(value, float) and not math.isfinite(value))
    return outside <= most and all(_depth_fits(v, most, outside + 1) for v in inside)


def _json_fits(text: str, most: int) -> bool:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if not _depth_fits(value, most):
        return False
    written = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return written == text


def _day_fits(text: Any) -> bool:
    if type(text) is not str or not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return False
    try:
        return 1900 <= dt.date(*map(int, text.split("-"))).year < 2200
    except ValueError:
        return False


def _bounds(kind: str, arguments: list[Any]) -> tuple[int, int]:
    if kind == "timestamp":
        return FIRST_INSTANT, END_OF_TIME - 1
    low, high = arguments if kind == "integer" else (-LARGEST, LARGEST)
    return max(low, -LARGEST), min(high, LARGEST)


def fits(kind: str, arguments: list[Any], value: Any) -> bool:
    """Whether a value that is not empty is one of a field's type."""
    match kind:
        case "text":
            return _text_fits(value, arguments[0])
        case "json":
            return _text_fits(value, arguments[0]) and _json_fits(value, 16)
        case "questionnaire":  # whether it is a form is for the server to see
            return _text_fits(value, arguments[0]) and _json_fits(value, 21)
        case "enum":
            return value in arguments[0] if type(value) is str else False
        case "bool":
            return type(value) is bool
        case "date":
            return _day_fits(value)
        case "reference":
            return is_id(value)
        case "blobreference":
            return type(value) is bytes and len(value) == 32
    low, high = _bounds(kind, arguments)
    return type(value) is int and low <= value <= high


def show(kind: str, arguments: list[Any], value: Any) -> str:
    """A stored value as text for people."""
    match kind:
        case "decimal":
            digits = str(abs(value)).rjust(arguments[0] + 1, "0")
            cut = len(digits) - arguments[0]
            whole = digits[:cut] + ("." + digits[cut:] if arguments[0] else "")
            return ("-" if value < 0 else "") + whole
        case "timestamp":
            moment = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(microseconds=value)
            return moment.isoformat()
        case "reference":
            return str(uuid.UUID(bytes=value))
        case "blobreference":
            return str(value.hex())
        case "bool":
            return "true" if value else "false"
    return str(value)


def read_changeset(body: bytes, entities: dict[int, Any], modules: dict[str, int]) -> Message:
    """A body as the server reads it."""
    if len(body) > 1_048_576:
        raise Wrong("request.too_large")
    _, found = read_message(body, "WireChangeset", "WireSplitChangeset")
    behind = found.get("behind", {"part": 1, "version": 0})
    if not (1 <= behind["part"] <= 255 and 0 <= behind["version"] <= found["version"]):
        raise malformed("what is behind")
    if not all(is_id(found[name]) for name in ("id", "incarnation", "actor")):
        raise malformed("id expected")
    if not (1 <= found["sequence"] < 2**53 and 0 <= found["version"] < 2**63):
        raise malformed("sequence or version")
    if not -(2**63) <= found["device_time"] < 2**63:
        raise malformed("time")
    if not 1 <= len(found["operations"]) <= 2_000:
        raise Wrong("request.too_large")
    needs = found["needs"]
    if len(needs) > 64 or any(not 1 <= n < found["sequence"] for n in needs):
        raise malformed("needs")
    if any(modules.get(name) != version for name, version in found["modules"]):
        raise Wrong("protocol.upgrade_required")
    for operation in found["operations"]:
        _check(operation, entities)
    return found


def _check(operation: Message, entities: dict[int, Any]) -> None:
    entity = entities.get(operation["tag"])
    if entity is None:
        raise Wrong("schema.unknown")
    if operation["action"] not in (INSERT, UPDATE, DELETE) or not is_id(operation["row"]):
        raise malformed("action or row")
    fields = dict(operation["fields"])
    if len(fields) != len(operation["fields"]):
        raise malformed("a field twice")
    if (operation["action"] == DELETE) != (not fields):
        raise malformed("fields of a delete, or none")
    known = {f["number"]: f for f in [*entity["fields"], *entity["removed"]]}
    for number, value in fields.items():
        if number not in known:
            raise Wrong("schema.unknown")
        field = known[number]
        if value is None and field["required"]:
            raise Wrong("value.invalid")
        if value is not None and not fits(field["type"], field["arguments"], value):
            raise Wrong("value.invalid")
    if operation["action"] == INSERT:
        missing = [f for f in entity["fields"] if f["required"] and f["number"] not in fields]
        if missing:
            raise Wrong("value.invalid")

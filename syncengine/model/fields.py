"""Typed fields. A value has two forms: what programs use, and the *stored* form.

The stored form is the same on the wire, in the server's tables and on the device, so that a pull
moves bytes: text str, integer int, decimal int of 10**-scale units, bool bool, date "YYYY-MM-DD",
timestamp int microseconds since 1970 UTC, enum str, JSON canonical text, reference 16 bytes,
blob reference 32 bytes (SHA-256). There is no float: money is decimal, coordinates too.
"""

from __future__ import annotations

import datetime as dt
import decimal
import json
import math
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from syncengine.model.errors import InvalidValue
from syncengine.model.ids import is_id

Stored = str | int | bool | bytes | None
Value = (
    str
    | int
    | bool
    | decimal.Decimal
    | dt.date
    | dt.datetime
    | uuid.UUID
    | bytes
    | list[object]
    | dict[str, object]
    | None
)

INT64_MAX = 2**63 - 1
EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MICROSECOND = dt.timedelta(microseconds=1)
EARLIEST = int(dt.datetime(1900, 1, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000
LATEST = int(dt.datetime(2200, 1, 1, tzinfo=dt.UTC).timestamp()) * 1_000_000
MAX_TEXT = 65_536
EXACT = decimal.Context(prec=60)  # more digits than any value that is let through
MAX_JSON_DEPTH = 16


@dataclass(frozen=True)
class FieldType:
    """One kind of value. Subclasses give the two directions and the check of a stored value."""

    def check(self, stored: object) -> None:
        """Raise InvalidValue unless `stored` is a well-formed stored value (never None)."""
        raise NotImplementedError

    def store(self, value: object) -> Stored:
        """The stored form of a program's value; InvalidValue when it does not fit."""
        self.check(value)
        assert isinstance(value, str | int | bytes)
        return value

    def load(self, stored: Stored) -> Value:
        """A program's value from a checked stored one."""
        return stored


def _text(stored: object, limit: int) -> str:
    if not isinstance(stored, str):
        raise InvalidValue("text expected")
    if len(stored) > limit:
        raise InvalidValue(f"at most {limit} characters allowed, {len(stored)} given")
    if "\x00" in stored:
        raise InvalidValue("text holds a NUL character")
    if not stored.isascii():
        try:
            stored.encode("utf-8")
        except UnicodeEncodeError:
            raise InvalidValue("text holds half of a surrogate pair") from None
    return stored


def _integer(stored: object, low: int, high: int) -> int:
    if isinstance(stored, bool) or not isinstance(stored, int):
        raise InvalidValue("integer expected")
    if not low <= stored <= high:
        raise InvalidValue(f"must lie between {low} and {high}")
    return stored


@dataclass(frozen=True)
class Text(FieldType):
    """Unicode text of at most `limit` characters, without NUL."""

    limit: int = 200

    def check(self, stored: object) -> None:
        _text(stored, self.limit)


@dataclass(frozen=True)
class Integer(FieldType):
    """A 64-bit integer, optionally bounded."""

    low: int = -INT64_MAX
    high: int = INT64_MAX

    def check(self, stored: object) -> None:
        _integer(stored, self.low, self.high)


@dataclass(frozen=True)
class Decimal(FieldType):
    """An exact decimal with `scale` digits behind the point, stored as an integer of 10**-scale."""

    scale: int = 2

    def check(self, stored: object) -> None:
        _integer(stored, -INT64_MAX, INT64_MAX)

    def store(self, value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, decimal.Decimal | int | str):
            raise InvalidValue("decimal expected (Decimal, int or text; never float)")
        try:
            # Python would read the digits of any script
            exact = decimal.Decimal(value if str(value).isascii() else "")
            if not exact.is_finite() or exact.adjusted() > 18:
                raise InvalidValue("decimal out of range")
            units = int(exact.scaleb(self.scale, EXACT))
        except decimal.InvalidOperation:
            raise InvalidValue("not a decimal number") from None
        if decimal.Decimal(units).scaleb(-self.scale, EXACT) != exact:
            raise InvalidValue(f"at most {self.scale} digits allowed behind the point")
        return _integer(units, -INT64_MAX, INT64_MAX)

    def load(self, stored: Stored) -> decimal.Decimal:
        assert isinstance(stored, int)
        return decimal.Decimal(stored).scaleb(-self.scale)


@dataclass(frozen=True)
class Bool(FieldType):
    """True or false; never 0 or 1."""

    def check(self, stored: object) -> None:
        if not isinstance(stored, bool):
            raise InvalidValue("true or false expected")

    def load(self, stored: Stored) -> bool:
        return bool(stored)  # SQLite hands 0 and 1 back


@dataclass(frozen=True)
class Date(FieldType):
    """A calendar day between 1900 and 2199, stored as "YYYY-MM-DD"."""

    def check(self, stored: object) -> None:
        text = _text(stored, 10)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise InvalidValue("a day as YYYY-MM-DD expected") from None
        if day.isoformat() != text or not 1900 <= day.year < 2200:
            raise InvalidValue("a day as YYYY-MM-DD between 1900 and 2199 expected")

    def store(self, value: object) -> str:
        if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
            value = value.isoformat()
        self.check(value)
        assert isinstance(value, str)
        return value

    def load(self, stored: Stored) -> dt.date:
        return dt.date.fromisoformat(str(stored))


@dataclass(frozen=True)
class Timestamp(FieldType):
    """An instant between 1900 and 2199; a program gives a datetime with a zone."""

    def check(self, stored: object) -> None:
        _integer(stored, EARLIEST, LATEST - 1)

    def store(self, value: object) -> int:
        if not isinstance(value, dt.datetime) or value.tzinfo is None:
            raise InvalidValue("a date and time with its zone expected")
        return _integer((value - EPOCH) // MICROSECOND, EARLIEST, LATEST - 1)

    def load(self, stored: Stored) -> dt.datetime:
        assert isinstance(stored, int)
        return EPOCH + stored * MICROSECOND


@dataclass(frozen=True)
class Enum(FieldType):
    """One of a fixed list of words."""

    values: tuple[str, ...] = ()

    def check(self, stored: object) -> None:
        if _text(stored, 200) not in self.values:
            raise InvalidValue(f"must be one of: {', '.join(self.values)}")

    def store(self, value: object) -> str:
        text = value.value if isinstance(value, StrEnum) else value
        self.check(text)
        return str(text)


def _check_json(value: object, deepest: int, depth: int = 0) -> None:
    if depth > deepest:
        raise InvalidValue(f"JSON nested deeper than {deepest}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValue("JSON knows no NaN and no infinity")
    children = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for child in children:  # type: ignore[attr-defined]
            _check_json(child, deepest, depth + 1)


def _no_constant(name: str) -> object:
    raise InvalidValue(f"JSON knows no {name}")


@dataclass(frozen=True)
class Json(FieldType):
    """A JSON value, stored as canonical text (sorted keys, no blanks) of at most `limit`
    characters.
    """

    deepest: ClassVar[int] = MAX_JSON_DEPTH

    limit: int = 16_384

    def check(self, stored: object) -> None:
        text = _text(stored, self.limit)
        try:
            value = json.loads(text, parse_constant=_no_constant)
        except (ValueError, RecursionError):
            raise InvalidValue("not JSON") from None
        if self.store(value) != text:
            raise InvalidValue("JSON is not in its canonical form")

    def store(self, value: object) -> str:
        _check_json(value, self.deepest)
        try:
            text = json.dumps(
                value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
            )
        except (TypeError, ValueError):
            raise InvalidValue("not a JSON value") from None
        return _text(text, self.limit)

    def load(self, stored: Stored) -> Value:
        loaded: Value = json.loads(str(stored))
        return loaded


@dataclass(frozen=True)
class Reference(FieldType):
    """The id of a row of `entity`. `dangling`: the referenced row may be absent from the device."""

    entity: str = ""
    dangling: bool = False

    def check(self, stored: object) -> None:
        if not is_id(stored):
            raise InvalidValue(f"the id of a row of {self.entity} expected")

    def store(self, value: object) -> bytes:
        stored = value.bytes if isinstance(value, uuid.UUID) else value
        self.check(stored)
        assert isinstance(stored, bytes)
        return stored

    def load(self, stored: Stored) -> uuid.UUID:
        assert isinstance(stored, bytes)
        return uuid.UUID(bytes=stored)


@dataclass(frozen=True)
class BlobReference(FieldType):
    """The SHA-256 of an attachment's bytes."""

    def check(self, stored: object) -> None:
        if not isinstance(stored, bytes) or len(stored) != 32:
            raise InvalidValue("the 32 bytes of a SHA-256 expected")


FIELD_TYPES: dict[str, type[FieldType]] = {
    t.__name__.lower(): t
    for t in (Text, Integer, Decimal, Bool, Date, Timestamp, Enum, Json, Reference, BlobReference)
}

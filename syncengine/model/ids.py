"""Row, changeset, seat and epoch ids: UUIDv7 (RFC 9562), held as 16 bytes inside, shown as text
outside.
"""

from __future__ import annotations

import hashlib
import uuid

ID_BYTES = 16
ZERO_ID = bytes(ID_BYTES)


def uuid7(now: int, randomness: bytes) -> bytes:
    """A UUIDv7 from `now` (microseconds since 1970, UTC) and 10 bytes of randomness.

    The 12 bits after the millisecond carry its fraction (RFC 9562, 6.2 method 3), so that ids made
    in a row by one maker ascend and land at the end of an index.
    """
    if len(randomness) != 10:
        raise ValueError("a UUIDv7 takes 10 random bytes")
    milliseconds, rest = divmod(now, 1000)
    fraction = rest * 4096 // 1000
    tail = int.from_bytes(randomness[:8], "big") & (2**62 - 1)
    value = milliseconds << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | tail
    return value.to_bytes(ID_BYTES, "big")


def binding(incarnation: bytes) -> bytes:
    """The 4 bytes that end every row id made by a store: the head of SHA-256 over its
    incarnation.
    """
    return hashlib.sha256(incarnation).digest()[:4]


def derived_id(source: bytes, *what: bytes) -> bytes:
    """A UUIDv7 that follows from another one, whose time it has, and from what it is for: made
    again, it is the same.
    """
    digest = hashlib.sha256(b"\0".join((source, *what))).digest()
    version, variant = 0x70 | digest[0] & 0x0F, 0b10 << 6 | digest[1] & 0x3F
    return source[:6] + bytes((version, digest[2], variant)) + digest[3:10]


def bound_uuid7(now: int, randomness: bytes, incarnation: bytes) -> bytes:
    """A UUIDv7 for a row made by the store `incarnation`, ending in that store's binding.

    The server takes inserts under such ids only, so an insert never tells whether a foreign id
    exists.
    """
    return uuid7(now, randomness)[:12] + binding(incarnation)


def is_bound(row_id: bytes, incarnation: bytes) -> bool:
    """Whether `row_id` was made by the store `incarnation`."""
    return row_id[12:] == binding(incarnation)


def is_id(value: object) -> bool:
    """Whether `value` is 16 bytes with the version and variant bits of a UUIDv7."""
    return (
        isinstance(value, bytes)
        and len(value) == ID_BYTES
        and value[6] >> 4 == 0x7
        and value[8] >> 6 == 0b10
    )


def to_text(value: bytes) -> str:
    """The usual 36-character form."""
    return str(uuid.UUID(bytes=value))


def from_text(text: str) -> bytes:
    """The 16 bytes of a 36-character id; ValueError when it is none."""
    return uuid.UUID(text).bytes

"""The checksum of a set of rows: their count, and the sum modulo 2**63 of one hash a row
(63 bits, so that the sum fits the signed integers of every database).

Adding and removing rows in any order gives the same sum, so it is kept up in the write.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from hashlib import blake2b

MODULUS = 2**63
RANGE_BITS = 16  # of a row id: bytes 11 and 12, random in every id, also in one made on a device
_KEY = struct.Struct(">H16sQ")


def row_hash(tag: int, row_id: bytes, version: int) -> int:
    """BLAKE2b-64 over entity tag (2 bytes), row id (16) and row version (8), big endian."""
    digest = blake2b(_KEY.pack(tag, row_id, version), digest_size=8).digest()
    return int.from_bytes(digest, "big") % MODULUS


def rows_sum(tag: int, rows: Iterable[tuple[bytes, int]]) -> int:
    """The sum over (row id, row version) pairs of one entity."""
    pack = _KEY.pack
    digests = b"".join([blake2b(pack(tag, i, v), digest_size=8).digest() for i, v in rows])
    total: int = sum(struct.unpack(f">{len(digests) // 8}Q", digests)) % MODULUS
    return total


def range_of(row_id: bytes, bits: int) -> int:
    """Which of 2**bits ranges of row ids this one is in: the first bits of its bytes 11 and 12."""
    return int.from_bytes(row_id[10:12], "big") >> (RANGE_BITS - bits)

"""Rows of a bucket by tag, id and version, with the hash of each, their count and their sum.

`ranges`: for some bits, the number of the range that the row is in: [bits, number] each.
"""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.model.checksum import range_of, row_hash
from syncengine.model.ids import bound_uuid7
from tests.protocol.vectors.sample import INCARNATION, NOW, TAG, Case, an_id, plain

BITS = (0, 1, 7, 8, 9, 12)


def make() -> Iterator[Case]:
    """The cases."""
    rows = [(TAG["customer"], an_id(i), i * 1000) for i in range(1, 6)]
    made = bound_uuid7(NOW, bytes.fromhex("00010203040506070809"), INCARNATION)
    for name, some in (
        ("empty", []),
        ("one row", rows[:1]),
        ("version 0", [(1, an_id(1), 0)]),
        ("the largest numbers", [(0xFFFF, b"\xff" * 16, 2**63 - 1)]),
        ("the same row in another version", [(*rows[0][:2], 1001)]),
        ("the same id in another entity", [(TAG["note"], *rows[0][1:])]),
        ("beyond 2^63", rows),
        (
            "ids from the server and from a device",
            [(TAG["note"], i, 7) for i in (an_id(201), made)],
        ),
    ):
        hashes = [row_hash(*row) for row in some]
        yield plain(
            {
                "name": name,
                "rows": [
                    {
                        "tag": t,
                        "id": i,
                        "version": v,
                        "hash": h,
                        "ranges": [(bits, range_of(i, bits)) for bits in BITS],
                    }
                    for (t, i, v), h in zip(some, hashes, strict=True)
                ],
                "count": len(some),
                "sum": sum(hashes) % 2**63,
            }
        )

"""Rows of a bucket by tag, id and version, with the hash of each, their count and their sum."""

from __future__ import annotations

from collections.abc import Iterator

from syncengine.model.checksum import row_hash
from tests.protocol.vectors.sample import TAG, Case, an_id, plain


def make() -> Iterator[Case]:
    """The cases."""
    rows = [(TAG["customer"], an_id(i), i * 1000) for i in range(1, 6)]
    for name, some in (
        ("empty", []),
        ("one row", rows[:1]),
        ("version 0", [(1, an_id(1), 0)]),
        ("the largest numbers", [(0xFFFF, b"\xff" * 16, 2**63 - 1)]),
        ("the same row in another version", [(*rows[0][:2], 1001)]),
        ("the same id in another entity", [(TAG["note"], *rows[0][1:])]),
        ("beyond 2^63", rows),
    ):
        hashes = [row_hash(*row) for row in some]
        yield plain(
            {
                "name": name,
                "rows": [
                    {"tag": t, "id": i, "version": v, "hash": h}
                    for (t, i, v), h in zip(some, hashes, strict=True)
                ],
                "count": len(some),
                "sum": sum(hashes) % 2**63,
            }
        )

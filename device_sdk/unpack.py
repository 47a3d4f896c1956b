"""Unpacking what arrives: the records of a chunk, decoded in one go.

In the thread that writes. A thread of its own for it was measured and costs time: SQLite gives the
interpreter back for moments only, row by row, and waits whenever the other thread has it. What the
network has to wait for overlaps all the same, in the socket's buffers.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property

from syncengine.model.checksum import rows_sum
from syncengine.model.errors import Malformed
from syncengine.model.fields import Stored
from syncengine.protocol.messages import Chunk, Cursor, Section, decode_rows


class Piece:
    """A section of a chunk, its records decoded: [version, id, values...] each."""

    def __init__(self, section: Section) -> None:
        self.bucket = section.bucket
        self.tag = section.tag
        self.records: list[list[Stored]] = decode_rows(section)
        if self.records and min(map(len, self.records)) < len(("version", "id")):
            raise Malformed("a record is a version, an id and values")
        self.also = section.also
        self.left = section.left

    @cached_property
    def sum(self) -> int:
        """The checksum of the records."""
        return records_sum(self.tag, self.records)


@dataclass(frozen=True)
class Unpacked:
    """A chunk whose records are decoded."""

    pieces: list[Piece]
    cursors: list[Cursor]

    @property
    def rows(self) -> int:
        """How many rows it brings or names."""
        return sum(len(p.records) + len(p.also) for p in self.pieces)

    @property
    def left(self) -> int:
        """How many rows it takes away."""
        return sum(len(p.left) for p in self.pieces)


def unpack(chunk: Chunk) -> Unpacked:
    """Malformed when a record cannot be decoded."""
    return Unpacked([Piece(section) for section in chunk.sections], chunk.cursors)


def records_sum(tag: int, records: list[list[Stored]]) -> int:
    """The checksum of records of one entity; Malformed when their ids or versions are none."""
    try:
        return rows_sum(tag, [(r[1], r[0]) for r in records])  # type: ignore[misc]
    except struct.error:
        raise Malformed("a record begins with its version and its id") from None

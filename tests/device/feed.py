"""The fake's pulls: each granted bucket beyond its cursor, in chunks, and an honest checkpoint."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from syncengine.model.checksum import MODULUS, range_of, row_hash
from syncengine.model.fields import Stored
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.messages import (
    BucketSum,
    Checkpoint,
    Chunk,
    Cursor,
    Granted,
    Grants,
    Hello,
    Range,
    Ranges,
    Repair,
    Section,
    Struct,
)

END = 0xFFFF
Key = tuple[int, bytes]
Due = tuple[int, int, bytes, bool]  # version, tag, row, whether it left


@dataclass
class Bucket:
    """present: row -> the version at which it last changed here. left: row -> when it went."""

    kind: str
    key: bytes
    reason: str = "own"
    present: dict[Key, int] = field(default_factory=dict)
    left: dict[Key, int] = field(default_factory=dict)

    def due(self, cursor: tuple[int, int, bytes], with_left: bool) -> list[Due]:
        """The records beyond a cursor, in order."""
        found = [(v, *k, False) for k, v in self.present.items() if (v, *k) > cursor]
        if with_left:
            found += [(v, *k, True) for k, v in self.left.items() if (v, *k) > cursor]
        return sorted(found)


class Contents(Protocol):
    """What a pull reads of the fake."""

    epoch: bytes
    version: int
    chunk_rows: int
    rows: dict[Key, tuple[int, list[Stored]]]
    buckets: dict[int, Bucket]
    granted: list[int]


def pull(server: Contents, hello: Hello, held: list[object] | None) -> list[Struct]:
    """Grants where the device has to learn something, chunks, checkpoint."""
    version, numbers = (held[1], held[2]) if held else (0, [])
    assert isinstance(version, int)
    assert isinstance(numbers, list)
    cursors = dict.fromkeys(numbers, (version, END, ZERO_ID))
    if hello.epoch == server.epoch:
        cursors |= {c.bucket: (c.version, c.tag, c.row) for c in hello.cursors}
    repair = {r.bucket for r in hello.repair}
    for bucket in [r.bucket for r in hello.repair if not r.sums]:
        cursors.pop(bucket, None)
    fresh = {n for n in server.granted if n not in cursors}
    messages: list[Struct] = []
    if fresh or hello.cursors or numbers != server.granted:
        messages.append(Grants([grant(server, n) for n in server.granted], sorted(fresh)))
    for number in server.granted:
        due = server.buckets[number].due(cursors.get(number, (0, 0, ZERO_ID)), number not in fresh)
        omits = number in fresh and number not in repair
        earlier = [server.buckets[n] for n in server.granted if n < number] if omits else []
        for start in range(0, len(due), server.chunk_rows):
            messages.append(_chunk(server, number, due[start : start + server.chunk_rows], earlier))
    for asked in hello.repair:
        if asked.sums and asked.bucket in cursors and asked.bucket in server.granted:
            messages += _ranges(server, asked)
    return [*messages, checkpoint(server)]


def _ranges(server: Contents, asked: Repair) -> list[Struct]:
    """The ranges that differ, and their rows."""
    keys: dict[int, dict[Key, int]] = {number: {} for number in range(2**asked.bits)}
    for key in server.buckets[asked.bucket].present:
        keys[range_of(key[1], asked.bits)][key] = 0
    sums = {number: _sum(0, some, server.rows) for number, some in keys.items()}
    wrong = [n for n, s in sums.items() if (s.count, s.sum) != tuple(asked.sums[n])]
    if not wrong:
        return []
    sections = [
        section(asked.bucket, tag, [[server.rows[tag, row][0], row, *server.rows[tag, row][1]]])
        for number in wrong
        for tag, row in keys[number]
    ]
    ranges = Ranges([Range(asked.bucket, asked.bits, number) for number in wrong])
    return [ranges, Chunk(sections, [])]


def grant(server: Contents, number: int) -> Granted:
    """A line of Grants."""
    bucket = server.buckets[number]
    return Granted(number, bucket.kind, bucket.key, bucket.reason, ZERO_ID, None, None, None)


def _chunk(server: Contents, number: int, due: Sequence[Due], earlier: Sequence[Bucket]) -> Chunk:
    sections = []
    for tag in dict.fromkeys(d[1] for d in due):
        rows: list[list[Stored]] = []
        also, left = [], []
        for _, of, row_id, gone in due:
            if of != tag:
                continue
            if gone:
                left.append(row_id)
                continue
            version, values = server.rows[tag, row_id]
            if any((tag, row_id) in b.present for b in earlier):
                also.append((row_id, version))
            else:
                rows.append([version, row_id, *values])
        sections.append(section(number, tag, rows, also, left))
    moved, tag, row_id, _ = due[-1]
    return Chunk(sections, [Cursor(number, moved, tag, row_id)])


def checkpoint(server: Contents) -> Checkpoint:
    """The checkpoint of this moment."""
    token = msgspec.msgpack.encode([server.epoch, server.version, server.granted])
    sums = [_sum(number, server.buckets[number].present, server.rows) for number in server.granted]
    return Checkpoint(
        token, server.epoch, server.version, sums,
        sum(s.count for s in sums), sum(s.sum for s in sums) % MODULUS,
    )  # fmt: skip


def _sum(
    number: int, keys: Mapping[Key, int], rows: Mapping[Key, tuple[int, list[Stored]]]
) -> BucketSum:
    total = sum(row_hash(*key, rows[key][0]) for key in keys) % MODULUS
    return BucketSum(number, len(keys), total)


def section(
    bucket: int,
    tag: int,
    rows: Sequence[Sequence[Stored]] = (),
    also: Sequence[tuple[bytes, int]] = (),
    left: Sequence[bytes] = (),
) -> Section:
    """A section of a chunk."""
    return Section(bucket, tag, msgspec.Raw(msgspec.msgpack.encode(rows)), list(also), list(left))

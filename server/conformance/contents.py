"""What a client holds after an answer, by the document's rules: buckets, rows, sums."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from server.conformance.check import Failed, expect
from server.conformance.wire import Answer
from syncengine.model.checksum import MODULUS, range_of, row_hash
from syncengine.protocol.messages import (
    BucketSum,
    Checkpoint,
    Chunk,
    Cursor,
    Grants,
    Ranges,
    Repair,
    Response,
    decode_rows,
)

Key = tuple[int, bytes]  # tag, row


@dataclass
class Contents:
    """buckets: the version of each row by bucket. rows: the last record of each row."""

    buckets: dict[int, dict[Key, int]] = field(default_factory=dict)
    rows: dict[Key, list[object]] = field(default_factory=dict)
    cursors: dict[int, Cursor] = field(default_factory=dict)

    def take(self, messages: Iterable[Response]) -> None:
        """What comes before a checkpoint."""
        for message in messages:
            if isinstance(message, Grants):
                listed = {g.bucket for g in message.grants}
                self.buckets = {n: self.buckets.get(n, {}) for n in listed}
                self.cursors = {n: c for n, c in self.cursors.items() if n in listed}
                for number in message.fresh:
                    self.buckets[number] = {}
                    self.cursors.pop(number, None)
            elif isinstance(message, Ranges):
                for r in message.ranges:
                    held = self.buckets.get(r.bucket, {})
                    for key in [k for k in held if range_of(k[1], r.bits) == r.number]:
                        del held[key]
            elif isinstance(message, Chunk):
                self._chunk(message)

    def _chunk(self, chunk: Chunk) -> None:
        for section in chunk.sections:
            if section.bucket not in self.buckets:
                raise Failed(f"a chunk has rows of bucket {section.bucket}, which is not granted")
            bucket = self.buckets[section.bucket]
            for record in decode_rows(section):
                self.rows[section.tag, record[1]] = record
                bucket[section.tag, record[1]] = record[0]
            for row, version in section.also:
                held = self.rows.get((section.tag, row))
                expect(held is not None and held[0] == version, "`also` names a row never sent")
                bucket[section.tag, row] = version
            for row in section.left:
                bucket.pop((section.tag, row), None)
        self.cursors |= {c.bucket: c for c in chunk.cursors}

    def sums(self) -> list[BucketSum]:
        """Count and sum of each bucket."""
        return [
            BucketSum(
                number, len(rows), sum(row_hash(*key, self._version(key)) for key in rows) % MODULUS
            )
            for number, rows in sorted(self.buckets.items())
        ]

    def asked(self, bucket: int, bits: int) -> Repair:
        """What is here of a bucket, range by range."""
        sums = [(0, 0)] * 2**bits
        for key in self.buckets[bucket]:
            count, total = sums[number := range_of(key[1], bits)]
            sums[number] = (count + 1, (total + row_hash(*key, self._version(key))) % MODULUS)
        return Repair(bucket, bits, sums)

    def _version(self, key: Key) -> int:
        version = self.rows[key][0]
        assert isinstance(version, int)
        return version

    def compare(self, checkpoint: Checkpoint) -> None:
        """Failed when counts and sums are not those of the checkpoint."""
        own = {s.bucket: s for s in self.sums()}
        for stated in checkpoint.buckets:
            expect(own.get(stated.bucket) == stated, f"bucket {stated.bucket} does not add up")
        count = sum(s.count for s in own.values())
        total = sum(s.sum for s in own.values()) % MODULUS
        expect((count, total) == (checkpoint.count, checkpoint.sum), "the total does not add up")


def checkpoint_of(answer: Answer) -> Checkpoint:
    """The checkpoint that an answer ends with."""
    last = answer.messages[-1] if answer.messages else None
    if answer.wrong or not isinstance(last, Checkpoint):
        came = answer.wrong or (type(last).__name__ if last else f"status {answer.status}")
        raise Failed(f"expected an answer that ends in a Checkpoint, came: {came}")
    return last

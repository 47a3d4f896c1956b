"""An unfinished pull of the naive client: what is staged, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.naive.codec import Message
from tests.naive.values import add_up, range_bits, range_of

Key = tuple[int, bytes]
Rows = dict[Key, list[Any]]


@dataclass
class Pull:
    """What is staged: as the published state will be, if it adds up."""

    epoch: bytes
    grants: list[Message]
    buckets: dict[int, dict[Key, int]]
    rows: Rows
    cursors: dict[int, Message] = field(default_factory=dict)
    also: dict[int, dict[Key, int]] = field(default_factory=dict)

    def empty(self, numbers: list[int]) -> None:
        """These buckets come from the start."""
        for number in numbers:
            self.buckets[number] = {}
            self.cursors.pop(number, None)
            self.also.pop(number, None)

    def void(self, message: Message) -> None:
        """What is staged in these ranges does not count any more."""
        for r in message["ranges"]:
            for rows in (self.buckets[r["bucket"]], self.also.get(r["bucket"], {})):
                for key in [k for k in rows if range_of(k[1], r["bits"]) == r["number"]]:
                    del rows[key]

    def _here(self, bucket: int) -> dict[Key, int]:
        """The bucket's rows that are here, in the versions that they have."""
        return {k: self.rows[k][0] for k in self.buckets[bucket] if k in self.rows}

    def differing(self, message: Message) -> list[int]:
        """The buckets that are not what a checkpoint says."""
        sums = {number: add_up(self._here(number)) for number in self.buckets}
        wrong = set(self.differing_of(message["buckets"])) | self._lacking()
        count = sum(count for count, _ in sums.values())
        total = sum(total for _, total in sums.values()) % 2**63
        if not wrong and (count, total) != (message["count"], message["sum"]):
            wrong = set(sums)
        return sorted(wrong & sums.keys())

    def differing_of(self, told: list[Message]) -> list[int]:
        """Of some buckets with their sums, those that are not that."""
        sums = {n: add_up(self._here(n)) for b in told if (n := b["bucket"]) in self.buckets}
        wrong = {b["bucket"] for b in told if sums.get(b["bucket"]) != (b["count"], b["sum"])}
        return sorted(wrong | (self._lacking() & sums.keys()))

    def _lacking(self) -> set[int]:
        """The buckets that named a row which is not here in that version."""
        return {
            number
            for number, rows in self.also.items()
            if any(key not in self.rows or self.rows[key][0] != v for key, v in rows.items())
        }

    def ask(self, buckets: list[int], ranged: bool) -> list[Message]:
        """What to ask about buckets that differ: the sums of their ranges, or all of them."""
        if not ranged:
            self.empty(buckets)
            return [{"bucket": bucket, "bits": 0, "sums": []} for bucket in buckets]
        asked = []
        for bucket in buckets:
            here = self._here(bucket)
            bits = range_bits(len(here))
            parts: list[dict[Key, int]] = [{} for _ in range(2**bits)]
            for key, version in here.items():
                parts[range_of(key[1], bits)][key] = version
            asked.append({"bucket": bucket, "bits": bits, "sums": [add_up(p) for p in parts]})
        return asked

"""Repair by ranges: a device says what it holds of a bucket, in sums over ranges of row ids; those
that differ are sent again whole.

The sums are compared, and the rows sent, in snapshots in which the device has all of the feed. So
what is sent is never newer than the bucket's cursor, and a row that leaves later is told as usual.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from syncengine.model.checksum import MODULUS, range_of, row_hash
from syncengine.model.ids import ZERO_ID
from syncengine.protocol.limits import CATCH_UP_CHUNK_ROWS, CHUNK_BYTES, CHUNK_ROWS
from syncengine.protocol.messages import Chunk, Range, Ranges, Repair, Section, Struct
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.feed import RECORD_BYTES, Piece, section
from syncengine.store.working import batches

Place = tuple[int, bytes]  # tag and row: up to there a bucket was read
BEGIN: Place = (0, ZERO_ID)
PAGE_ROWS = 1_000  # read at once; a chunk may have as many more than it should

_m, _r = t.membership.c, t.record.c
_PAGE = (
    sa.select(_m.tag, _m.row_id, _r.version)
    .join_from(t.membership, t.record, sa.and_(_r.tag == _m.tag, _r.row_id == _m.row_id))
    .where(
        _m.bucket == sa.bindparam("bucket"),
        sa.tuple_(_m.tag, _m.row_id) > sa.tuple_(sa.bindparam("tag"), sa.bindparam("row")),
        _m.gone.is_(False),
    )
    .order_by(_m.tag, _m.row_id)
    .limit(sa.bindparam("most"))
)


@dataclass
class Due:
    """Ranges of a bucket that are to be sent, and how far that has come."""

    bits: int
    numbers: set[int]
    behind: Place = BEGIN


@dataclass
class RangeRepairs:
    """What one Hello asked for by ranges. asked: not yet compared."""

    asked: dict[int, Repair]
    due: dict[int, Due] = field(default_factory=dict)

    @classmethod
    def of(cls, repairs: Iterable[Repair]) -> RangeRepairs:
        """Those with sums; the others are sent again whole."""
        return cls({repair.bucket: repair for repair in repairs if repair.sums})

    @property
    def done(self) -> bool:
        """Whether all that differed was sent."""
        return not self.asked and not self.due

    def keep(self, granted: Container[int], fresh: Container[int]) -> None:
        """Forget buckets that are not granted (any more), and those that are sent whole."""
        for known in (self.asked, self.due):
            for bucket in list(known):
                if bucket not in granted or bucket in fresh:
                    del known[bucket]

    def step(self, connection: sa.Connection) -> list[Struct]:
        """The ranges of some buckets that differ, and as many rows as a chunk takes."""
        messages: list[Struct] = []
        ranges = self._compare(connection)
        if ranges:
            messages.append(Ranges(ranges))
        sections = self._rows(connection)
        if sections:
            messages.append(Chunk(sections, []))
        return messages

    def _compare(self, connection: sa.Connection) -> list[Range]:
        """A snapshot stays short: buckets are compared until enough rows were read."""
        found: list[Range] = []
        read = 0
        while self.asked and read < CATCH_UP_CHUNK_ROWS:
            bucket, repair = self.asked.popitem()
            sums = _sums(connection, bucket, repair.bits)
            read += sum(count for count, _ in sums)
            differing = {n for n, s in enumerate(sums) if s != tuple(repair.sums[n])}
            if differing:
                self.due[bucket] = Due(repair.bits, differing)
                found += [Range(bucket, repair.bits, number) for number in sorted(differing)]
        return found

    def _rows(self, connection: sa.Connection) -> list[Section]:
        sections = []
        room, size = CHUNK_ROWS, CHUNK_BYTES
        for bucket, due in list(self.due.items()):
            for page in _pages(connection, bucket, due.behind):
                due.behind = page[-1][:2]
                wanted = [key[:2] for key in page if range_of(key[1], due.bits) in due.numbers]
                for tag, payloads in _payloads(connection, wanted).items():
                    sections.append(section(bucket, tag, Piece(rows=payloads), set()))
                    size -= sum(len(payload) + RECORD_BYTES for payload in payloads)
                room -= len(wanted)
                if room <= 0 or size <= 0:
                    return sections
            del self.due[bucket]
        return sections


def _pages(
    connection: sa.Connection, bucket: int, behind: Place
) -> Iterator[list[tuple[int, bytes, int]]]:
    """(tag, row, version) of a bucket's present rows beyond a place, in order, piece by piece."""
    while True:
        place = {"bucket": bucket, "tag": behind[0], "row": behind[1], "most": PAGE_ROWS}
        page = [(tag, row, version) for tag, row, version in connection.execute(_PAGE, place)]
        if not page:
            return
        yield page
        behind = page[-1][:2]


def _sums(connection: sa.Connection, bucket: int, bits: int) -> list[tuple[int, int]]:
    """(count, sum) of each of the bucket's ranges."""
    counts, totals = [0] * 2**bits, [0] * 2**bits
    for page in _pages(connection, bucket, BEGIN):
        for tag, row_id, version in page:
            number = range_of(row_id, bits)
            counts[number] += 1
            totals[number] += row_hash(tag, row_id, version)
    return [(count, total % MODULUS) for count, total in zip(counts, totals, strict=True)]


def _payloads(connection: sa.Connection, keys: list[Place]) -> dict[int, list[bytes]]:
    """The rows' payloads, by tag."""
    by_tag: dict[int, list[bytes]] = {}
    for tag, row_id in keys:
        by_tag.setdefault(tag, []).append(row_id)
    return {
        tag: [
            payload
            for some in batches(ids, KEYS_PER_STATEMENT)
            for payload in connection.scalars(
                sa.select(_r.payload).where(_r.tag == tag, _r.row_id.in_(some))
            )
        ]
        for tag, ids in by_tag.items()
    }

"""What the tables hold of each bucket, counted anew: sums that are kept up, row by row, cannot tell
that a row is not what it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

import apsw

from device_sdk.database import fetch
from device_sdk.layout import Layout
from device_sdk.overlay import HIDDEN
from syncengine.model.checksum import MODULUS, range_of, row_hash
from syncengine.protocol.limits import MAX_RANGE_BITS, MAX_RANGE_SUMS
from syncengine.protocol.messages import Repair

FEW_ROWS = 32  # a bucket of that many is not divided: its rows cost no more than more sums


@dataclass
class Sum:
    """A count of rows and their checksum."""

    count: int = 0
    sum: int = 0

    def add(self, count: int, total: int) -> None:
        """Count rows in (or, negative, out)."""
        self.count += count
        self.sum = (self.sum + total) % MODULUS


def count(
    db: apsw.Connection, layouts: Mapping[int, Layout], buckets: Iterable[int], where: str = "1"
) -> dict[int, Sum]:
    """What the tables have of each bucket; where: SQL, of rows that count."""
    ranged = count_ranges(db, layouts, dict.fromkeys(buckets, 0), where)
    return {bucket: whole for bucket, (whole,) in ranged.items()}


def count_ranges(
    db: apsw.Connection, layouts: Mapping[int, Layout], bits: Mapping[int, int], where: str = "1"
) -> dict[int, list[Sum]]:
    """The same for each of a bucket's 2**bits ranges of row ids; bits: bucket -> bits."""
    found = {bucket: [Sum() for _ in range(2**b)] for bucket, b in bits.items()}
    listed = sql_list(bits)
    for tag, layout in layouts.items():
        rows = db.execute(
            f"SELECT bucket, id, version FROM {layout.table}"
            f" WHERE bucket IN ({listed}) AND {where}"
            f" UNION ALL SELECT h.bucket, r.id, r.version FROM held h JOIN {layout.table} r"
            f" ON r.id=h.id WHERE h.tag=? AND h.bucket IN ({listed}) AND h.bucket<>r.bucket"
            f" AND {where}",
            (tag,),
        )
        for bucket, row_id, version in rows:
            counted = found[bucket][range_of(row_id, bits[bucket])]
            counted.add(1, row_hash(tag, row_id, version))
    return found


def count_published(
    db: apsw.Connection, layouts: Mapping[int, Layout], buckets: Iterable[int]
) -> dict[int, Sum]:
    """The same without what is staged of an unfinished pull."""
    return count(db, layouts, buckets, "generation NOT IN (SELECT generation+1 FROM published)")


def asked(
    db: apsw.Connection, layouts: Mapping[int, Layout], counts: Mapping[int, int]
) -> list[Repair]:
    """What to ask the server about these buckets. counts: bucket -> about how many rows it has.

    Beyond the bound on all sums the last buckets are asked for whole.
    """
    bits = {bucket: range_bits(rows) for bucket, rows in sorted(counts.items())}
    while sum(2**b for b in bits.values()) > MAX_RANGE_SUMS and any(bits.values()):
        bits = {bucket: max(b - 1, 0) for bucket, b in bits.items()}
    ranged = count_ranges(db, layouts, dict(list(bits.items())[:MAX_RANGE_SUMS]))
    return [
        Repair(bucket, bits[bucket], [(s.count, s.sum) for s in ranged.get(bucket, ())])
        for bucket in bits
    ]


def whole(db: apsw.Connection, layouts: Mapping[int, Layout]) -> list[Repair]:
    """What is held of every bucket, for the server to compare; strays go."""
    counts = dict(fetch(db, "SELECT id, count FROM bucket"))
    drop_strays(db, layouts, counts.keys())
    return asked(db, layouts, counts)


def range_bits(rows: int) -> int:
    """About sqrt(8 * rows) ranges: there a sum for each of them (12 bytes) and the rows of one of
    them (100 bytes each) cost least together.
    """
    if rows <= FEW_ROWS:
        return 0
    return min((8 * rows).bit_length() // 2, MAX_RANGE_BITS)


def _stray(layout: Layout, listed: str) -> str:
    """SQL: whether a row can be part of no sum that means anything: held through no bucket,
    hidden for no reason, or own new work that is in no changeset.
    """
    table, tag = layout.table, layout.tag
    edited = f"EXISTS (SELECT 1 FROM shadow WHERE tag={tag} AND id={table}.id)"
    placed = f"(SELECT behind FROM placed WHERE tag={tag})"
    return (
        f"((version>0 AND coalesce(bucket,0) NOT IN ({listed}))"
        f" OR (coalesce(version,0)<=0 AND NOT {edited})"
        f" OR (generation={HIDDEN} AND NOT {edited})"
        f" OR (generation<>{HIDDEN} AND generation>(SELECT generation FROM published)"
        f" AND rowid<=coalesce({placed}, rowid)))"
    )


def count_strays(
    db: apsw.Connection, layouts: Mapping[int, Layout], buckets: Collection[int]
) -> int:
    """How many rows and lines `drop_strays` would take away or change."""
    listed = sql_list(buckets)
    found = fetch(db, f"SELECT count(*) FROM held WHERE bucket NOT IN ({listed})")[0][0]
    for tag, layout in layouts.items():
        table = layout.table
        for sql in (
            f"SELECT count(*) FROM {table} WHERE {_stray(layout, listed)}",
            f"SELECT count(*) FROM held WHERE tag={tag} AND id NOT IN (SELECT id FROM {table})",
            f"SELECT count(*) FROM held JOIN {table} USING(id, bucket) WHERE tag={tag}",
        ):
            found += fetch(db, sql)[0][0]
    return int(found)


def drop_strays(
    db: apsw.Connection, layouts: Mapping[int, Layout], buckets: Collection[int]
) -> None:
    """Take away what no sum can show, inside a transaction: stray rows, and lines of `held` without
    a row or a bucket.
    """
    listed = sql_list(buckets)
    db.execute(f"DELETE FROM held WHERE bucket NOT IN ({listed})")
    for tag, layout in layouts.items():
        table = layout.table
        db.execute(
            f"UPDATE {table} SET bucket=coalesce((SELECT min(bucket) FROM held"
            f" WHERE tag={tag} AND held.id={table}.id), 0)"
            f" WHERE version>0 AND coalesce(bucket,0) NOT IN ({listed})"
        )
        db.execute(f"DELETE FROM {table} WHERE {_stray(layout, listed)}")
        db.execute(
            f"DELETE FROM held WHERE tag={tag} AND (id NOT IN (SELECT id FROM {table})"
            f" OR bucket=(SELECT bucket FROM {table} WHERE id=held.id))"
        )
        db.execute(
            f"UPDATE shadow SET record=NULL WHERE tag={tag} AND id NOT IN (SELECT id FROM {table})"
        )


def suspects(db: apsw.Connection) -> set[int]:
    """The buckets whose kept sums are not believed."""
    return {bucket for (bucket,) in fetch(db, "SELECT bucket FROM suspect")}


def suspect(db: apsw.Connection, buckets: Iterable[int]) -> None:
    """Count these anew before the next publication, inside a transaction."""
    db.executemany("INSERT OR IGNORE INTO suspect VALUES(?)", [(bucket,) for bucket in buckets])


def sql_list(numbers: Iterable[int]) -> str:
    """Numbers for SQL's IN."""
    return ",".join(map(str, numbers))

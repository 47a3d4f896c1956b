"""Staging: what arrives is durable at once and invisible until the checkpoint.

Rows that the device does not have are written in place, with the next generation. What concerns
rows that are there already is put aside, in order, as events: row, also, left.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw
import msgspec

from device_sdk.database import fetch
from device_sdk.holdings import batches
from device_sdk.layout import Layout
from device_sdk.overlay import pack_record
from device_sdk.recount import sql_list, suspect
from device_sdk.unpack import Piece, Unpacked, records_sum
from syncengine.model.checksum import MODULUS
from syncengine.model.errors import Malformed
from syncengine.model.fields import Stored
from syncengine.protocol.limits import MAX_RANGE_BITS
from syncengine.protocol.messages import Cursor, Grants, Range

ROW, ALSO, LEFT = "row", "also", "left"
GRANTED = "bucket,kind,key,reason,via,hide_at,write_from,write_until"  # the fields of Granted


class Incoming:
    """The unfinished pull. Every writing method belongs inside a transaction."""

    def __init__(self, db: apsw.Connection, layouts: dict[int, Layout]) -> None:
        self._db = db
        self._layouts = layouts

    def cursors(self) -> list[Cursor]:
        """Where to go on; empty when nothing is unfinished."""
        rows = self._db.execute(
            "SELECT bucket, version, tag, row FROM incoming WHERE version IS NOT NULL"
        )
        return [Cursor(*row) for row in rows]

    def is_open(self) -> bool:
        """Whether a pull is unfinished."""
        return self._db.execute("SELECT 1 FROM incoming LIMIT 1").fetchone() is not None

    def begin(self) -> None:
        """A pull begins, or goes on; until Grants come, those of the last checkpoint hold."""
        if not self.is_open():
            self._db.execute(
                f"INSERT INTO incoming({GRANTED},fresh)"
                f" SELECT {GRANTED.replace('bucket', 'id')},0 FROM bucket"
            )

    def grant(self, grants: Grants) -> None:
        """All buckets granted in what follows; what was staged for others is void."""
        fresh = set(grants.fresh)
        listed = {g.bucket for g in grants.grants}
        for (bucket,) in fetch(self._db, "SELECT bucket FROM incoming"):
            if bucket not in listed:
                self._void(bucket)
                self._db.execute("DELETE FROM incoming WHERE bucket=?", (bucket,))
        for g in grants.grants:
            self._db.execute(
                f"INSERT INTO incoming({GRANTED},fresh) VALUES(?,?,?,?,?,?,?,?,?)"
                " ON CONFLICT(bucket) DO UPDATE SET reason=excluded.reason, via=excluded.via,"
                " hide_at=excluded.hide_at, write_from=excluded.write_from,"
                " write_until=excluded.write_until, fresh=max(fresh, excluded.fresh)",
                (*msgspec.structs.astuple(g), g.bucket in fresh),
            )

    def void(self, ranges: Iterable[Range]) -> None:
        """What is held or staged of a bucket in these ranges is void: each of the rows leaves it,
        unless one of the rows behind brings it anew.
        """
        numbers: dict[tuple[int, int], list[int]] = {}
        for r in ranges:
            if not 0 <= r.bits <= MAX_RANGE_BITS:
                raise Malformed(f"a Range has 0 to {MAX_RANGE_BITS} bits")
            numbers.setdefault((r.bucket, r.bits), []).append(r.number)
        suspect(self._db, {bucket for bucket, _ in numbers})
        for (bucket, bits), some in numbers.items():
            for tag, layout in self._layouts.items():
                self._db.execute(
                    "INSERT INTO staged(tag,id,bucket,event,version)"
                    f" SELECT :tag, id, :bucket, '{LEFT}', 0 FROM"
                    f" (SELECT id FROM {layout.table} WHERE bucket=:bucket"
                    " UNION SELECT id FROM held WHERE tag=:tag AND bucket=:bucket"
                    " UNION SELECT id FROM staged WHERE tag=:tag AND bucket=:bucket)"
                    f" WHERE range_of(id, :bits) IN ({sql_list(some)})",
                    {"tag": tag, "bucket": bucket, "bits": bits},
                )

    def repair(self, buckets: Iterable[int]) -> None:
        """These come again whole and replace what is held or staged of them."""
        for bucket in buckets:
            self._void(bucket)
            self._db.execute("UPDATE incoming SET fresh=1, version=NULL WHERE bucket=?", (bucket,))

    def forget(self) -> None:
        """Throw away whatever is staged."""
        for tag, behind, generation in self._placed():
            table = self._layouts[tag].table
            self._db.execute(
                f"DELETE FROM {table} WHERE rowid>? AND generation=?", (behind, generation)
            )
        self.close()

    def close(self) -> None:
        """Nothing is unfinished any more."""
        self._db.execute("DELETE FROM incoming; DELETE FROM placed; DELETE FROM staged")

    def _void(self, bucket: int) -> None:
        """Take back what is staged of one bucket."""
        for tag, behind, generation in self._placed():
            table = self._layouts[tag].table
            self._db.execute(
                f"DELETE FROM {table} WHERE rowid>? AND generation=? AND bucket=?",
                (behind, generation, bucket),
            )
        self._db.execute("DELETE FROM staged WHERE bucket=?", (bucket,))
        self._db.execute("UPDATE incoming SET count=0, sum=0 WHERE bucket=?", (bucket,))

    def _placed(self) -> list[tuple[int, int, int]]:
        """(tag, rowid, generation): rows staged in place lie behind that rowid."""
        generation = self.next_generation()
        placed = fetch(self._db, "SELECT tag, behind FROM placed")
        return [(tag, behind, generation) for tag, behind in placed]

    def placed_sums(self) -> list[tuple[int, bool, int, int]]:
        """(bucket, whether it comes anew, count, sum of its rows staged in place) of all granted
        ones.
        """
        rows = fetch(self._db, "SELECT bucket, fresh, count, sum FROM incoming")
        return [(bucket, bool(fresh), count, total) for bucket, fresh, count, total in rows]

    def become_held(self, sums: Iterable[tuple[int, int, int]]) -> None:
        """Show what is staged in place; what was granted is held, by (count, sum, bucket)."""
        self._db.execute(
            "UPDATE published SET generation=generation+1; DELETE FROM bucket; DELETE FROM suspect"
        )
        self._db.executemany(
            f"INSERT INTO bucket SELECT {GRANTED},?,? FROM incoming WHERE bucket=?",
            sums,
        )
        self.close()

    def become_held_early(self, sums: Iterable[tuple[int, int, int]]) -> None:
        """The same for some buckets alone, by (count, sum, bucket); what is staged of others goes
        on to be.
        """
        covered = list(sums)
        buckets = sql_list(bucket for *_, bucket in covered)
        waiting = []
        for tag, behind, generation in self._placed():
            self._db.execute(
                f"UPDATE {self._layouts[tag].table} SET generation=?"
                f" WHERE rowid>? AND generation=? AND bucket NOT IN ({buckets})",
                (generation + 1, behind, generation),
            )
            waiting += [tag] if self._db.changes() else []
        self._db.execute(
            "UPDATE published SET generation=generation+1;"
            f" DELETE FROM bucket WHERE id IN ({buckets});"
            f" DELETE FROM suspect WHERE bucket IN ({buckets});"
            f" DELETE FROM placed WHERE tag NOT IN ({sql_list(waiting)})"
        )
        self._db.executemany(
            f"INSERT INTO bucket SELECT {GRANTED},?,? FROM incoming WHERE bucket=?", covered
        )
        self._db.execute(
            f"DELETE FROM incoming WHERE bucket IN ({buckets});"
            f" DELETE FROM staged WHERE bucket IN ({buckets})"
        )

    def next_generation(self) -> int:
        """The generation that the next checkpoint publishes."""
        ((generation,),) = fetch(self._db, "SELECT generation+1 FROM published")
        return int(generation)

    def stage(self, chunk: Unpacked) -> None:
        """Write a chunk with its cursors."""
        generation = self.next_generation()
        for piece in chunk.pieces:
            if piece.records:
                self._rows(self._layouts[piece.tag], piece, generation)
            events = [(ALSO, i, v) for i, v in piece.also] + [(LEFT, i, 0) for i in piece.left]
            self._db.executemany(
                "INSERT INTO staged(tag,id,bucket,event,version) VALUES(?,?,?,?,?)",
                [(piece.tag, row_id, piece.bucket, e, v) for e, row_id, v in events],
            )
        self._db.executemany(
            "UPDATE incoming SET version=?, tag=?, row=? WHERE bucket=?",
            [(c.version, c.tag, c.row, c.bucket) for c in chunk.cursors],
        )

    def _rows(self, layout: Layout, piece: Piece, generation: int) -> None:
        """Put the rows that are not here in place, and the others aside."""
        records = layout.fit(piece.records)
        ((last,),) = fetch(self._db, f"SELECT coalesce(max(rowid), 0) FROM {layout.table}")
        # Rows that went freed the highest rowids: the next ones may lie before the first ones.
        self._db.execute(
            "INSERT INTO placed VALUES(?,?) ON CONFLICT DO UPDATE SET"
            " behind=min(behind, excluded.behind)",
            (layout.tag, last),
        )
        before = self._db.total_changes()
        statement = layout.stage.format(generation=generation, bucket=piece.bucket)
        self._db.executemany(statement, records)
        placed = self._db.total_changes() - before
        whole = placed == len(records)
        total = piece.sum if whole else self._put_aside(layout, piece, last, placed)
        if placed:
            # A row that comes after it was told to have left has not left: what is put aside is
            # applied to what is in place, and has to be later.
            self._db.execute(
                f"DELETE FROM staged WHERE tag=:tag AND bucket=:bucket AND event='{LEFT}' AND id IN"
                f" (SELECT id FROM {layout.table} WHERE rowid>:last AND bucket=:bucket)",
                {"tag": layout.tag, "bucket": piece.bucket, "last": last},
            )
            self._db.execute(
                "UPDATE incoming SET count=count+?, sum=(sum+?)&? WHERE bucket=?",
                (placed, total - MODULUS, MODULUS - 1, piece.bucket),
            )

    def _put_aside(self, layout: Layout, piece: Piece, last: int, placed: int) -> int:
        """Stage the rows that are here already; returns the sum of the others."""
        ids = [bytes(r[1]) for r in piece.records]  # type: ignore[arg-type]
        new = self._behind(layout, last, ids) if placed else set()
        self._db.executemany(
            "INSERT INTO staged(tag,id,bucket,event,version,record) VALUES(?,?,?,?,?,?)",
            [
                (layout.tag, record[1], piece.bucket, ROW, record[0], pack_record(record))
                for record in piece.records
                if record[1] not in new
            ],
        )
        return records_sum(layout.tag, [r for r in piece.records if r[1] in new])

    def _behind(self, layout: Layout, last: int, ids: list[bytes]) -> set[Stored]:
        """Those of `ids` that were inserted behind the rowid `last`."""
        found: set[Stored] = set()
        for some in batches(ids):
            found.update(
                row[0]
                for row in self._db.execute(
                    f"SELECT id FROM {layout.table}"
                    f" WHERE id IN ({','.join('?' * len(some))}) AND +rowid>?",
                    (*some, last),
                )
            )
        return found

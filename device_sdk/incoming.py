"""Staging: what arrives is durable at once and invisible until the checkpoint.

Rows that the device does not have are written in place, with the next generation. What concerns
rows that are there already is put aside, in order, as events: row, also, left.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import apsw

from device_sdk.database import fetch
from device_sdk.layout import Layout
from device_sdk.overlay import pack_record
from syncengine.model.fields import Stored
from syncengine.protocol.messages import Chunk, Cursor, Grants, decode_rows

ROW, ALSO, LEFT = "row", "also", "left"
IDS_PER_STATEMENT = 500


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
                "INSERT INTO incoming SELECT id,kind,key,reason,via,0,NULL,NULL,NULL FROM bucket"
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
                "INSERT INTO incoming(bucket,kind,key,reason,via,fresh) VALUES(?,?,?,?,?,?)"
                " ON CONFLICT(bucket) DO UPDATE SET reason=excluded.reason, via=excluded.via,"
                " fresh=max(fresh, excluded.fresh)",
                (g.bucket, g.kind, g.key, g.reason, g.via, g.bucket in fresh),
            )

    def repair(self, buckets: Sequence[int]) -> None:
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

    def _placed(self) -> list[tuple[int, int, int]]:
        """(tag, rowid, generation): rows staged in place lie behind that rowid."""
        generation = self.next_generation()
        placed = fetch(self._db, "SELECT tag, behind FROM placed")
        return [(tag, behind, generation) for tag, behind in placed]

    def next_generation(self) -> int:
        """The generation that the next checkpoint publishes."""
        row = self._db.execute("SELECT value FROM meta WHERE name='generation'").fetchone()
        return (row[0] if row else 0) + 1

    def stage(self, chunk: Chunk) -> tuple[int, int]:
        """Write a chunk with its cursors; (rows, left) for the report."""
        generation = self.next_generation()
        rows = left = 0
        for section in chunk.sections:
            layout = self._layouts[section.tag]
            records = layout.fit(decode_rows(section))
            if records:
                self._rows(layout, section.bucket, records, generation)
            events = [(ALSO, i, v) for i, v in section.also] + [
                (LEFT, i, None) for i in section.left
            ]
            self._db.executemany(
                "INSERT INTO staged(tag,id,bucket,event,version) VALUES(?,?,?,?,?)",
                [(section.tag, row_id, section.bucket, e, v) for e, row_id, v in events],
            )
            rows += len(records) + len(section.also)
            left += len(section.left)
        self._db.executemany(
            "UPDATE incoming SET version=?, tag=?, row=? WHERE bucket=?",
            [(c.version, c.tag, c.row, c.bucket) for c in chunk.cursors],
        )
        return rows, left

    def _rows(
        self, layout: Layout, bucket: int, records: list[list[Stored]], generation: int
    ) -> None:
        (last,) = self._db.execute(
            f"SELECT coalesce(max(rowid), 0) FROM {layout.table}"
        ).fetchone() or (0,)
        self._db.execute("INSERT OR IGNORE INTO placed VALUES(?,?)", (layout.tag, last))
        before = self._db.total_changes()
        statement = layout.stage.format(generation=generation, bucket=bucket)
        self._db.executemany(statement, records)
        if self._db.total_changes() - before == len(records):
            return
        new = self._behind(layout, last, [record[1] for record in records])
        self._db.executemany(
            "INSERT INTO staged(tag,id,bucket,event,version,record) VALUES(?,?,?,?,?,?)",
            [
                (layout.tag, record[1], bucket, ROW, record[0], pack_record(record))
                for record in records
                if record[1] not in new
            ],
        )

    def _behind(self, layout: Layout, last: int, ids: list[Stored]) -> set[Stored]:
        """Those of `ids` that were inserted behind the rowid `last`."""
        found: set[Stored] = set()
        for start in range(0, len(ids), IDS_PER_STATEMENT):
            some = ids[start : start + IDS_PER_STATEMENT]
            found.update(
                row[0]
                for row in self._db.execute(
                    f"SELECT id FROM {layout.table}"
                    f" WHERE id IN ({','.join('?' * len(some))}) AND +rowid>?",
                    (*some, last),
                )
            )
        return found

    def placed_rows(self) -> Iterator[tuple[int, int, bytes, int]]:
        """(tag, bucket, id, version) of the rows staged in place."""
        for tag, behind, generation in self._placed():
            rows = self._db.execute(
                f"SELECT bucket, id, version FROM {self._layouts[tag].table}"
                " WHERE rowid>? AND generation=?",
                (behind, generation),
            )
            for bucket, row_id, version in rows:
                yield tag, bucket, row_id, version

"""Which row is held through which buckets: read for many rows at once, and written likewise.

The usual single bucket of a row stands in the row; further ones have a line each in `held`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import apsw

from device_sdk.database import fetch
from device_sdk.layout import Layout, Record
from device_sdk.overlay import PUBLISHED, Key
from syncengine.model.windows import Window

IDS_PER_STATEMENT = 500


@dataclass(slots=True)
class Holding:
    """How a row is held. bucket 0: through none. version 0: the server's row is not here."""

    version: int = 0
    generation: int = PUBLISHED
    bucket: int = 0
    others: set[int] = field(default_factory=set)

    @property
    def buckets(self) -> set[int]:
        """All buckets that hold the row."""
        return self.others | {self.bucket} if self.bucket else set(self.others)


def batches(ids: list[bytes]) -> Iterator[list[bytes]]:
    """As many ids as a statement takes."""
    for start in range(0, len(ids), IDS_PER_STATEMENT):
        yield ids[start : start + IDS_PER_STATEMENT]


def work_windows(db: apsw.Connection, layout: Layout, key: Key) -> list[Window]:
    """When a row may be worked on, by each of the buckets that hold it."""
    return [window for _, window in _holding(db, layout, key)]


def work_reasons(db: apsw.Connection, layout: Layout, key: Key, at: int) -> list[str]:
    """Why the buckets are held by which a row may be worked on at an instant."""
    return [reason for reason, window in _holding(db, layout, key) if window.contains(at)]


def _holding(db: apsw.Connection, layout: Layout, key: Key) -> list[tuple[str, Window]]:
    """(reason, write window) of each of the buckets that hold a row."""
    tag, row_id = key
    rows = fetch(
        db,
        "SELECT reason, write_from, write_until FROM bucket WHERE id IN"
        f" (SELECT bucket FROM {layout.table} WHERE id=:row"
        " UNION SELECT bucket FROM held WHERE tag=:tag AND id=:row)",
        {"row": row_id, "tag": tag},
    )
    return [(reason, Window(*write)) for reason, *write in rows]


class Holdings:
    """What becomes of many rows, collected and then written, a statement for many."""

    def __init__(self, db: apsw.Connection, layouts: dict[int, Layout]) -> None:
        self._db = db
        self._layouts = layouts
        self._gone: dict[int, list[tuple[bytes]]] = {}
        self._moved: dict[int, list[tuple[int, bytes]]] = {}
        self._put: dict[int, list[Record]] = {}
        self._unheld: list[Key] = []
        self._held: list[tuple[int, bytes, int]] = []

    def load(self, keys: Iterable[Key]) -> dict[Key, Holding]:
        """How each of these rows is held now."""
        found: dict[Key, Holding] = {}
        ids: dict[int, list[bytes]] = {}
        for key in keys:
            found[key] = Holding()
            ids.setdefault(key[0], []).append(key[1])
        for tag, all_ids in ids.items():
            for some in batches(all_ids):
                places = ",".join("?" * len(some))
                rows = fetch(
                    self._db,
                    f"SELECT id, version, generation, bucket FROM {self._layouts[tag].table}"
                    f" WHERE id IN ({places})",
                    some,
                )
                for row_id, version, generation, bucket in rows:
                    found[tag, row_id] = Holding(version, generation, bucket)
                lines = fetch(
                    self._db,
                    f"SELECT id, bucket FROM held WHERE tag=? AND id IN ({places})",
                    (tag, *some),
                )
                for row_id, bucket in lines:
                    found[tag, row_id].others.add(bucket)
        return found

    def leave(self, key: Key, was: Holding) -> None:
        """The row goes: no bucket holds it any more."""
        self._gone.setdefault(key[0], []).append((key[1],))
        self._hold(key, was, set())

    def keep(self, key: Key, was: Holding, buckets: set[int], record: Record | None) -> None:
        """The row stays or comes, held through `buckets`; `record` when it changed."""
        tag, row_id = key
        primary = was.bucket if was.bucket in buckets else min(buckets)
        self._hold(key, was, buckets - {primary})
        if record is not None:
            (fitted,) = self._layouts[tag].fit([list(record)])
            self._put.setdefault(tag, []).append((*fitted, PUBLISHED, primary))
        elif primary != was.bucket:
            self._moved.setdefault(tag, []).append((primary, row_id))

    def _hold(self, key: Key, was: Holding, others: set[int]) -> None:
        if others != was.others:
            self._unheld.append(key)
            self._held += [(*key, bucket) for bucket in sorted(others)]

    def write(self) -> None:
        """Everything collected, inside the caller's transaction."""
        for tag, gone in self._gone.items():
            self._db.executemany(f"DELETE FROM {self._layouts[tag].table} WHERE id=?", gone)
        for tag, moved in self._moved.items():
            table = self._layouts[tag].table
            self._db.executemany(f"UPDATE {table} SET bucket=? WHERE id=?", moved)
        for tag, records in self._put.items():
            self._db.executemany(self._layouts[tag].put, records)
        self._db.executemany("DELETE FROM held WHERE tag=? AND id=?", self._unheld)
        self._db.executemany("INSERT INTO held VALUES(?,?,?)", self._held)


def held_buckets(db: apsw.Connection) -> list[tuple[str, bytes, str]]:
    """(kind, key, reason) of the published ones, once for all parts."""
    statement = "SELECT kind, key, reason FROM bucket GROUP BY 1, 2, 3 ORDER BY min(id)"
    return [(kind, key, reason) for kind, key, reason in fetch(db, statement)]

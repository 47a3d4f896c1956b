"""The yardstick: the standard library's sqlite3 upserting the same rows, durable and
unencrypted.
"""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from benchmarks.data import FILLED
from syncengine.model.fields import Stored

INTEGERS = ("latitude", "longitude", "active")
COLUMNS = ("id", *FILLED)


def upsert_seconds(rows: list[tuple[Stored, ...]], folder: Path) -> float:
    """Seconds for one transaction of `rows` (id as text, then FILLED): WAL, synchronous=FULL."""
    path = folder / "raw.db"
    for suffix in ("", "-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    database = sqlite3.connect(path, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("PRAGMA synchronous=FULL")
        kinds = ",".join(
            f"{c} {'TEXT PRIMARY KEY' if c == 'id' else 'INTEGER' if c in INTEGERS else 'TEXT'}"
            for c in COLUMNS
        )
        database.execute(f"CREATE TABLE customer({kinds})")
        updates = ",".join(f"{c}=excluded.{c}" for c in FILLED)
        places = ",".join("?" * len(COLUMNS))
        statement = f"INSERT INTO customer VALUES({places}) ON CONFLICT(id) DO UPDATE SET {updates}"
        began = time.perf_counter()
        database.execute("BEGIN IMMEDIATE")
        database.executemany(statement, rows)
        database.execute("COMMIT")
        return time.perf_counter() - began
    finally:
        database.close()

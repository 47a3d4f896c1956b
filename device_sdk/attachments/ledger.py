"""What this store knows of attachments: which are here, and which rows and work refer to."""

from __future__ import annotations

from collections.abc import Mapping

from device_sdk.database import fetch
from device_sdk.layout import Layout
from device_sdk.store import DeviceStore
from syncengine.model.fields import BlobReference

# used: when it was attached, came, or was read last. fresh: attached, and nothing named it so far.
# here: whether its file is; it was evicted otherwise.
TABLE = """
CREATE TABLE IF NOT EXISTS attachment(digest BLOB PRIMARY KEY, length INTEGER NOT NULL,
    used INTEGER NOT NULL, fresh INTEGER NOT NULL, here INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS attachment_kept(digest BLOB PRIMARY KEY);
"""

NO_FLAGS: Mapping[str, str] = {}


class Ledger:
    """Every method belongs under the device's lock."""

    def __init__(self, store: DeviceStore) -> None:
        self._store = store
        self._db = store.database.connection
        with store.database.transaction():
            self._db.execute(TABLE)

    def here(self) -> dict[bytes, int]:
        """Length of each attachment that is here, the longest unused first."""
        wanted = "SELECT digest, length FROM attachment WHERE here=1 ORDER BY used, digest"
        return dict(fetch(self._db, wanted))

    def evicted(self) -> set[bytes]:
        """Those that were here and had to make room."""
        return {d for (d,) in fetch(self._db, "SELECT digest FROM attachment WHERE here=0")}

    def add(self, digest: bytes, length: int, fresh: bool) -> None:
        """One is here."""
        now = self._store.environment.now()
        with self._store.database.transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO attachment VALUES(?,?,?,?,1)", (digest, length, now, fresh)
            )

    def touch(self, digest: bytes) -> None:
        """It is read now."""
        now = self._store.environment.now()
        with self._store.database.note():
            self._db.execute("UPDATE attachment SET used=? WHERE digest=?", (now, digest))

    def evict(self, digest: bytes) -> None:
        """Its file is gone; a row still refers to it."""
        with self._store.database.transaction():
            self._db.execute("UPDATE attachment SET here=0 WHERE digest=?", (digest,))

    def drop(self, digest: bytes) -> None:
        """Its file is gone, and nothing refers to it."""
        with self._store.database.transaction():
            for table in ("attachment", "attachment_kept"):
                self._db.execute(f"DELETE FROM {table} WHERE digest=?", (digest,))

    def fresh(self, since: int) -> set[bytes]:
        """Those attached at that instant or later that nothing has named so far."""
        wanted = "SELECT digest FROM attachment WHERE fresh AND used>=?"
        return {digest for (digest,) in fetch(self._db, wanted, (since,))}

    def named(self, digest: bytes) -> None:
        """Something names it: when that goes, it goes, too."""
        with self._store.database.transaction():
            self._db.execute("UPDATE attachment SET fresh=0 WHERE digest=? AND fresh", (digest,))

    def keep(self, digest: bytes, kept: bool) -> None:
        """Note whether it is to stay."""
        statement = "INSERT OR IGNORE INTO attachment_kept VALUES(?)"
        if not kept:
            statement = "DELETE FROM attachment_kept WHERE digest=?"
        with self._store.database.transaction():
            self._db.execute(statement, (digest,))

    def kept(self) -> set[bytes]:
        """Those that are to stay."""
        return {d for (d,) in fetch(self._db, "SELECT digest FROM attachment_kept")}

    def of_rows(self, flags: Mapping[str, str] = NO_FLAGS) -> set[bytes]:
        """What the rows of the slice refer to, with own work on top. flags: of these entities only
        the rows in which that field is true.
        """
        found: set[bytes] = set()
        for layout in self._store.layouts.values():
            found |= self._of_entity(layout, flags.get(layout.entity.name))
        return found

    def flagged(self, flags: Mapping[str, str]) -> set[bytes]:
        """What the rows of these entities refer to in which that field is true."""
        found: set[bytes] = set()
        for layout in self._store.layouts.values():
            if layout.entity.name in flags:
                found |= self._of_entity(layout, flags[layout.entity.name])
        return found

    def _of_entity(self, layout: Layout, flag: str | None) -> set[bytes]:
        found: set[bytes] = set()
        only = "" if flag is None else f'"{flag}"=1 AND'
        for field in layout.entity.fields:
            if isinstance(field.type, BlobReference):
                rows = fetch(
                    self._db,
                    f'SELECT DISTINCT "{field.name}" FROM {layout.table} WHERE {only}'
                    f' "{field.name}" IS NOT NULL AND generation<='
                    "(SELECT generation FROM published)",
                )
                found |= {digest for (digest,) in rows}
        return found

    def of_images(self, digest: bytes) -> bool:
        """Whether the server's image of a row with own work on top has it."""
        wanted = "SELECT 1 FROM shadow WHERE instr(record,?) LIMIT 1"
        return bool(fetch(self._db, wanted, (digest,)))

    def of_work(self, digest: bytes) -> bool:
        """Whether a changeset that is kept names it, whatever became of that: own entered values,
        and what may have to be sent again.
        """
        wanted = "SELECT 1 FROM outbox WHERE instr(body,?) LIMIT 1"
        return bool(fetch(self._db, wanted, (digest,)))

    def first_waiting(self, digest: bytes) -> int | None:
        """The first unanswered changeset that names it."""
        wanted = "SELECT min(sequence) FROM outbox WHERE verdict IS NULL AND instr(body,?)"
        ((found,),) = fetch(self._db, wanted, (digest,))
        return None if found is None else int(found)

"""Optimistic local state: own edits show at once, on top of the server's image kept aside.

A row with unsettled edits has a record in `shadow`: the server's image, or NULL for an own new row.
What shows is always that image with the unsettled operations applied in order, so whatever the
server sends is rebased under them by showing the row again.
"""

from __future__ import annotations

from collections.abc import Iterable

import apsw
import msgspec

from device_sdk.database import fetch
from device_sdk.layout import STAGED, Layout, Record
from device_sdk.outbox import Outbox
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.model.fields import Stored

Key = tuple[int, bytes]
PUBLISHED = 0  # a generation that shows at once
HIDDEN = 2**62  # one that never shows


def pack_record(record: Record) -> bytes:
    """A record for `shadow` or `staged`."""
    return msgspec.msgpack.encode(record)


def unpack_record(packed: bytes) -> list[Stored]:
    """The reverse."""
    return list(msgspec.msgpack.decode(packed))


def replay(layout: Layout, image: Record | None, operations: Iterable[Operation]) -> Record | None:
    """The record that shows: `image` with `operations` applied; None when the row is not there."""
    record: list[Stored] | None = list(image) if image is not None else None
    for operation in operations:
        if operation.action is Action.DELETE:
            record = None
            continue
        if record is None:
            if operation.action is not Action.INSERT:
                continue  # the row is gone; the edit stays in the outbox, readable
            record = [0, operation.row_id, *[None] * len(layout.fields)]
        for number, value in operation.fields.items():
            place = layout.entity.by_number.get(number)
            if place is not None:
                record[place + 2] = value
    return record


class Overlay:
    """Keeps `shadow` and the visible rows in step. Every method belongs inside a transaction."""

    def __init__(self, db: apsw.Connection, layouts: dict[int, Layout], outbox: Outbox) -> None:
        self._db = db
        self._layouts = layouts
        self._outbox = outbox

    def cover(self, keys: Iterable[Key]) -> None:
        """Keep the image of rows that are about to show own edits, unless it is kept already."""
        for tag, row_id in keys:
            layout = self._layouts[tag]
            if self.image_kept(tag, row_id):
                continue
            record = layout.read(self._db, row_id)
            packed = pack_record(record) if record is not None else None
            self._db.execute("INSERT INTO shadow VALUES(?,?,?)", (tag, row_id, packed))

    def covered(self) -> set[Key]:
        """The rows that show own edits."""
        return set(fetch(self._db, "SELECT tag, id FROM shadow"))

    def image_kept(self, tag: int, row_id: bytes) -> bool:
        """Whether the row shows own edits."""
        found = self._db.execute("SELECT 1 FROM shadow WHERE tag=? AND id=?", (tag, row_id))
        return found.fetchone() is not None

    def set_image(self, tag: int, row_id: bytes, record: Record | None) -> None:
        """The server's image changed under own edits; None: the row left or is not there yet."""
        packed = pack_record(record) if record is not None else None
        self._db.execute("UPDATE shadow SET record=? WHERE tag=? AND id=?", (packed, tag, row_id))

    def show_uncovered(self) -> None:
        """Show the edits of changesets that came into the outbox without being made here."""
        keys = self._outbox.uncovered_rows()
        self.cover(keys)
        self.show_all(keys)

    def show_all(self, keys: Iterable[Key]) -> None:
        """As `show`, for many."""
        for key in keys:
            self.show(*key)

    def show(self, tag: int, row_id: bytes) -> None:
        """Make the visible row what it is to be: its image with the unsettled edits on top."""
        found = self._db.execute(
            "SELECT record FROM shadow WHERE tag=? AND id=?", (tag, row_id)
        ).fetchone()
        if found is None:
            return
        layout = self._layouts[tag]
        image = layout.fit([unpack_record(found[0])])[0] if found[0] is not None else None
        operations = self._outbox.unsettled(tag, row_id)
        if not operations:
            self._db.execute("DELETE FROM shadow WHERE tag=? AND id=?", (tag, row_id))
        record = replay(layout, image, operations)
        if record is not None:
            place = self._db.execute(
                f"SELECT bucket FROM {layout.table} WHERE id=?", (row_id,)
            ).fetchone()
            bucket = place[0] if place else 0
            self._db.execute(layout.put, (*record, PUBLISHED, bucket))
        elif image is not None:
            # Deleted here, not yet there: its bucket and version are still needed.
            self._db.execute(f"UPDATE {layout.table} SET generation=? WHERE id=?", (HIDDEN, row_id))
        else:
            self._db.execute(
                f"DELETE FROM {layout.table} WHERE id=? AND generation<>{STAGED}", (row_id,)
            )

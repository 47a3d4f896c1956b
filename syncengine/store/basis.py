"""What a row looked like at a changeset's base: read back from the history of the fields.

A seat's own accepted changesets belong to the base of its later ones, so it never conflicts with
itself. They do as they were entered: the device shows that, not what it was merged to, until it
pulls.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import msgpack
import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Stored
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT
from syncengine.store.judgement import Applied
from syncengine.store.working import Key, Values, batches


@dataclass(frozen=True)
class Change:
    """One operation on a row, as far as it matters for a base."""

    version: int
    incarnation: bytes | None
    before: dict[int, Stored]
    after: dict[int, Stored]
    entered: dict[int, Stored]


@dataclass
class Basis:
    """The changes of the rows that a commit works on, oldest first, as far back as it needs."""

    connection: sa.Connection
    changes: dict[Key, list[Change]] = field(default_factory=dict)

    def load(self, keys: Iterable[Key], above: int) -> None:
        """Bring in what happened to `keys` above version `above`."""
        by_tag: dict[int, list[bytes]] = {}
        for tag, row_id in keys:
            by_tag.setdefault(tag, []).append(row_id)
        o = t.operation.c
        for tag, row_ids in by_tag.items():
            for some in batches(row_ids, KEYS_PER_STATEMENT):
                rows = self.connection.execute(
                    sa.select(o.version, o.row_id, o.incarnation, o.before, o.after, o.entered)
                    .where(o.tag == tag, o.row_id.in_(some), o.version > above)
                    .order_by(o.version, o.position)
                )
                for version, row_id, incarnation, before, after, entered in rows:
                    change = Change(
                        version,
                        incarnation,
                        unpack_fields(before),
                        unpack_fields(after),
                        unpack_fields(entered) if entered is not None else {},
                    )
                    self.changes.setdefault((tag, row_id), []).append(change)

    def add(self, version: int, incarnation: bytes | None, applied: Applied) -> None:
        """Note what a changeset of this very commit did."""
        change = Change(version, incarnation, applied.before, applied.after, applied.entered)
        self.changes.setdefault((applied.tag, applied.row_id), []).append(change)

    def values_at(
        self, entity: Entity, key: Key, values: Values, base: int, incarnation: bytes
    ) -> Values:
        """The row at `base` plus the own later changes of `incarnation`, given its values now."""
        found: dict[int, Stored] = {}
        for change in self.changes.get(key, ()):
            if change.version <= base:
                continue
            if change.incarnation == incarnation:
                found.update(change.after | change.entered)
            else:
                for number, value in change.before.items():
                    found.setdefault(number, value)
        return tuple(found.get(f.number, values[place]) for place, f in enumerate(entity.fields))


def pack_fields(fields: dict[int, Stored]) -> bytes:
    """[[field number, stored value]...], ascending."""
    packed: bytes = msgpack.packb(
        [list(item) for item in sorted(fields.items())], use_bin_type=True
    )
    return packed


def unpack_fields(packed: bytes) -> dict[int, Stored]:
    """The reverse of pack_fields."""
    return dict(msgpack.unpackb(packed, raw=False))

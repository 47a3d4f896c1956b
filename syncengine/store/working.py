"""The rows that one commit works on, in memory: loaded set-based, changed by judging, then
settled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import msgpack
import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.fields import Reference, Stored
from syncengine.model.manifest import Schema
from syncengine.model.terms import KINDS, BucketName
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT

Key = tuple[int, bytes]  # (entity tag, row id)
Values = tuple[Stored, ...]  # stored values by position in Entity.fields
Buckets = frozenset[BucketName]
NOWHERE: Buckets = frozenset()
_T = TypeVar("_T")


@dataclass(frozen=True)
class RowState:
    """A row at one moment; `values` is None when there is no such row."""

    version: int
    values: Values | None
    buckets: Buckets


ABSENT = RowState(0, None, NOWHERE)
Change = tuple[Key, RowState, RowState]  # a row as it is stored, and as it is to be


@dataclass
class Working:
    """Rows as loaded (`stored`) and as they are after the changesets judged so far (`rows`);
    bucket_ids: of the buckets that loaded rows are in.
    """

    connection: sa.Connection
    schema: Schema
    tables: dict[str, sa.Table]
    stored: dict[Key, RowState] = field(default_factory=dict)
    rows: dict[Key, RowState] = field(default_factory=dict)
    bucket_ids: dict[BucketName, int] = field(default_factory=dict)

    def load(self, keys: Iterable[Key]) -> None:
        """Bring the rows of `keys` in, with their buckets; what is in already stays as it is."""
        by_tag: dict[int, list[bytes]] = {}
        for tag, row_id in set(keys) - self.rows.keys():
            by_tag.setdefault(tag, []).append(row_id)
        for tag, row_ids in by_tag.items():
            for some in batches(row_ids, KEYS_PER_STATEMENT):
                self._load_some(tag, some)

    def _load_some(self, tag: int, row_ids: Sequence[bytes]) -> None:
        entity = self.schema.by_tag[tag]
        found = self._load_buckets(tag, row_ids)
        records = self.connection.execute(
            sa.select(t.record.c.row_id, t.record.c.version, t.record.c.payload).where(
                t.record.c.tag == tag, t.record.c.row_id.in_(row_ids)
            )
        )
        for row_id, version, payload in records:
            state = RowState(version, read_payload(entity, payload), found.get(row_id, NOWHERE))
            self.stored[tag, row_id] = self.rows[tag, row_id] = state
        for row_id in row_ids:
            self.rows.setdefault((tag, row_id), ABSENT)
            self.stored.setdefault((tag, row_id), ABSENT)

    def _load_buckets(self, tag: int, row_ids: Sequence[bytes]) -> dict[bytes, Buckets]:
        """Row id -> the buckets that the row is in now."""
        m, b = t.membership, t.bucket
        rows = self.connection.execute(
            sa.select(m.c.row_id, b.c.id, b.c.kind, b.c.key, b.c.part)
            .join_from(m, b, m.c.bucket == b.c.id)
            .where(m.c.tag == tag, m.c.row_id.in_(row_ids), m.c.gone.is_(False))
        )
        found: dict[bytes, set[BucketName]] = {}
        for row_id, number, kind, key, part in rows:
            name = BucketName(KINDS[kind], key, part)
            self.bucket_ids[name] = number
            found.setdefault(row_id, set()).add(name)
        return {row_id: frozenset(names) for row_id, names in found.items()}

    def state(self, key: Key) -> RowState:
        """One row as it is after the changesets judged so far; loaded singly when it was not
        foreseen.
        """
        if key not in self.rows:
            self.load((key,))
        return self.rows[key]

    def is_referred_to(self, entity: str, row_id: bytes, anew: Mapping[Key, RowState]) -> bool:
        """Whether a row refers to this one by a reference that may not dangle. anew: rows as the
        changeset that is being judged makes them.
        """
        for child, field_name in self.schema.referrers(entity):
            place = child.position(field_name)
            kind = child.fields[place].type
            if isinstance(kind, Reference) and kind.dangling:
                continue
            keys = self.referring(child, field_name, row_id)
            states = (anew.get(key, self.rows[key]) for key in keys)
            if any(state.values and state.values[place] == row_id for state in states):
                return True
        return False

    def referring(self, child: Entity, field_name: str, row_id: bytes) -> set[Key]:
        """Rows of `child`, loaded: all that are stored as referring to a row by that field, and
        all that the changesets judged so far have changed.
        """
        tag, c = self.schema.tags[child.name], self.tables[child.name].c
        found = self.connection.scalars(sa.select(c.id).where(c[field_name] == row_id))
        keys = {(tag, i) for i in found} | {k for k, _, _ in self.changed() if k[0] == tag}
        self.load(keys)
        return keys

    def changed(self) -> Iterator[Change]:
        """(key, before, after) of the rows that differ from what is stored."""
        for key, after in self.rows.items():
            before = self.stored[key]
            if after is not before:
                yield key, before, after

    def settled(self) -> None:
        """What was changed is stored now."""
        self.stored = dict(self.rows)


def target_tag(schema: Schema, entity: Entity, field_name: str) -> int:
    """The tag of the entity that a reference field points at."""
    position = entity.position(field_name)
    return next(schema.tags[r.entity] for i, r in entity.references if i == position)


def written(entity: Entity, values: Values, write: Mapping[int, Stored]) -> Values:
    """The values with other ones for some fields."""
    found = list(values)
    for number, value in write.items():
        found[entity.by_number[number]] = value
    return tuple(found)


def numbered(entity: Entity, values: Values) -> list[tuple[int, Stored]]:
    """Values by field number."""
    return [(f.number, values[place]) for place, f in enumerate(entity.fields)]


def make_payload(row_id: bytes, version: int, values: Values) -> bytes:
    """The row as it travels and is stored: [version, id, values...]."""
    packed: bytes = msgpack.packb([version, row_id, *values], use_bin_type=True)
    return packed


def read_payload(entity: Entity, payload: bytes) -> Values:
    """The values of a payload, padded where it is older than the entity's newest field."""
    values = msgpack.unpackb(payload, raw=False)[2:]
    return (*values, *[None] * (len(entity.fields) - len(values)))


def batches(items: Sequence[_T], size: int) -> Iterator[Sequence[_T]]:
    """`items` in pieces of at most `size`."""
    for start in range(0, len(items), size):
        yield items[start : start + size]

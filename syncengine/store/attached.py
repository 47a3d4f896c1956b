"""Whether a changeset may refer to the blobs that it names.

Its author has to have uploaded each of them whole, or to see a row that refers to it. One answer
for all else: not there, not complete, somebody else's (invariants 9, 27). Asked under the clock's
lock, as blobs are completed and collected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import sqlalchemy as sa

from syncengine.model.access import Refusal, Source
from syncengine.model.changeset import Operation
from syncengine.model.entity import Action
from syncengine.store import tables as t
from syncengine.store.accounts import shown_to
from syncengine.store.blob_facts import BlobFacts
from syncengine.store.blob_references import blob_columns, blob_places, blobs_named
from syncengine.store.database import among
from syncengine.store.grants import bucket_ids
from syncengine.store.permission import Permission
from syncengine.store.standing import Standing
from syncengine.store.working import Key, RowState, Working

BLOB_UNKNOWN = Refusal(
    "blob.unknown", "The attachment has not arrived whole, or is none that you may refer to."
)
CANDIDATES = 100  # rows that refer to a blob, seen as stored, that are looked at as they are now

_r, _m = t.blob_reference.c, t.membership.c


class Attached:
    """The blobs of one changeset."""

    def __init__(
        self, working: Working, facts: BlobFacts, standing: Standing, permission: Permission
    ) -> None:
        self._working = working
        self._facts = facts
        self._standing = standing
        self._permission = permission
        self.named: set[bytes] = set()

    def faults(
        self, operations: tuple[Operation, ...], rows: Mapping[Key, RowState]
    ) -> Iterator[tuple[int, Refusal, str | None]]:
        """(operation, refusal, field) of every blob that may not be referred to; `named` has all
        of them then. rows: as the changeset makes them. What a job does follows from rows, and is
        not asked.
        """
        if self._standing.actor.source is Source.JOB:
            return
        for position, operation in enumerate(operations):
            if operation.action is Action.DELETE:
                continue
            for field_name, digest in blobs_named(self._working.schema, operation):
                self.named.add(digest)
                if not self._may_refer(digest):
                    yield position, BLOB_UNKNOWN, field_name
        if any(not self._facts.is_complete(d) for d in self._carried(rows) - self.named):
            yield 0, BLOB_UNKNOWN, None

    def _carried(self, rows: Mapping[Key, RowState]) -> set[bytes]:
        """Blobs that rows refer to and did not before: a copy's, or those of one that came back."""
        found: set[bytes] = set()
        for key, after in rows.items():
            places = blob_places(self._working.schema.by_tag[key[0]])
            before = self._working.state(key).values if places else None
            for place in places if after.values is not None else ():
                assert after.values is not None
                digest = after.values[place]
                if isinstance(digest, bytes) and (before is None or before[place] != digest):
                    found.add(digest)
        return found

    def _may_refer(self, digest: bytes) -> bool:
        """A blob that is not there costs what somebody else's costs (invariant 9)."""
        who = self._standing.uploader
        allowed = (
            digest in self._standing.judged
            or (who is None and self._standing.actor.source is not Source.DEVICE)
            or (who is not None and self._facts.uploaded(digest, who))
            or self._sees(digest)
        )
        return self._facts.is_complete(digest) and allowed

    def _sees(self, digest: bytes) -> bool:
        """Whether the author sees a row that refers to it, before this changeset."""
        working = self._working
        keys = set(self._candidates(digest))
        keys |= {key for key, _, after in working.changed() if self._refers(key, after, digest)}
        working.load(keys)
        states = {key: working.rows[key] for key in sorted(keys)}
        return any(
            self._refers(key, state, digest) and self._permission.holds(key, state)
            for key, state in states.items()
        )

    def _refers(self, key: Key, state: RowState, digest: bytes) -> bool:
        places = blob_places(self._working.schema.by_tag[key[0]])
        return state.values is not None and any(state.values[p] == digest for p in places)

    def _candidates(self, digest: bytes) -> Iterator[Key]:
        """Rows that refer to it and that the author sees, as they are stored."""
        connection, schema = self._working.connection, self._working.schema
        rights = self._standing.actor.rights
        if self._standing.actor.source is Source.DEVICE:
            buckets = bucket_ids(connection, self._standing.grants)
            numbers = [n for name, n in buckets.items() if name.whole in self._standing.grants]
            in_row = sa.and_(_m.row_id == _r.row_id, _m.tag == _r.tag)
            held = (
                sa.select(_r.tag, _r.row_id)
                .join_from(t.blob_reference, t.membership, in_row)
                .where(_r.digest == digest, ~_m.gone, among(_m.bucket, numbers))
                .limit(CANDIDATES)
            )
            yield from ((row.tag, row.row_id) for row in connection.execute(held))
            return
        for tag, number, table, _ in blob_columns(schema, self._working.tables):
            shown: sa.ColumnElement[bool] = sa.true()
            if rights is not None:
                name = schema.by_tag[tag].name
                shown = shown_to(rights, schema, self._working.tables, name)
            rows = (
                sa.select(_r.row_id)
                .join_from(t.blob_reference, table, table.c.id == _r.row_id)
                .where(_r.digest == digest, _r.tag == tag, _r.field == number, shown)
                .limit(CANDIDATES)
            )
            yield from ((tag, row_id) for row_id in connection.scalars(rows))

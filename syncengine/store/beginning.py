"""The history's beginning moves on: what is older than it is kept goes.

Of a row that was changed before, a line stays: when that was last, so that it is seen whether a
changeset's base is still known; and what imports wrote last, which later imports ask for. The
changeset at which the history begins stays, too: the chain is verified from there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from syncengine.model.access import Source
from syncengine.model.fields import Stored
from syncengine.store import clock as clocks
from syncengine.store import tables as t
from syncengine.store.basis import earlier_of, pack_fields, unpack_fields
from syncengine.store.database import KEYS_PER_STATEMENT, upsert
from syncengine.store.working import batches

_c, _o, _e = t.changeset.c, t.operation.c, t.earlier.c
_begins = sa.select(t.clock.c.begins).scalar_subquery()


def history_due(cut: int) -> sa.Select[Any]:
    """The changesets that may go, but for the one at which the history is to begin."""
    return sa.select(_c.version).where(_c.version >= _begins, _c.version < cut, _c.version > 0)


@dataclass
class _Line:
    """What stays of a row."""

    version: int
    imported: dict[int, Stored] = field(default_factory=dict)


def drop_history(connection: sa.Connection, cut: int, most: int) -> int:
    """Let the history begin later, by at most so many changesets, and about as many operations;
    by how many.
    """
    begins = clocks.read(connection).begins
    until = min(cut, begins + most)
    wanted = (
        sa.select(_o.version, _o.tag, _o.row_id, _o.action, _o.after, _c.source)
        .join(t.changeset, _c.version == _o.version)
        .where(_o.version > begins, _o.version <= until)
        .order_by(_o.version, _o.position)
    )
    operations = connection.execute(wanted.limit(most + 1)).all()
    if len(operations) > most:  # as many whole changesets as fit, at least one
        until = max(operations[0].version, operations[-1].version - 1)
        operations = connection.execute(wanted.where(_o.version <= until)).all()
    _keep(connection, operations)
    connection.execute(sa.delete(t.operation).where(_o.version <= until))
    connection.execute(sa.delete(t.changeset).where(_c.version < until))
    connection.execute(sa.update(t.clock).values(begins=until))
    return until - begins


def _keep(connection: sa.Connection, operations: Sequence[Any]) -> None:
    keys = {(operation.tag, operation.row_id) for operation in operations}
    lines = {
        key: _Line(row.version, unpack_fields(row.imported))
        for key, row in earlier_of(connection, keys).items()
    }
    for operation in operations:
        line = lines.setdefault((operation.tag, operation.row_id), _Line(0))
        line.version = operation.version
        if operation.source == Source.IMPORT:
            line.imported |= unpack_fields(operation.after)
    upsert(
        connection,
        t.earlier,
        [
            {"tag": tag, "row_id": row_id, "version": line.version,
             "imported": pack_fields(line.imported)}
            for (tag, row_id), line in lines.items()
        ],
    )  # fmt: skip
    there = sa.exists().where(t.record.c.tag == _e.tag, t.record.c.row_id == _e.row_id)
    for some in batches(sorted({row_id for _, row_id in keys}), KEYS_PER_STATEMENT):
        connection.execute(sa.delete(t.earlier).where(_e.row_id.in_(some), ~there))

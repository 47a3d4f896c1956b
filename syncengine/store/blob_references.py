"""Which rows refer to which blobs: kept up with the rows, in the commit that writes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from syncengine.model.changeset import Operation
from syncengine.model.entity import Entity
from syncengine.model.fields import BlobReference
from syncengine.model.manifest import Schema
from syncengine.store import tables as t
from syncengine.store.database import KEYS_PER_STATEMENT, upsert
from syncengine.store.working import Change, RowState, batches

_b, _r = t.blob.c, t.blob_reference.c


def blob_places(entity: Entity) -> list[int]:
    """The positions of the fields that refer to blobs."""
    return [i for i, f in enumerate(entity.fields) if isinstance(f.type, BlobReference)]


def blobs_named(schema: Schema, operation: Operation) -> Iterator[tuple[str, bytes]]:
    """(field name, digest) of every blob that an operation's fields refer to."""
    entity = schema.by_tag[operation.tag]
    for place in blob_places(entity):
        field = entity.fields[place]
        digest = operation.fields.get(field.number)
        if isinstance(digest, bytes):
            yield field.name, digest


def all_named(schema: Schema, operations: Iterable[Operation]) -> frozenset[bytes]:
    """The blobs of all of them."""
    return frozenset(digest for o in operations for _, digest in blobs_named(schema, o))


def keep_references(
    connection: sa.Connection,
    schema: Schema,
    changed: Iterable[Change],
    at: int,
) -> None:
    """Note what rows that are written refer to now, and when (`at`) blobs lost a reference."""
    places = {tag: found for tag, e in schema.by_tag.items() if (found := blob_places(e))}
    made: list[dict[str, Any]] = []
    ended: list[dict[str, Any]] = []
    lost: set[bytes] = set()
    for (tag, row_id), before, after in changed:
        for place in places.get(tag, ()):
            was, now = _value(before, place), _value(after, place)
            if was == now:
                continue
            number = schema.by_tag[tag].fields[place].number
            if was is not None:
                lost.add(was)
            if now is None:
                ended.append({"k_tag": tag, "k_row": row_id, "k_field": number})
            else:
                made.append({"tag": tag, "row_id": row_id, "field": number, "digest": now})
    upsert(connection, t.blob_reference, made)
    if ended:
        key = (
            _r.tag == sa.bindparam("k_tag"),
            _r.row_id == sa.bindparam("k_row"),
            _r.field == sa.bindparam("k_field"),
        )
        connection.execute(sa.delete(t.blob_reference).where(*key), ended)
    touch(connection, lost, at)


def touch(connection: sa.Connection, digests: Collection[bytes], at: int) -> None:
    """Keep these blobs for the full time from now (`at`) on."""
    for some in batches(sorted(digests), KEYS_PER_STATEMENT):
        connection.execute(sa.update(t.blob).where(_b.digest.in_(some)).values(touched=at))


def refer_again(
    connection: sa.Connection, schema: Schema, tables: dict[str, sa.Table], at: int
) -> None:
    """Compute all references anew, from the rows: after a change of the schema, or to heal. What
    nothing refers to then is kept for the full time from `at` on.
    """
    connection.execute(sa.delete(t.blob_reference))
    for tag, number, table, column in blob_columns(schema, tables):
        rows = sa.select(
            table.c.id, sa.literal(tag), sa.literal(number), column
        ).where(column.is_not(None))  # fmt: skip
        names = ["row_id", "tag", "field", "digest"]
        connection.execute(sa.insert(t.blob_reference).from_select(names, rows))
    free = ~sa.exists().where(_r.digest == _b.digest)
    connection.execute(sa.update(t.blob).where(free).values(touched=at))


def blob_columns(
    schema: Schema, tables: dict[str, sa.Table]
) -> Iterator[tuple[int, int, sa.Table, sa.Column[Any]]]:
    """(tag, field number, table, column) of every field that refers to blobs."""
    for tag, entity in schema.by_tag.items():
        table = tables[entity.name]
        for place in blob_places(entity):
            field = entity.fields[place]
            yield tag, field.number, table, table.c[field.name]


def _value(state: RowState, place: int) -> bytes | None:
    found = state.values[place] if state.values is not None else None
    assert found is None or isinstance(found, bytes)
    return found

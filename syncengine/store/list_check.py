"""The doctor's look at the list index: what it says of rows that did not change since, and whether
what it says of rows and the sorted keys say the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

import sqlalchemy as sa

from syncengine.model.entity import Entity
from syncengine.model.ids import to_text
from syncengine.store import tables as t
from syncengine.store.examination import BATCH, Findings
from syncengine.store.list_index import fields_of, parted, plain_fields, short_texts, texts_of
from syncengine.store.list_tables import list_index, list_key, list_text
from syncengine.store.store import Store

STREAM = 1_000
_i, _k, _x, _o = list_index.c, list_key.c, list_text.c, t.operation.c


def check_lists(store: Store, connection: sa.Connection, findings: Findings) -> None:
    """Of every kind of row whose index is whole; one that is being made is right once it is."""
    for line in connection.execute(sa.select(list_index).where(_i.place.is_(None))).all():
        entity = store.schema.by_tag.get(line.tag)
        if entity is None or line.fields != fields_of(entity):
            continue
        _check_texts(store, connection, entity, line, findings)
        if _sum_of_keys(connection, line.tag) != _sum_of_texts(connection, line.tag, entity):
            findings.add(f"{entity.name}: what lists are sorted by differs from their texts")


def _check_texts(
    store: Store,
    connection: sa.Connection,
    entity: Entity,
    line: sa.Row[tuple[int, str, int, int, bytes | None]],
    findings: Findings,
) -> None:
    table = store.tables[entity.name]
    found = _streamed(connection, sa.select(table).order_by(table.c.id))
    while some := list(islice(found, BATCH)):
        ids = [row.id for row in some]
        said = sa.select(_x.row_id, _x.text, _x.plain)
        rows = connection.execute(said.where(_x.tag == line.tag, _x.row_id.in_(ids)))
        there = {row_id: (text, plain) for row_id, text, plain in rows}
        for row in some:
            row_id, texts = row.id, texts_of(entity, row._mapping)
            if row.version <= line.version and there.get(row_id) != texts:
                findings.add(f"{entity.name} {to_text(row_id)}: lists do not find it as it is")
    gone = ~sa.exists().where(table.c.id == _x.row_id)
    changed = sa.exists().where(
        _o.tag == line.tag, _o.row_id == _x.row_id, _o.version > line.version
    )
    strays = sa.select(_x.row_id).where(_x.tag == line.tag, gone, ~changed).limit(BATCH)
    for row_id in connection.scalars(strays):
        findings.add(f"{entity.name} {to_text(row_id)} is in the index of lists, but is no row")


def _sum_of_keys(connection: sa.Connection, tag: int) -> int:
    wanted = sa.select(_k.field, _k.empty, _k.key, _k.row_id).where(_k.tag == tag)
    return sum(_hash(*row) for row in _streamed(connection, wanted))


def _sum_of_texts(connection: sa.Connection, tag: int, entity: Entity) -> int:
    wanted = sa.select(_x.row_id, _x.text, _x.plain).where(_x.tag == tag)
    return sum(
        _hash(field.number, key is None, key or "", row_id)
        for row_id, *texts in _streamed(connection, wanted)
        for fields, text in zip((short_texts(entity), plain_fields(entity)), texts, strict=True)
        for field, key in zip(fields, parted(text), strict=False)  # of a wrong text
    )


def _hash(field: int, empty: bool, key: str, row_id: bytes) -> int:
    """In whatever order they are summed up."""
    said = b"%d %d " % (field, empty) + row_id + key.encode()
    return int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())


def _streamed(connection: sa.Connection, wanted: sa.Select[Any]) -> Iterator[Any]:
    return iter(connection.execute(wanted.execution_options(yield_per=STREAM)))

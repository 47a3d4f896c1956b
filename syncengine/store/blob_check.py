"""The doctor's look at blobs: references computed from the rows, and every byte read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import sqlalchemy as sa

from syncengine.model.ids import to_text
from syncengine.protocol.limits import MAX_PIECE_BYTES
from syncengine.store import tables as t
from syncengine.store.blob_references import blob_columns
from syncengine.store.blob_store import BlobStore
from syncengine.store.examination import MAX_FINDINGS, Findings
from syncengine.store.store import Store

STREAM = 1_000

_b, _r = t.blob.c, t.blob_reference.c


def check_references(store: Store, connection: sa.Connection, findings: Findings) -> None:
    """References that are not on record, and records of none."""
    known = []
    for tag, number, table, column in blob_columns(store.schema, store.tables):
        name = store.schema.by_tag[tag].name
        noted = sa.and_(_r.tag == tag, _r.field == number, _r.row_id == table.c.id)
        known.append(sa.and_(noted, _r.digest == column))
        missing = sa.select(table.c.id).where(
            column.is_not(None), ~sa.exists().where(noted, _r.digest == column)
        )
        for row_id in connection.scalars(missing.limit(MAX_FINDINGS)):
            findings.add(f"{name} {to_text(row_id)} refers to a blob, which is not on record")
    of_rows = [~sa.exists().where(sound) for sound in known]
    stray = sa.select(_r.row_id).where(*of_rows).limit(MAX_FINDINGS)
    for row_id in connection.scalars(stray):
        findings.add(f"row {to_text(row_id)} is on record as referring to a blob, and does not")


def check_bytes(
    store: Store,
    connection: sa.Connection,
    blobs: BlobStore,
    findings: Findings,
    progress: Callable[[str, int], None],
) -> None:
    """References to blobs that are not complete; complete ones whose bytes are missing or are
    others. Reads them all.
    """
    lost = sa.select(_r.tag, _r.row_id).where(~sa.exists().where(_b.digest == _r.digest))
    for row in connection.execute(lost.limit(MAX_FINDINGS)):
        entity = store.schema.by_tag.get(row.tag)
        name = entity.name if entity is not None else str(row.tag)
        findings.add(
            f"{name} {to_text(row.row_id)} refers to a blob that is not there", repairable=False
        )
    every = sa.select(_b.digest, _b.length).where(~_b.doomed).order_by(_b.digest)
    for some in connection.execute(every.execution_options(yield_per=STREAM)).partitions(STREAM):
        for digest, length in some:
            wrong = _wrong(blobs, digest, length)
            if wrong:
                findings.add(f"blob {digest.hex()} {wrong}", repairable=False)
        progress("blobs", len(some))


def _wrong(blobs: BlobStore, digest: bytes, length: int) -> str:
    found, read = hashlib.sha256(), 0
    while piece := blobs.read(digest, read, MAX_PIECE_BYTES):
        found.update(piece)
        read += len(piece)
    if read == 0:
        return "is missing"
    return "" if (found.digest(), read) == (digest, length) else "has other bytes"

"""The tables of blobs: what is known of the bytes that lie elsewhere (store/blob_store.py)."""

from __future__ import annotations

import sqlalchemy as sa

from syncengine.store.columns import CORE, ID, Bytes

DIGEST = Bytes(32)  # SHA-256

# Complete ones. touched: when it was uploaded last, or lost a reference. doomed: nothing refers to
# it, nothing may any more, and its bytes are about to go (store/blob_collection.py).
blob = sa.Table(
    "blob",
    CORE,
    sa.Column("digest", DIGEST, primary_key=True),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("touched", sa.BigInteger, nullable=False),
    sa.Column("doomed", sa.Boolean, nullable=False),
    sa.Index("blob_touched", "touched"),
)

# holder: the seat whose upload it is, or a user. uploader: who may refer to the blob by it: the
# seat's person, or that user. done: the blob is complete.
blob_upload = sa.Table(
    "blob_upload",
    CORE,
    sa.Column("id", ID, primary_key=True),
    sa.Column("holder", ID, nullable=False),
    sa.Column("uploader", ID, nullable=False),
    sa.Column("digest", DIGEST, nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("made", sa.BigInteger, nullable=False),
    sa.Column("done", sa.Boolean, nullable=False),
    sa.Index("blob_upload_holder", "holder", "digest"),
    sa.Index("blob_upload_made", "made"),
)

# Who has uploaded all of a blob. at: when, last. used: a row of theirs refers to it since.
blob_uploader = sa.Table(
    "blob_uploader",
    CORE,
    sa.Column("uploader", ID, primary_key=True),
    sa.Column("digest", DIGEST, primary_key=True),
    sa.Column("at", sa.BigInteger, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
    sa.Index("blob_uploader_at", "at"),
    sqlite_with_rowid=False,
)

# Every value of a field that refers to a blob, kept up with the rows (store/blob_references.py).
blob_reference = sa.Table(
    "blob_reference",
    CORE,
    sa.Column("row_id", ID, primary_key=True),
    sa.Column("tag", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("field", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", DIGEST, nullable=False),
    sa.Index("blob_reference_digest", "digest"),
    sqlite_with_rowid=False,
)

# The blobs of work that waits for the office (store/reviews.py).
blob_waiting = sa.Table(
    "blob_waiting",
    CORE,
    sa.Column("review", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("digest", DIGEST, primary_key=True),
    sa.Index("blob_waiting_digest", "digest"),
    sqlite_with_rowid=False,
)

"""Blobs: complete ones, uploads, who has uploaded what, and what refers to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0018"
down_revision = "core_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob",
        sa.Column("digest", sa.LargeBinary(length=32), primary_key=True),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("touched", sa.BigInteger(), nullable=False),
        sa.Column("doomed", sa.Boolean(), nullable=False),
    )
    op.create_index("blob_touched", "blob", ["touched"])
    op.create_table(
        "blob_upload",
        sa.Column("id", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("holder", sa.LargeBinary(length=16), nullable=False),
        sa.Column("uploader", sa.LargeBinary(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
    )
    op.create_index("blob_upload_holder", "blob_upload", ["holder", "digest"])
    op.create_index("blob_upload_made", "blob_upload", ["made"])
    op.create_table(
        "blob_uploader",
        sa.Column("uploader", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("digest", sa.LargeBinary(length=32), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.Boolean(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("blob_uploader_at", "blob_uploader", ["at"])
    op.create_table(
        "blob_reference",
        sa.Column("row_id", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("tag", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("field", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("blob_reference_digest", "blob_reference", ["digest"])
    op.create_table(
        "blob_waiting",
        sa.Column("review", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(length=32), primary_key=True),
        sqlite_with_rowid=False,
    )
    op.create_index("blob_waiting_digest", "blob_waiting", ["digest"])

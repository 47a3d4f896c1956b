"""Errands, files that are to be imported, and how their columns are read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0015"
down_revision = "core_0014"
branch_labels = None
depends_on = None

ID = sa.LargeBinary(length=16)


def upgrade() -> None:
    op.create_table(
        "errand",
        sa.Column("id", ID, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("subject", ID, nullable=False),
        sa.Column("office_user", ID, nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("phase", sa.String(40), nullable=False),
        sa.Column("done", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("holder", ID, nullable=True),
        sa.Column("beat", sa.BigInteger(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("parameters", sa.LargeBinary(), nullable=False),
        sa.Column("result", sa.LargeBinary(), nullable=False),
        sa.Column("code", sa.String(80), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
    )
    op.create_index("errand_state", "errand", ["state", "asked"])
    op.create_index("errand_subject", "errand", ["subject", "asked"])
    op.create_table(
        "brought_file",
        sa.Column("id", ID, primary_key=True),
        sa.Column("office_user", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("entity", sa.String(80), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("brought", sa.BigInteger(), nullable=False),
        sa.Column("left", sa.BigInteger(), nullable=True),
    )
    op.create_index("brought_file_user", "brought_file", ["office_user", "brought"])
    op.create_index("brought_file_when", "brought_file", ["brought"])
    op.create_table(
        "brought_piece",
        sa.Column("file", ID, primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "known_mapping",
        sa.Column("entity", sa.String(80), primary_key=True),
        sa.Column("head", sa.LargeBinary(length=32), primary_key=True),
        sa.Column("name", sa.String(80), primary_key=True),
        sa.Column("office_user", ID, nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("declared", sa.LargeBinary(), nullable=False),
    )

"""The history may begin later than with the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0010"
down_revision = "core_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("clock") as table:
        begins = sa.Column("begins", sa.BigInteger(), nullable=False, server_default="0")
        table.add_column(begins)
    with op.batch_alter_table("clock") as table:
        table.alter_column("begins", server_default=None)
    op.create_table(
        "earlier",
        sa.Column("tag", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("row_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("imported", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tag", "row_id"),
        sqlite_with_rowid=False,
    )

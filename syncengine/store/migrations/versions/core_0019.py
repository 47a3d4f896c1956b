"""The modules that the database was migrated with, so that one whose package is gone is known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0019"
down_revision = "core_0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "module",
        sa.Column("number", sa.SmallInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("package", sa.Text(), nullable=False),
        sa.Column("migration", sa.Text(), nullable=True),
        sa.Column("data", sa.LargeBinary(), nullable=False),
    )

"""Substitutions for listed customers only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0002"
down_revision = "masterdata_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("masterdata_substitution", sa.Column("only_listed", sa.Boolean(), nullable=True))
    op.create_table(
        "masterdata_substitution_customer",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("substitution", sa.LargeBinary(), nullable=True),
        sa.Column("customer", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    for field in ("customer", "substitution"):
        op.create_index(
            f"masterdata_substitution_customer_{field}",
            "masterdata_substitution_customer",
            [field],
            unique=False,
        )

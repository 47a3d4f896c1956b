"""Changesets name the office user who made them; the secrets and sessions of office users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0011"
down_revision = "core_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("changeset", "bulk_change"):
        op.add_column(name, sa.Column("office_user", sa.LargeBinary(length=16), nullable=True))
    op.create_table(
        "account_secret",
        sa.Column("office_user", sa.LargeBinary(length=16), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("changed", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("office_user"),
    )
    op.create_table(
        "session",
        sa.Column("token", sa.LargeBinary(length=32), nullable=False),
        sa.Column("office_user", sa.LargeBinary(length=16), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.create_index("session_user", "session", ["office_user"])
    op.create_index("session_seen", "session", ["seen"])
    op.create_table(
        "sign_in_attempt",
        sa.Column("subject", sa.LargeBinary(length=32), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("subject"),
    )
    op.create_index("sign_in_attempt_until", "sign_in_attempt", ["until"])

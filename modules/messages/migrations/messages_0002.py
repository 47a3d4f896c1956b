"""Reminders, and which of them a recipient was shown."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "messages_0002"
down_revision = "messages_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("messages_info_receipt", sa.Column("reminded_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "messages_info_reminder",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("info", sa.LargeBinary(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("messages_info_reminder_info", "messages_info_reminder", ["info"])

"""What syncs were like: the newest of each seat."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0013"
down_revision = "core_0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sync_log",
        sa.Column("id", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("seat", sa.LargeBinary(length=16), nullable=False),
        sa.Column("began", sa.BigInteger(), nullable=False),
        sa.Column("took", sa.BigInteger(), nullable=False),
        sa.Column("changesets", sa.Integer(), nullable=False),
        sa.Column("bytes_in", sa.BigInteger(), nullable=False),
        sa.Column("bytes_out", sa.BigInteger(), nullable=False),
        sa.Column("ended", sa.String(80), nullable=False),
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("modules", sa.LargeBinary(), nullable=False),
    )
    op.create_index("sync_log_seat", "sync_log", ["seat", "began"])

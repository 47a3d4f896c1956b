"""Early checkpoints: what a store has of a later version, and work that was made on one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0012"
down_revision = "core_0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incarnation", sa.Column("acked_early", sa.LargeBinary(), nullable=True))
    op.add_column("told", sa.Column("base_early", sa.LargeBinary(), nullable=True))
    op.add_column("review", sa.Column("behind_part", sa.Integer(), nullable=True))
    op.add_column("review", sa.Column("behind", sa.BigInteger(), nullable=True))

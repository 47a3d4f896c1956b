"""When a store last asked, and how much work it said was waiting on it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0017"
down_revision = "core_0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    seen = sa.Column("seen", sa.BigInteger(), nullable=False, server_default="0")
    op.add_column("incarnation", seen)
    op.add_column("incarnation", sa.Column("waiting", sa.Integer(), nullable=True))
    op.execute("UPDATE incarnation SET seen = acked_at")

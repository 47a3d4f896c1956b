"""Buckets and the clock say up to which version left records may have been dropped."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0008"
down_revision = "core_0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("bucket", "clock"):
        with op.batch_alter_table(name) as table:
            none = sa.Column("horizon", sa.BigInteger(), nullable=False, server_default="0")
            table.add_column(none)
        with op.batch_alter_table(name) as table:
            table.alter_column("horizon", server_default=None)
    op.create_index(
        "membership_left",
        "membership",
        ["changed"],
        sqlite_where=sa.text("gone = 1"),
        postgresql_where=sa.text("gone"),
    )

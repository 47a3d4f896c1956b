"""Buckets by part: those until now, and the rows in them, are of the part main."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0007"
down_revision = "core_0006"
branch_labels = None
depends_on = None


def part() -> sa.Column[int]:
    """Of the part main; new rows say theirs."""
    return sa.Column("part", sa.SmallInteger(), nullable=False, server_default="100")


def upgrade() -> None:
    with op.batch_alter_table("bucket") as table:
        table.add_column(part())
        table.drop_constraint("bucket_name", type_="unique")
        table.create_unique_constraint("bucket_name", ["kind", "key", "part"])
    with op.batch_alter_table("layout") as table:
        table.add_column(part())
    for name in ("bucket", "layout"):
        with op.batch_alter_table(name) as table:
            table.alter_column("part", server_default=None)

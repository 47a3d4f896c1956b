"""What still has rows to move, of whatever kind; and whom the nodes of hierarchies reach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0003"
down_revision = "core_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unsettled",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("last", sa.LargeBinary(length=16), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.execute(
        "INSERT INTO unsettled(kind, key, step, last)"
        " SELECT 'rule', rule_id, step, last FROM unsettled_rule"
    )
    op.drop_table("unsettled_rule")
    op.create_table(
        "reach",
        sa.Column("through", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("node", sa.LargeBinary(length=16), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("through", "node", "person"),
        sqlite_with_rowid=False,
    )

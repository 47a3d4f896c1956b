"""Whether the place of a check-in is noted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "visit_reports_0002"
down_revision = "visit_reports_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "visit_reports_visit_setting",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("places", sa.Boolean(), nullable=True),
        sa.Column("erase", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )

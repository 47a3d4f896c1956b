"""Assignments for a customer, where somebody stands in for listed customers only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "visit_reports_0003"
down_revision = "visit_reports_0002"
branch_labels = None
depends_on = None

TABLE = "visit_reports_report_assignment"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("customer", sa.LargeBinary(), nullable=True))
    op.create_index(f"{TABLE}_customer", TABLE, ["customer"], unique=False)

"""The columns of the simulated second version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0090"
down_revision = "masterdata_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE masterdata_customer RENAME COLUMN remark TO comment")
    for name in ("task", "rank"):
        op.add_column("masterdata_contact", sa.Column(name, sa.Text()))

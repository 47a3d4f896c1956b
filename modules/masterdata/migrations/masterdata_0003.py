"""Appointments that were planned together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0003"
down_revision = "masterdata_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("masterdata_appointment", sa.Column("series", sa.Text(), nullable=True))

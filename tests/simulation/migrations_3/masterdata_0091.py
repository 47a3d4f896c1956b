"""The columns of the simulated third version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "masterdata_0091"
down_revision = "masterdata_0090"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE masterdata_customer RENAME COLUMN comment TO memo")
    for name in ("mailbox", "host"):
        op.add_column("masterdata_contact", sa.Column(name, sa.Text()))

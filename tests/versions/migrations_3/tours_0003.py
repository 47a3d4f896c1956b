"""A column renamed, and one for the finer price."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tours_0003"
down_revision = "tours_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE tours_visit RENAME COLUMN remark TO note")
    op.add_column("tours_visit", sa.Column("price", sa.BigInteger()))

"""When an office user signed in last."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0016"
down_revision = "core_0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("account_secret", sa.Column("signed_in", sa.BigInteger(), nullable=True))

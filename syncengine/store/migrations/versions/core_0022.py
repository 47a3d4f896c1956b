"""The list index sorts by numbers, days and choices, too. A job makes it anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0022"
down_revision = "core_0021"
branch_labels = None
depends_on = None

_by_code_point = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")


def upgrade() -> None:
    plain = sa.Column("plain", _by_code_point, nullable=False, server_default="")
    op.add_column("list_text", plain)

"""The history keeps when a device's changeset was made, as estimated.

Entries of before have none: they count as made when they were received.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0006"
down_revision = "core_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("changeset", sa.Column("edited", sa.BigInteger(), nullable=True))

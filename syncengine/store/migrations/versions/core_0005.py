"""The history keeps what was entered into a field that became something else.

Entries of before have none: there, an own earlier edit counts as what it was merged to.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0005"
down_revision = "core_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("operation", sa.Column("entered", sa.LargeBinary(), nullable=True))

"""Stores say from where on their answers are kept and up to where what they were told is not; and
changesets are found by store and sequence.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0009"
down_revision = "core_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("incarnation") as table:
        for name, first in (("answers_from", "1"), ("told_until", "0")):
            made = sa.Column(name, sa.BigInteger(), nullable=False, server_default=first)
            table.add_column(made)
    with op.batch_alter_table("incarnation") as table:
        for name in ("answers_from", "told_until"):
            table.alter_column(name, server_default=None)
    op.create_index(
        "changeset_line",
        "changeset",
        ["incarnation", "sequence"],
        sqlite_where=sa.text("incarnation IS NOT NULL"),
        postgresql_where=sa.text("incarnation IS NOT NULL"),
    )

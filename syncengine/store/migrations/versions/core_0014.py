"""Tokens of other systems, and answers to changesets of the office that may be sent again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "core_0014"
down_revision = "core_0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("hash", sa.LargeBinary(length=32), nullable=False, unique=True),
        sa.Column("office_user", sa.LargeBinary(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("read_only", sa.Boolean(), nullable=False),
        sa.Column("entities", sa.Text(), nullable=True),
        sa.Column("made", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.LargeBinary(length=16), nullable=True),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("seen", sa.BigInteger(), nullable=True),
    )
    op.create_table(
        "office_answer",
        sa.Column("changeset", sa.LargeBinary(length=16), primary_key=True),
        sa.Column("asked", sa.LargeBinary(length=32), nullable=False),
        sa.Column("decided", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
    )
    op.create_index("office_answer_decided", "office_answer", ["decided"])

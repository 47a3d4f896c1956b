"""The module's first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "office_0001"
down_revision = None
branch_labels = ("office",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "office_office_user",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("full_name", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=True),
        sa.Column("limited_to", sa.LargeBinary(), nullable=True),
        sa.Column("employee", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("office_office_user_employee", "office_office_user", ["employee"])
    op.create_index("office_office_user_limited_to", "office_office_user", ["limited_to"])
    op.create_table(
        "office_office_role",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("administers", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "office_office_user_role",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.LargeBinary(), nullable=True),
        sa.Column("role", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("office_office_user_role_role", "office_office_user_role", ["role"])
    op.create_index("office_office_user_role_user", "office_office_user_role", ["user"])
    op.create_table(
        "office_office_role_right",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.LargeBinary(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=True),
        sa.Column("view", sa.Boolean(), nullable=True),
        sa.Column("add", sa.Boolean(), nullable=True),
        sa.Column("edit", sa.Boolean(), nullable=True),
        sa.Column("delete", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("office_office_role_right_role", "office_office_role_right", ["role"])
    op.create_table(
        "office_office_user_right",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("user", sa.LargeBinary(), nullable=True),
        sa.Column("entity", sa.Text(), nullable=True),
        sa.Column("view", sa.Boolean(), nullable=True),
        sa.Column("add", sa.Boolean(), nullable=True),
        sa.Column("edit", sa.Boolean(), nullable=True),
        sa.Column("delete", sa.Boolean(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("office_office_user_right_user", "office_office_user_right", ["user"])

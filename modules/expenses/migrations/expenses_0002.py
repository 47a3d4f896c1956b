"""What is wrong with what of a trip that comes back, and which parts a new draft made anew."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "expenses_0002"
down_revision = "expenses_0001"
branch_labels = None
depends_on = None

MADE_ANEW = ("trip_stage", "trip_drive", "trip_item")
REFERENCES = ("trip", "stage", "drive", "item")
TABLE = "expenses_trip_objection"


def upgrade() -> None:
    for part in MADE_ANEW:
        table = f"expenses_{part}"
        op.add_column(table, sa.Column("replaces", sa.LargeBinary(), nullable=True))
        op.create_index(f"{table}_replaces", table, ["replaces"], unique=False)
    op.create_table(
        TABLE,
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("trip", sa.LargeBinary(), nullable=True),
        sa.Column("day", sa.Text(), nullable=True),
        *(sa.Column(name, sa.LargeBinary(), nullable=True) for name in REFERENCES[1:]),
        *(sa.Column(name, sa.Text(), nullable=True) for name in ("code", "values", "reason")),
        sa.PrimaryKeyConstraint("id"),
    )
    for name in REFERENCES:
        op.create_index(f"{TABLE}_{name}", TABLE, [name], unique=False)

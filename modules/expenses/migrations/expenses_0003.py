"""Statements of trips, and batches for payroll."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "expenses_0003"
down_revision = "expenses_0002"
branch_labels = None
depends_on = None


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...] = ()) -> None:
    op.create_table(
        f"expenses_{name}",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for field in indexed:
        op.create_index(f"expenses_{name}_{field}", f"expenses_{name}", [field], unique=False)


def upgrade() -> None:
    _table(
        "trip_statement",
        _column("trip", sa.LargeBinary()),
        _column("number", sa.Text()),
        _column("language", sa.Text()),
        _column("file", sa.LargeBinary()),
        _column("corrects", sa.LargeBinary()),
        _column("as_of", sa.BigInteger()),
        _column("stated_at", sa.BigInteger()),
        _column("currency", sa.Text()),
        _column("total", sa.BigInteger()),
        indexed=("trip", "number", "corrects"),
    )
    _table(
        "payroll_batch",
        _column("number", sa.Text()),
        _column("since", sa.Text()),
        _column("until", sa.Text()),
        _column("status", sa.Text()),
        _column("made_at", sa.BigInteger()),
        indexed=("number",),
    )
    _table(
        "payroll_entry",
        _column("batch", sa.LargeBinary()),
        _column("statement", sa.LargeBinary()),
        indexed=("batch", "statement"),
    )

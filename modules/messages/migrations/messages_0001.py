"""The module's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "messages_0001"
down_revision = None
branch_labels = ("messages",)
depends_on = None


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...]) -> None:
    op.create_table(
        f"messages_{name}",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for field in indexed:
        op.create_index(f"messages_{name}_{field}", f"messages_{name}", [field], unique=False)


def upgrade() -> None:
    _table(
        "info",
        _column("kind", sa.Text()),
        _column("title", sa.Text()),
        _column("text", sa.Text()),
        _column("priority", sa.Text()),
        _column("starts_at", sa.BigInteger()),
        _column("expires_at", sa.BigInteger()),
        _column("due_at", sa.BigInteger()),
        _column("status", sa.Text()),
        indexed=("expires_at",),
    )
    _table(
        "info_task",
        _column("info", sa.LargeBinary()),
        _column("position", sa.BigInteger()),
        _column("title", sa.Text()),
        _column("kind", sa.Text()),
        _column("mandatory", sa.Boolean()),
        indexed=("info",),
    )
    _table(
        "info_attachment",
        _column("info", sa.LargeBinary()),
        _column("title", sa.Text()),
        _column("file", sa.LargeBinary()),
        indexed=("info",),
    )
    _table(
        "info_link",
        _column("info", sa.LargeBinary()),
        _column("kind", sa.Text()),
        _column("row", sa.Text()),
        indexed=("info",),
    )
    _table(
        "info_target",
        _column("info", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("below", sa.Boolean()),
        _column("customer", sa.LargeBinary()),
        _column("market", sa.LargeBinary()),
        _column("audience", sa.LargeBinary()),
        _column("rule", sa.LargeBinary()),
        indexed=(
            "audience",
            "customer",
            "employee",
            "info",
            "market",
            "rule",
        ),
    )
    _table(
        "info_receipt",
        _column("info", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("customer", sa.LargeBinary()),
        _column("status", sa.Text()),
        _column("expires_at", sa.BigInteger()),
        _column("due_at", sa.BigInteger()),
        _column("delivered_at", sa.BigInteger()),
        _column("shown_at", sa.BigInteger()),
        _column("tasks_done_at", sa.BigInteger()),
        _column("confirmed_at", sa.BigInteger()),
        _column("confirmed_by", sa.LargeBinary()),
        _column("confirmed_for", sa.LargeBinary()),
        indexed=(
            "confirmed_by",
            "confirmed_for",
            "customer",
            "employee",
            "info",
        ),
    )
    _table(
        "info_answer",
        _column("receipt", sa.LargeBinary()),
        _column("task", sa.LargeBinary()),
        _column("kind", sa.Text()),
        _column("mandatory", sa.Boolean()),
        _column("yes", sa.Boolean()),
        _column("text", sa.Text()),
        _column("amount", sa.BigInteger()),
        _column("photo", sa.LargeBinary()),
        indexed=(
            "receipt",
            "task",
        ),
    )

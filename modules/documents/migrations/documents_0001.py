"""The module's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "documents_0001"
down_revision = None
branch_labels = ("documents",)
depends_on = None


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...]) -> None:
    op.create_table(
        f"documents_{name}",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for field in indexed:
        op.create_index(f"documents_{name}_{field}", f"documents_{name}", [field], unique=False)


def upgrade() -> None:
    _table(
        "document",
        _column("title", sa.Text()),
        _column("kind", sa.Text()),
        _column("keep_offline", sa.Boolean()),
        indexed=(),
    )
    _table(
        "document_edition",
        _column("document", sa.LargeBinary()),
        _column("file", sa.LargeBinary()),
        _column("file_name", sa.Text()),
        _column("media_type", sa.Text()),
        _column("size", sa.BigInteger()),
        _column("language", sa.Text()),
        _column("valid_from", sa.BigInteger()),
        _column("valid_until", sa.BigInteger()),
        _column("whats_new", sa.Text()),
        _column("ends_at", sa.BigInteger()),
        _column("keep_offline", sa.Boolean()),
        _column("status", sa.Text()),
        indexed=("document", "ends_at"),
    )
    _table(
        "document_target",
        _column("document", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("below", sa.Boolean()),
        _column("customer", sa.LargeBinary()),
        _column("market", sa.LargeBinary()),
        _column("audience", sa.LargeBinary()),
        _column("rule", sa.LargeBinary()),
        indexed=("audience", "customer", "document", "employee", "market", "rule"),
    )
    _table(
        "document_delivery",
        _column("document", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("customer", sa.LargeBinary()),
        _column("market", sa.LargeBinary()),
        _column("status", sa.Text()),
        indexed=("customer", "document", "employee", "market"),
    )
    _table(
        "document_return",
        _column("edition", sa.LargeBinary()),
        _column("customer", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("signed_file", sa.LargeBinary()),
        _column("signature", sa.LargeBinary()),
        _column("signed_by", sa.Text()),
        _column("note", sa.Text()),
        _column("status", sa.Text()),
        _column("reason", sa.Text()),
        _column("returned_at", sa.BigInteger()),
        _column("returned_by", sa.LargeBinary()),
        _column("returned_for", sa.LargeBinary()),
        indexed=("customer", "edition", "employee", "returned_by", "returned_for"),
    )

"""The module's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "visit_reports_0001"
down_revision = None
branch_labels = ("visit_reports",)
depends_on = None


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...]) -> None:
    op.create_table(
        f"visit_reports_{name}",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for field in indexed:
        index = f"visit_reports_{name}_{field}"
        if index == "visit_reports_report_template":  # a table has that name
            index += "_index"
        op.create_index(index, f"visit_reports_{name}", [field], unique=False)


def upgrade() -> None:
    _table(
        "report_template",
        _column("title", sa.Text()),
        _column("kind", sa.Text()),
        _column("family", sa.Text()),
        _column("edition", sa.BigInteger()),
        _column("form", sa.Text()),
        _column("starts_at", sa.BigInteger()),
        _column("ends_at", sa.BigInteger()),
        _column("status", sa.Text()),
        _column("ended_at", sa.BigInteger()),
        indexed=(),
    )
    _table(
        "report_target",
        _column("template", sa.LargeBinary()),
        _column("market", sa.LargeBinary()),
        _column("customer", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("below", sa.Boolean()),
        _column("audience", sa.LargeBinary()),
        _column("condition", sa.Text()),
        _column("starts_at", sa.BigInteger()),
        _column("ends_at", sa.BigInteger()),
        indexed=(
            "audience",
            "customer",
            "employee",
            "ends_at",
            "market",
            "template",
        ),
    )
    _table(
        "report_assignment",
        _column("template", sa.LargeBinary()),
        _column("target", sa.LargeBinary()),
        _column("person", sa.LargeBinary()),
        _column("owner", sa.LargeBinary()),
        _column("condition", sa.Text()),
        _column("starts_at", sa.BigInteger()),
        _column("ends_at", sa.BigInteger()),
        indexed=(
            "ends_at",
            "owner",
            "person",
            "target",
            "template",
        ),
    )
    _table(
        "visit",
        _column("customer", sa.LargeBinary()),
        _column("employee", sa.LargeBinary()),
        _column("appointment", sa.LargeBinary()),
        _column("planned_at", sa.BigInteger()),
        _column("checked_in_at", sa.BigInteger()),
        _column("checked_out_at", sa.BigInteger()),
        _column("latitude", sa.BigInteger()),
        _column("longitude", sa.BigInteger()),
        _column("status", sa.Text()),
        indexed=(
            "appointment",
            "customer",
            "employee",
        ),
    )
    _table(
        "report",
        _column("template", sa.LargeBinary()),
        _column("visit", sa.LargeBinary()),
        _column("customer", sa.LargeBinary()),
        _column("status", sa.Text()),
        _column("completed_at", sa.BigInteger()),
        _column("confirmed_at", sa.BigInteger()),
        _column("confirmed_by", sa.LargeBinary()),
        _column("confirmed_for", sa.LargeBinary()),
        _column("returned_at", sa.BigInteger()),
        _column("reopened_at", sa.BigInteger()),
        _column("reason", sa.Text()),
        indexed=(
            "confirmed_by",
            "confirmed_for",
            "customer",
            "template",
            "visit",
        ),
    )
    _table(
        "report_answer",
        _column("report", sa.LargeBinary()),
        _column("question", sa.Text()),
        _column("article", sa.LargeBinary()),
        _column("position", sa.BigInteger()),
        _column("yes", sa.Boolean()),
        _column("text", sa.Text()),
        _column("choices", sa.Text()),
        _column("amount", sa.BigInteger()),
        _column("day", sa.Text()),
        _column("file", sa.LargeBinary()),
        indexed=(
            "article",
            "report",
        ),
    )

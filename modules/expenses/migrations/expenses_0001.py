"""The module's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "expenses_0001"
down_revision = None
branch_labels = ("expenses",)
depends_on = None


def _column(name: str, kind: sa.types.TypeEngine[Any]) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=True)


def _texts(*names: str) -> list[sa.Column[Any]]:
    return [_column(name, sa.Text()) for name in names]


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return [_column(name, sa.BigInteger()) for name in names]


def _ids(*names: str) -> list[sa.Column[Any]]:
    return [_column(name, sa.LargeBinary()) for name in names]


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
        "per_diem_rate",
        *_texts("country", "valid_from", "valid_until", "currency"),
        *_numbers("whole_day", "part_day", "longer_than"),
        *_numbers("breakfast_percent", "lunch_percent", "dinner_percent"),
        *_texts("source"),
    )
    _table(
        "mileage_rate",
        *_texts("vehicle", "valid_from", "valid_until", "currency"),
        *_numbers("per_km"),
        *_texts("source"),
    )
    _table(
        "expense_limit",
        *_ids("expense_type"),
        *_texts("valid_from", "valid_until", "currency"),
        *_numbers("most", "receipt_above"),
        *_texts("source"),
        indexed=("expense_type",),
    )
    _table(
        "trip",
        *_ids("employee"),
        *_texts("purpose", "cost_centre", "status"),
        *_ids("replaces"),
        *_numbers("submitted_at", "in_review_at", "rejected_at", "approved_at", "reimbursed_at"),
        *_texts("reason", "currency"),
        *_numbers("total"),
        *_texts("reckoned"),
        indexed=("employee", "replaces"),
    )
    _parts()


def _parts() -> None:
    _table(
        "trip_stage",
        *_ids("trip"),
        *_texts("country", "place"),
        *_numbers("starts_at", "ends_at"),
        *_texts("zone"),
        _column("awake", sa.Boolean()),
        *_texts("remark"),
        indexed=("trip",),
    )
    _table("trip_meal", *_ids("trip"), *_texts("day", "meal"), *_numbers("paid"), indexed=("trip",))
    _table(
        "trip_drive",
        *_ids("trip"),
        *_texts("day", "vehicle"),
        *_numbers("kilometres"),
        *_texts("route"),
        indexed=("trip",),
    )
    _table(
        "trip_item",
        *_ids("trip"),
        *_texts("day"),
        *_ids("expense_type"),
        *_numbers("gross"),
        *_texts("currency"),
        *_numbers("exchange_rate", "vat_percent"),
        *_texts("cost_centre", "remark"),
        indexed=("trip", "expense_type"),
    )
    _table(
        "trip_receipt",
        *_ids("trip", "item", "file"),
        *_numbers("position"),
        indexed=("trip", "item"),
    )
    _table(
        "trip_correction",
        *_ids("trip", "item"),
        *_numbers("difference"),
        *_texts("reason"),
        indexed=("trip", "item"),
    )

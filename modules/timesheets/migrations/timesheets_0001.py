"""The module's first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "timesheets_0001"
down_revision = None
branch_labels = ("timesheets",)
depends_on = None


def _columns(kind: sa.types.TypeEngine[Any], *names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, kind, nullable=True) for name in names]


def _texts(*names: str) -> list[sa.Column[Any]]:
    return _columns(sa.Text(), *names)


def _numbers(*names: str) -> list[sa.Column[Any]]:
    return _columns(sa.BigInteger(), *names)


def _ids(*names: str) -> list[sa.Column[Any]]:
    return _columns(sa.LargeBinary(), *names)


def _table(name: str, *columns: sa.Column[Any], indexed: tuple[str, ...] = ()) -> None:
    op.create_table(
        f"timesheets_{name}",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id"),
    )
    for field in indexed:
        op.create_index(f"timesheets_{name}_{field}", f"timesheets_{name}", [field], unique=False)


def upgrade() -> None:
    _table(
        "timesheet",
        *_ids("employee"),
        *_texts("month", "zone", "status"),
        *_ids("replaces"),
        *_numbers("submitted_at", "in_review_at", "rejected_at", "approved_at"),
        *_texts("reason"),
        *_numbers("minutes"),
        indexed=("employee", "replaces"),
    )
    _table(
        "time_span",
        *_ids("timesheet"),
        *_texts("kind"),
        *_numbers("starts_at", "ends_at"),
        *_texts("remark"),
        indexed=("timesheet",),
    )
    _table(
        "timesheet_day",
        *_ids("timesheet"),
        *_texts("day"),
        *_numbers("starts_at", "ends_at", "worked", "breaks", "travel", "visits"),
        *_texts("notices"),
        indexed=("timesheet",),
    )
    _table(
        "timesheet_correction",
        *_ids("timesheet"),
        *_texts("day"),
        *_numbers("minutes"),
        *_texts("reason"),
        indexed=("timesheet",),
    )
    _table("timesheet_setting", *_columns(sa.Boolean(), "evaluation"), *_texts("zone"))

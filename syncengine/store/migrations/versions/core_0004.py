"""Imports kept for resuming become bulk changes, which the office has, too."""

from __future__ import annotations

from typing import Any

import msgpack
import sqlalchemy as sa
from alembic import op

revision = "core_0004"
down_revision = "core_0003"
branch_labels = None
depends_on = None

CHUNK_OPERATIONS = 1_000  # of an import until now


def upgrade() -> None:
    op.create_table(
        "bulk_change",
        sa.Column("id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("person", sa.LargeBinary(length=16), nullable=True),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "bulk_step",
        sa.Column("bulk_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("changeset_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("operations", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("bulk_id", "number"),
    )
    op.create_table(
        "bulk_refused",
        sa.Column("bulk_id", sa.LargeBinary(length=16), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("bulk_id", "position"),
    )
    op.execute(
        "INSERT INTO bulk_change (id, source, label, created, finished)"
        " SELECT id, 'import', 'import ' || name, created,"
        " CASE WHEN state IN ('staged', 'applying') THEN NULL ELSE created END FROM import_run"
    )
    _copy_chunks(op.get_bind())
    op.drop_table("import_chunk")
    op.drop_table("import_run")


def _copy_chunks(connection: sa.Connection) -> None:
    """Only imports under way have chunks. Operations know their place from now on."""
    keys = connection.execute(sa.text("SELECT run_id, number FROM import_chunk")).all()
    for run, number in keys:
        here: dict[str, Any] = {"bulk_id": run, "number": number}
        chunk = connection.execute(
            sa.text(
                "SELECT changeset_id, body, applied_version AS version FROM import_chunk"
                " WHERE run_id = :bulk_id AND number = :number"
            ),
            here,
        ).one()
        operations = msgpack.unpackb(chunk.body, raw=False)
        first = number * CHUNK_OPERATIONS
        placed = [[first + place, *operation] for place, operation in enumerate(operations)]
        done = chunk.version is not None
        here |= {
            "changeset_id": chunk.changeset_id,
            "operations": len(operations),
            "body": b"" if done else msgpack.packb(placed, use_bin_type=True),
            "version": chunk.version,
        }
        connection.execute(
            sa.text(
                "INSERT INTO bulk_step (bulk_id, number, changeset_id, operations, body, version)"
                " VALUES (:bulk_id, :number, :changeset_id, :operations, :body, :version)"
            ),
            here,
        )
